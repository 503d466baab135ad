/// Stretches of grid positions along one axis that meet the source with the same taps. At the edges,
/// taps fall outside, where the source is zero: they need not be computed.
struct ConvolutionSpans {
  struct Span {
    let taps: Range<Int>
    let positions: Range<Int>
  }

  let spans: [Span]

  /// One span: every tap everywhere.
  init(whole taps: [ConvolutionPlan.Tap], positions: Int) {
    spans = [Span(taps: 0..<taps.count, positions: 0..<positions)]
  }

  /// - Parameter size: pixels of the source along the axis.
  init(_ taps: [ConvolutionPlan.Tap], positions: Int, stride: Int, size: Int) {
    var spans: [Span] = []
    for position in 0..<positions {
      let place = position * stride
      let first = taps.firstIndex { place + $0.offset >= 0 } ?? taps.count
      let end = taps.firstIndex { place + $0.offset >= size } ?? taps.count
      let inside = min(first, end)..<end
      if let last = spans.last, last.taps == inside {
        spans[spans.count - 1] = Span(
          taps: inside, positions: last.positions.lowerBound..<position + 1)
      } else {
        spans.append(Span(taps: inside, positions: position..<position + 1))
      }
    }
    self.spans = spans
  }

  /// The positions at which each tap meets a pixel.
  func positions(of tap: Int) -> Range<Int> {
    let inside = spans.filter { $0.taps.contains(tap) }
    guard let first = inside.first, let last = inside.last else { return 0..<0 }
    return first.positions.lowerBound..<last.positions.upperBound
  }

  /// The share of pairs of tap and position that meet a pixel.
  static func met(
    _ taps: [ConvolutionPlan.Tap], positions: Int, stride: Int, size: Int
  ) -> Double {
    let spans = ConvolutionSpans(taps, positions: positions, stride: stride, size: size).spans
    let met = spans.reduce(0) { $0 + $1.taps.count * $1.positions.count }
    return Double(met) / Double(taps.count * positions)
  }

  /// What so many rows of a register tile cost for each term: a few take as long as four, for whose
  /// sums the processor waits.
  static func cost(rows: Int, most: Int) -> Double {
    let tiles = (rows + most - 1) / most
    return Double(max(rows, 4 * tiles)) + 0.5 * Double(tiles)
  }
}
