import Tensors

/// A rule broken on purpose: what the tests of the gradient checker are made of.
///
/// The walk breaks the part that a primitive's rule gives for one of its inputs, wherever that
/// primitive stands on the tape. Every way is linear and has the derivative of what it does, as a
/// wrong rule written by hand would have.
package struct Mutation: Sendable, Hashable, CustomStringConvertible {
  /// One rule: a primitive, and which of its inputs.
  package struct Site: Sendable, Hashable, CustomStringConvertible {
    package let primitive: Primitive
    package let input: Int

    package init(_ primitive: Primitive, input: Int) {
      self.primitive = primitive
      self.input = input
    }

    package var description: String { "\(primitive) input \(input)" }
  }

  /// How a rule is broken.
  package enum Kind: String, CaseIterable, Sendable {
    /// 1.001 times as much.
    case scaled
    case negated
    case zeroed
    /// The values in the order of the reversed axes, under the same shape.
    case transposed
    /// Every element moved on by one.
    case rolled
    /// Nothing arrives: the link is not there.
    case dropped
    /// What a broadcast repeated is not summed: its first copy is taken.
    case firstOfBroadcast
    /// What a broadcast repeated is averaged.
    case meanOfBroadcast
    /// The right value as a constant, as if the rule had captured what it must be handed: only second
    /// derivatives change.
    case detached

    /// Whether there is something to break only where an input was broadcast.
    package var isOfBroadcast: Bool { self == .firstOfBroadcast || self == .meanOfBroadcast }
  }

  package let site: Site
  package let kind: Kind

  package init(_ site: Site, _ kind: Kind) {
    self.site = site
    self.kind = kind
  }

  package var description: String { "\(site) \(kind.rawValue)" }

  /// The broken part for an input of `shape`, and whether it differs; nil for one that never arrives.
  func broken(_ part: Tensor, to shape: Shape) -> (part: Tensor?, hasChanged: Bool) {
    if kind == .firstOfBroadcast, part.shape != shape, part.count > 0 {
      let first = Self.firstCopy(of: part, shape)
      let right = withoutRecording { part.summed(to: shape, for: site.primitive) }
      return (first, Self.differ(right, first))
    }
    let right = part.shape == shape ? part : part.summed(to: shape, for: site.primitive)
    switch kind {
    case .firstOfBroadcast: return (right, false)
    case .dropped: return (nil, right.scalars(of: Double.self).contains { $0 != 0 })
    case .detached:
      return (right.detached, Tape.current.map { $0.identifier == right.ticket.tape } ?? false)
    case .meanOfBroadcast:
      if part.shape == shape || part.count == 0 { return (right, false) }
      return Self.scaled(right, Double(shape.elementCount) / Double(part.count))
    case .scaled: return Self.scaled(right, 1.001)
    case .negated: return Self.scaled(right, -1)
    case .zeroed: return Self.scaled(right, 0)
    case .rolled:
      let count = right.count
      return Self.permuted(right, (0..<count).map { ($0 + count - 1) % count })
    case .transposed: return Self.permuted(right, Self.orderOfReversedAxes(shape))
    }
  }

  // MARK: - Linear maps

  private static func differ(_ a: Tensor, _ b: Tensor) -> Bool {
    !a.scalars(of: Double.self).elementsEqual(b.scalars(of: Double.self))
  }

  private static func scaled(_ x: Tensor, _ factor: Double) -> (part: Tensor?, hasChanged: Bool) {
    let broken = linear(x, to: x.shape, { $0.map { $0 * factor } }) { scaled($0, factor).part! }
    return (broken, differ(x, broken))
  }

  private static func permuted(_ x: Tensor, _ order: [Int]) -> (part: Tensor?, hasChanged: Bool) {
    let broken = linear(x, to: x.shape, { values in order.map { values[$0] } }) { dy in
      var back = [Int](repeating: 0, count: order.count)
      for (place, source) in order.enumerated() { back[source] = place }
      return permuted(dy, back).part!
    }
    return (broken, differ(x, broken))
  }

  private static func firstCopy(of x: Tensor, _ shape: Shape) -> Tensor {
    let places = placesOfFirstCopies(of: shape, in: x.shape)
    return linear(x, to: shape, { values in places.map { values[$0] } }) { dy in
      linear(dy, to: x.shape, { spread($0, to: places, of: x.count) }) { firstCopy(of: $0, shape) }
    }
  }

  private static func spread(_ values: [Double], to places: [Int], of count: Int) -> [Double] {
    var all = [Double](repeating: 0, count: count)
    for (value, place) in zip(values, places) { all[place] = value }
    return all
  }

  private static func linear(
    _ x: Tensor, to shape: Shape, _ map: ([Double]) -> [Double],
    _ adjoint: @escaping (Tensor) -> Tensor
  ) -> Tensor {
    let values = map(x.scalars(of: Double.self))
    return record(
      .custom, shape: shape, dtype: x.dtype,
      compute: { Tensor(values, shape: shape, dtype: x.dtype).storage }, wrt(x, adjoint))
  }

  /// Where in `large` the first copy of each element of `small` stands.
  private static func placesOfFirstCopies(of small: Shape, in large: Shape) -> [Int] {
    if large.elementCount == 0 { return [] }
    let missing = large.rank - small.rank
    return (0..<small.elementCount).map { position in
      var rest = position
      var place = 0
      var stride = 1
      for axis in Swift.stride(from: large.rank - 1, through: 0, by: -1) {
        let size = axis < missing ? 1 : small[axis - missing]
        place += rest % size * stride
        rest /= size
        stride *= large[axis]
      }
      return place
    }
  }

  /// The row-major positions in the order of a tensor whose axes are reversed.
  private static func orderOfReversedAxes(_ shape: Shape) -> [Int] {
    (0..<shape.elementCount).map { position in
      var rest = position
      var place = 0
      var stride = shape.elementCount
      // The first axis of the original is the last of the reversed: it runs fastest.
      for size in shape {
        stride /= size
        place += rest % size * stride
        rest /= size
      }
      return place
    }
  }
}

