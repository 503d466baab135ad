import Kernels

/// A Swift number that can be an element of a tensor.
public protocol TensorElement: Sendable {
  /// The dtype with this memory layout.
  static var storedDType: DType { get }
  /// The dtype a tensor takes when none is named: nil means the default dtype in force.
  static var preferredDType: DType? { get }
  /// The number as a `Double`, for the weak types that take the tensor's dtype.
  var asDouble: Double { get }
}

extension Float: TensorElement {
  public static var storedDType: DType { .float32 }
  public static var preferredDType: DType? { nil }
  public var asDouble: Double { Double(self) }
}
extension Double: TensorElement {
  public static var storedDType: DType { .float64 }
  public static var preferredDType: DType? { nil }
  public var asDouble: Double { self }
}
extension Int: TensorElement {
  public static var storedDType: DType { .int64 }
  public static var preferredDType: DType? { nil }
  public var asDouble: Double { Double(self) }
}
extension Int64: TensorElement {
  public static var storedDType: DType { .int64 }
  public static var preferredDType: DType? { .int64 }
  public var asDouble: Double { Double(self) }
}
extension Int32: TensorElement {
  public static var storedDType: DType { .int32 }
  public static var preferredDType: DType? { .int32 }
  public var asDouble: Double { Double(self) }
}
extension UInt8: TensorElement {
  public static var storedDType: DType { .uint8 }
  public static var preferredDType: DType? { .uint8 }
  public var asDouble: Double { Double(self) }
}
extension Bool: TensorElement {
  public static var storedDType: DType { .bool }
  public static var preferredDType: DType? { .bool }
  public var asDouble: Double { self ? 1 : 0 }
}

extension Tensor {
  /// A tensor with these elements, in row-major order.
  ///
  /// `Int`, `Float` and `Double` are weak: without a `dtype` they give the default dtype
  /// (`float32`, or what `withDefaultDType` says). The other number types keep their own.
  /// Stops when the shape holds another number of elements.
  public init<Element: TensorElement>(
    _ elements: [Element], shape: Shape? = nil, dtype: DType? = nil
  ) {
    let shape = shape ?? [elements.count]
    guard shape.elementCount == elements.count else {
      fail(
        "Tensor", "shape \(shape) holds \(shape.elementCount) elements, given \(elements.count)")
    }
    let dtype = dtype ?? Element.preferredDType ?? Surroundings.current.defaultDType
    let storage = Storage.computed(count: elements.count, dtype: dtype) { target in
      elements.withUnsafeBytes { source in
        guard let base = source.baseAddress, !elements.isEmpty else { return }
        if dtype == Element.storedDType {
          target.copyMemory(from: base, byteCount: source.count)
        } else {
          convert(elements.count, from: base, Element.storedDType, to: target, dtype)
        }
      }
    }
    self.init(storage, shape: shape)
  }

  /// A scalar.
  public init<Element: TensorElement>(_ value: Element, dtype: DType? = nil) {
    self.init([value], shape: .scalar, dtype: dtype)
  }

  /// A matrix, a row for each inner array; stops when rows differ in length.
  public init<Element: TensorElement>(_ rows: [[Element]], dtype: DType? = nil) {
    let width = rows.first?.count ?? 0
    for row in rows where row.count != width {
      fail("Tensor", "rows differ in length: the first has \(width), one has \(row.count)")
    }
    self.init(rows.flatMap { $0 }, shape: [rows.count, width], dtype: dtype)
  }

  /// A tensor of three axes from nested arrays; stops when they differ in length.
  public init<Element: TensorElement>(_ planes: [[[Element]]], dtype: DType? = nil) {
    let height = planes.first?.count ?? 0
    let width = planes.first?.first?.count ?? 0
    for plane in planes {
      for row in plane where row.count != width || plane.count != height {
        fail("Tensor", "nested arrays differ in length: expected [\(height), \(width)] in each")
      }
    }
    self.init(
      planes.flatMap { $0.flatMap { $0 } }, shape: [planes.count, height, width], dtype: dtype)
  }

  /// One value everywhere.
  public static func full(
    _ shape: Shape, _ value: some TensorElement, dtype: DType? = nil
  ) -> Tensor {
    let dtype = dtype ?? Surroundings.current.defaultDType
    return Tensor(
      .constant(value.asDouble, count: shape.elementCount, dtype: dtype), shape: shape)
  }

  /// Zeros everywhere.
  public static func zeros(_ shape: Shape, dtype: DType? = nil) -> Tensor {
    full(shape, 0.0, dtype: dtype)
  }

  /// Ones everywhere.
  public static func ones(_ shape: Shape, dtype: DType? = nil) -> Tensor {
    full(shape, 1.0, dtype: dtype)
  }

  /// Zeros of the shape and dtype of another tensor.
  public static func zeros(like other: Tensor) -> Tensor { zeros(other.shape, dtype: other.dtype) }

  /// Ones of the shape and dtype of another tensor.
  public static func ones(like other: Tensor) -> Tensor { ones(other.shape, dtype: other.dtype) }

  /// The numbers `start, start + step, ...` below `end` (above it for a negative step).
  public static func range(
    _ start: Double = 0, to end: Double, by step: Double = 1, dtype: DType? = nil
  ) -> Tensor {
    guard step != 0 else { fail("Tensor.range", "the step is zero") }
    return Tensor(Array(stride(from: start, to: end, by: step)), dtype: dtype)
  }

  /// `count` numbers from `first` to `last`, evenly spaced, both included.
  public static func spaced(
    from first: Double, through last: Double, count: Int, dtype: DType? = nil
  ) -> Tensor {
    let step = count > 1 ? (last - first) / Double(count - 1) : 0
    return Tensor(
      (0..<count).map { $0 == count - 1 ? last : first + Double($0) * step }, dtype: dtype)
  }

  /// The identity matrix.
  public static func identity(_ size: Int, dtype: DType? = nil) -> Tensor {
    var elements = [Double](repeating: 0, count: size * size)
    for row in 0..<size { elements[row * size + row] = 1 }
    return Tensor(elements, shape: [size, size], dtype: dtype)
  }

  /// One-hot rows: `shape + [classes]`, 1 at each label and 0 elsewhere.
  ///
  /// Stops when a label is not in `0..<classes`.
  public static func oneHot(_ labels: Tensor, classes: Int, dtype: DType? = nil) -> Tensor {
    let indices = labels.scalars(of: Int.self)
    var elements = [Double](repeating: 0, count: indices.count * classes)
    for (row, label) in indices.enumerated() {
      guard label >= 0, label < classes else {
        fail("oneHot", "label \(label) at position \(row) is not in 0..<\(classes)")
      }
      elements[row * classes + label] = 1
    }
    return Tensor(elements, shape: Shape(Array(labels.shape) + [classes]), dtype: dtype)
  }
}
