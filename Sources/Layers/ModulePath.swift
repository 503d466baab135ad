import Tensors

/// How a call of a module names its place in the outermost module called.
enum ModulePath {
  /// `UNet.decoder.2.conv1 (Conv2D)`: the outermost module's type, the path of properties, and the
  /// innermost module's type.
  @Sendable static func describe(_ frame: CallFrame) -> String {
    var chain: [any Module] = []
    var next: CallFrame? = frame
    while let frame = next {
      if let module = frame.subject as? any Module { chain.append(module) }
      next = frame.caller
    }
    chain.reverse()
    guard let outermost = chain.first, let innermost = chain.last else { return "" }
    var path = typeName(outermost)
    for (outer, inner) in zip(chain, chain.dropFirst()) {
      path = Reflection.join(path, label(of: inner, in: outer) ?? "?")
    }
    return chain.count > 1 ? "\(path) (\(typeName(innermost)))" : path
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

private func typeName(_ module: any Module) -> String { "\(type(of: module))" }