/// What somebody wants to see, or to break, of every walk made inside its scope.
package struct WalkProbe: Sendable {
  /// A rule to break, and who hears whether that changed anything.
  package var mutation: Mutation?
  package var onMutation: (@Sendable (_ hasChanged: Bool) -> Void)?
  /// Hears of every rule that is called, and whether its part must be summed over a broadcast.
  package var onRule: (@Sendable (_ site: Mutation.Site, _ sumsBroadcast: Bool) -> Void)?
  /// Hears of every cotangent that is complete.
  package var onCotangent: (@Sendable (_ entry: Int, _ cotangent: Tensor) -> Void)?

  /// Hears of every part that is summed over a broadcast, before it is: whose rule gave it, for which
  /// entry, and the sum of the absolute values of what is summed.
  package var onSum: (@Sendable (_ reader: Int, _ entry: Int, _ absolute: [Double]) -> Void)?

  package init() {}

  @TaskLocal private static var chosen: WalkProbe?

  static var current: WalkProbe? { chosen }

  /// Runs `body` with this probe in every walk.
  package func watching<Result>(_ body: () throws -> Result) rethrows -> Result {
    try WalkProbe.$chosen.withValue(self, operation: body)
  }

  func carried(
    _ part: Tensor, over link: Link, of entry: Tape.Entry, at index: Int
  ) -> Tensor? {
    let site = Mutation.Site(entry.primitive, input: link.position)
    onRule?(site, part.shape != link.shape)
    if let onSum, part.shape != link.shape {
      let sizes = part.scalars(of: Double.self).map { Swift.abs($0) }
      let sum = withoutRecording {
        Tensor(sizes, shape: part.shape, dtype: .float64).summed(
          to: link.shape, for: entry.primitive)
      }
      onSum(index, link.parent.entry, sum.scalars(of: Double.self))
    }
    if let mutation, mutation.site == site {
      let (part, hasChanged) = mutation.broken(part, to: link.shape)
      onMutation?(hasChanged)
      return part
    }
    return part.shape == link.shape ? part : part.summed(to: link.shape, for: entry.primitive)
  }
}
