extension Shape {
  /// The shape both broadcast to: aligned at the last axis, a missing axis or one of size 1 stretches.
  package static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if a == b { return a }
    let rank = Swift.max(a.rank, b.rank)
    var sizes = [Int](repeating: 1, count: rank)
    for fromEnd in 1...Swift.max(rank, 1) where fromEnd <= rank {
      let one = fromEnd <= a.rank ? a[a.rank - fromEnd] : 1
      let two = fromEnd <= b.rank ? b[b.rank - fromEnd] : 1
      guard one == two || one == 1 || two == 1 else { return nil }
      sizes[rank - fromEnd] = one == 1 ? two : one
    }
    return Shape(sizes)
  }

  /// How elements of a tensor of this shape repeat when it is broadcast to `target`, if one pair of
  /// numbers can say it: element `i` of the target reads element `(i / span) * inner + i % inner`.
  ///
  /// That holds when the axes that stretch are next to each other, which covers a scalar, a value
  /// for each channel, one for each sample, and one for each sample and channel.
  package func access(in target: Shape) -> Access? {
    let count = target.elementCount
    if elementCount == count { return .flat(count) }
    let missing = target.rank - rank
    var first = -1
    var last = -1
    for axis in 0..<target.rank where target[axis] != 1 {
      let stretches = axis < missing || self[axis - missing] == 1
      if stretches {
        if first < 0 { first = axis }
        last = axis
      }
    }
    if first < 0 { return .flat(count) }
    for axis in first...last where target[axis] != 1 {
      if axis >= missing && self[axis - missing] != 1 { return nil }
    }
    let inner = target.product((last + 1)..<target.rank)
    return Access(inner: inner, span: target.product(first..<target.rank))
  }
}

/// Which element of an operand belongs to element `i` of a domain: `(i / span) * inner + i % inner`.
///
/// The same pair, read the other way, says which element of a sum receives element `i`: a broadcast
/// and the sum that undoes it are adjoint.
package struct Access: Sendable, Hashable {
  package let inner: Int
  package let span: Int

  package init(inner: Int, span: Int) {
    self.inner = inner
    self.span = span
  }

  /// Element for element.
  package static func flat(_ count: Int) -> Access { Access(inner: count, span: count) }

  /// The number of operand elements that a domain of `count` elements reads.
  package func operandCount(_ count: Int) -> Int { span == 0 ? 0 : count / span * inner }
}
