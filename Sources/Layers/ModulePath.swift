import Tensors

/// A module and its position in the list its caller keeps it in.
struct PositionedModule: Sendable {
  let module: any Module
  let position: Int
}

/// How a call of a module names its place in the outermost module called.
struct ModulePath {
  let root: any Module
  let innermost: any Module
  /// The properties that lead from one to the other; empty for the outermost module itself.
  let properties: String
  let length: Int

  init?(_ frame: CallFrame) {
    var chain: [(module: any Module, position: Int?)] = []
    var next: CallFrame? = frame
    while let frame = next {
      if let listed = frame.subject as? PositionedModule {
        chain.append((listed.module, listed.position))
      } else if let module = frame.subject as? any Module {
        chain.append((module, nil))
      }
      next = frame.caller
    }
    chain.reverse()
    guard let first = chain.first, let last = chain.last else { return nil }
    var properties = ""
    for (outer, inner) in zip(chain, chain.dropFirst()) {
      let label = inner.position.map(String.init) ?? Self.label(of: inner.module, in: outer.module)
      properties = Reflection.join(properties, label ?? "?")
    }
    root = first.module
    innermost = last.module
    self.properties = properties
    length = chain.count
  }

  /// `UNet.decoder.2.conv1 (Conv2D)`: the outermost module's type, the path of properties, and the
  /// innermost module's type.
  @Sendable static func describe(_ frame: CallFrame) -> String {
    guard let path = ModulePath(frame) else { return "" }
    let place = Reflection.join("\(type(of: path.root))", path.properties)
    return path.length > 1 ? "\(place) (\(type(of: path.innermost)))" : place
  }

  /// The property path of `inner` in `outer`: the first of the same type with the same boxes.
  ///
  /// Layers are values; two of one type without parameters cannot be told apart, and the first is
  /// named.
  private static func label(of inner: any Module, in outer: any Module) -> String? {
    let boxes = boxIdentities(of: inner)
    var found: String?
    func search(_ value: Any, _ path: String, isRoot: Bool) {
      if found != nil { return }
      if !isRoot, let module = value as? any Module, type(of: module) == type(of: inner),
        boxIdentities(of: module) == boxes
      {
        found = path
        return
      }
      if !isRoot, value is any Module, !boxes.isEmpty,
        boxIdentities(of: value as! any Module).isDisjoint(with: boxes)
      {
        return
      }
      for child in Reflection.children(of: value) {
        search(child.value, Reflection.join(path, child.label), isRoot: false)
      }
    }
    search(outer, "", isRoot: true)
    return found
  }

  private static func boxIdentities(of module: any Module) -> Set<ObjectIdentifier> {
    let inventory = Inventory(of: module)
    return Set(
      inventory.parameters.map { ObjectIdentifier($0.box) }
        + inventory.buffers.map { ObjectIdentifier($0.box) })
  }
}
