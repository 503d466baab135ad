import Tensors

/// A parameter or buffer with its name in the model it was found in.
public struct Named<Box: Sendable>: Sendable {
  public let name: String
  public let box: Box
}

/// What reflection finds in a module, each box once, in order of declaration.
package struct Inventory: Sendable {
  package var parameters: [Named<Parameter>] = []
  package var buffers: [Named<Buffer>] = []
  /// Parameters that are reachable but take no gradient; one that is also reached outside of every
  /// `Untrained` module is trained.
  package var untrained: Set<ObjectIdentifier> = []
  /// Whether everything that was met besides parameters and buffers is a value, so that equal bytes
  /// hold equal contents.
  private(set) var isValue = true
  private var trained: Set<ObjectIdentifier> = []
  private var seen: Set<ObjectIdentifier> = []

  package init(of module: any Module) {
    visit(module, "", trains: true)
    untrained.subtract(trained)
  }

  private mutating func visit(_ value: Any, _ path: String, trains: Bool) {
    switch value {
    case let parameter as Parameter:
      if trains {
        trained.insert(ObjectIdentifier(parameter))
      } else {
        untrained.insert(ObjectIdentifier(parameter))
      }
      if seen.insert(ObjectIdentifier(parameter)).inserted {
        parameters.append(Named(name: path, box: parameter))
      }
    case let buffer as Buffer:
      if seen.insert(ObjectIdentifier(buffer)).inserted {
        buffers.append(Named(name: path, box: buffer))
      }
    default:
      let trains = trains && !(value is any Untrained)
      isValue = isValue && Reflection.isValue(value)
      for child in Reflection.children(of: value) {
        visit(child.value, Reflection.join(path, child.label), trains: trains)
      }
    }
  }
}

/// The parts of a value that may hold modules, parameters and buffers.
package enum Reflection {
  package struct Child {
    package let label: String
    package let value: Any
  }

  package static func children(of value: Any) -> [Child] {
    let mirror = Mirror(reflecting: value)
    let isTransparent = value is any NameTransparent
    switch mirror.displayStyle {
    case .optional:
      return mirror.children.map { Child(label: "", value: $0.value) }
    case .collection, .set:
      return mirror.children.enumerated().map { Child(label: String($0), value: $1.value) }
    case .dictionary:
      return mirror.children.compactMap { child -> Child? in
        let pair = Array(Mirror(reflecting: child.value).children)
        return pair.count == 2 ? Child(label: "\(pair[0].value)", value: pair[1].value) : nil
      }.sorted { $0.label < $1.label }
    case .struct, .class, .enum, .tuple:
      guard isContainer(value, mirror) else { return [] }
      return mirror.children.map { child in
        Child(label: isTransparent ? "" : child.label ?? "", value: child.value)
      }
    default: return []
    }
  }

  /// Whether a value's children are its stored properties or elements, held by value.
  static func isValue(_ value: Any) -> Bool {
    switch value {
    case is any StandardContainer, is any FixedWidthInteger, is any BinaryFloatingPoint, is Bool,
      is String:
      return true
    default:
      return !(value is any CustomReflectable) && !(Swift.type(of: value) is AnyObject.Type)
    }
  }

  /// Tensors, strings and numbers hold no modules: not looking into them keeps a walk short.
  private static func isContainer(_ value: Any, _ mirror: Mirror) -> Bool {
    if value is any Module { return true }
    return mirror.displayStyle == .tuple || mirror.displayStyle == .enum
  }

  package static func join(_ path: String, _ label: String) -> String {
    if label.isEmpty { return path }
    return path.isEmpty ? label : path + "." + label
  }
}

/// The containers whose elements are part of their value.
private protocol StandardContainer {}
extension Optional: StandardContainer {}
extension Array: StandardContainer {}
extension ContiguousArray: StandardContainer {}
extension ArraySlice: StandardContainer {}
extension Dictionary: StandardContainer {}
extension Set: StandardContainer {}

extension Module {
  /// Every parameter, by name, in order of declaration; one that two layers share appears once.
  public var parameters: [Named<Parameter>] { Inventory(of: self).parameters }

  /// Every buffer, by name.
  public var buffers: [Named<Buffer>] { Inventory(of: self).buffers }

  /// The number of trainable numbers.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + $1.box.shape.elementCount }
  }
}
