/// The sizes of a tensor's axes, first axis first.
///
/// A shape holds at most eight axes, inline: making, copying and comparing one allocates nothing.
/// A negative axis counts from the end, so `shape[-1]` is the size of the last axis.
public struct Shape: Sendable, Hashable {
  private var sizes: SIMD8<Int32>
  private var axes: Int32

  /// The largest number of axes a tensor may have.
  public static let maximumRank = 8

  /// The shape with these axis sizes.
  ///
  /// Stops when there are more than eight, or when one is negative or above 2^31 - 1.
  public init(_ sizes: some Collection<Int>) { self.init(Array(sizes)) }

  /// The same from an array, which most callers in other modules have: nothing generic to look up.
  public init(_ sizes: [Int]) {
    guard sizes.count <= Shape.maximumRank else {
      fail("Shape", "at most \(Shape.maximumRank) axes, given \(sizes.count): \(sizes)")
    }
    self.sizes = SIMD8(repeating: 0)
    axes = Int32(sizes.count)
    for axis in 0..<sizes.count {
      guard let size = Int32(exactly: sizes[axis]), size >= 0 else {
        fail("Shape", "an axis has 0 to 2147483647 elements, given \(sizes)")
      }
      self.sizes[axis] = size
    }
  }

  /// The shape of a scalar: no axes, one element.
  public static let scalar = Shape([])

  /// The number of axes.
  public var rank: Int { Int(axes) }

  /// The number of elements: the product of all sizes, 1 for a scalar.
  ///
  /// Stops when it is above 2^59, which no memory holds.
  public var elementCount: Int { product(0..<rank) }

  /// The product of the sizes of a range of axes.
  package func product(_ range: Range<Int>) -> Int {
    var product = 1
    var isTooLarge = false
    for axis in range {
      let (next, overflow) = product.multipliedReportingOverflow(by: Int(sizes[axis]))
      product = next
      if overflow { isTooLarge = true }
    }
    return isTooLarge || product > Shape.mostElements ? tooLarge(range) : product
  }

  /// So that the bytes of the widest elements are a number too.
  private static var mostElements: Int { 1 << 59 }

  /// An axis without elements leaves none, however long the others are; otherwise stops.
  @inline(never) private func tooLarge(_ range: Range<Int>) -> Int {
    if range.contains(where: { sizes[$0] == 0 }) { return 0 }
    fail("Shape", "\(self) has more elements than any memory holds")
  }

  /// `axis` counted from the front, or a stop that names the operation when it does not exist.
  package func resolve(_ axis: Int, for operation: String) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard resolved >= 0, resolved < rank else {
      fail(operation, "axis \(axis) does not exist in shape \(self)")
    }
    return resolved
  }

  /// `axes` counted from the front, sorted, each once.
  package func resolve(_ axes: [Int], for operation: String) -> [Int] {
    let resolved = axes.map { resolve($0, for: operation) }.sorted()
    for (one, next) in zip(resolved, resolved.dropFirst()) where one == next {
      fail(operation, "axis \(one) is named twice in \(axes)")
    }
    return resolved
  }

  /// The shape with one axis of another size.
  public func replacing(axis: Int, with size: Int) -> Shape {
    var copy = Array(self)
    copy[resolve(axis, for: "Shape.replacing")] = size
    return Shape(copy)
  }
}

extension Shape: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { rank }
  public subscript(axis: Int) -> Int { Int(sizes[resolve(axis, for: "Shape")]) }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral sizes: Int...) { self.init(sizes) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}
