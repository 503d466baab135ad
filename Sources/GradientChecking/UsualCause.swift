import Tensors

/// Looks for one of the usual mistakes that turns the measured gradient into the analytic one.
struct UsualCause {
  let analytic: [Double]
  let numeric: [Double]
  let shape: Shape
  let cotangent: [Double]
  let input: [Double]
  let results: [Double]
  /// Slope of each result, for each element of the input; empty when it was too large to keep.
  let jacobian: [[Double]]
  /// The shape of the result, when there is one result.
  let resultShape: Shape?

  /// The first explanation that fits, the simplest first.
  var description: String? {
    guard analytic.count == numeric.count, !numeric.isEmpty, numeric.allSatisfy(\.isFinite)
    else { return nil }
    return notFinite ?? notLinear ?? flat ?? zero ?? scaled ?? moved ?? missingSum ?? forgottenTerm
      ?? partial
  }

  /// Whether two gradients agree: each element relative to its own size, or to what its measurement
  /// is worth, and much better than rule and measurement do.
  private func agree(_ a: [Double], _ b: [Double]) -> Bool {
    guard a.count == b.count, Swift.max(largest(a), largest(b)) > 0 else { return false }
    var residual = 0.0
    for (a, b) in zip(a, b) {
      let apart = Swift.abs(a - b)
      guard apart <= Swift.max(1e-5 * Swift.max(Swift.abs(a), Swift.abs(b)), noise)
      else { return false }
      residual = Swift.max(residual, apart)
    }
    return residual <= 0.1 * largest(zip(analytic, numeric).map { $0 - $1 })
  }

  /// What the measurement of one element is worth at best.
  private var noise: Double { 1e-9 * largest(numeric) + 1e-7 * largest(cotangent) }

  private func largest(_ values: [Double]) -> Double {
    values.reduce(0) { Swift.max($0, Swift.abs($1)) }
  }

  // MARK: - Nothing, or something out of nothing

  private var notFinite: String? {
    let amiss = analytic.filter { !$0.isFinite }
    guard !amiss.isEmpty else { return nil }
    let what = amiss.contains(where: \.isNaN) ? "NaN" : "an infinity"
    return
      "the rule gives \(what) for \(amiss.count) of \(analytic.count) elements: a division by zero, "
      + "or zero times an infinity, inside it"
  }

  private var notLinear: String? {
    largest(cotangent) == 0 && largest(analytic) > 0
      ? "not linear: the rule gives something for a cotangent of zero" : nil
  }

  private var flat: String? {
    largest(numeric) <= 1e-3 * noise && largest(cotangent) > 0 && largest(analytic) > noise
      ? "the function is flat here and the rule is not zero: straight-through, or the derivative of "
        + "another function" : nil
  }

  private var zero: String? {
    largest(analytic) == 0 && largest(numeric) > 0
      ? "the rule gives zero: the path is cut (detached, or read as a constant)" : nil
  }

  // MARK: - One factor

  /// `analytic = factor * numeric`, if one factor does it for every element.
  private func factor(_ analytic: [Double], _ numeric: [Double]) -> Double? {
    let square = numeric.reduce(0) { $0 + $1 * $1 }
    guard square > 0 else { return nil }
    let factor = zip(analytic, numeric).reduce(0) { $0 + $1.0 * $1.1 } / square
    return agree(analytic, numeric.map { $0 * factor }) ? factor : nil
  }

  private var scaled: String? {
    // One element is a multiple of any other: a factor found from it alone explains nothing.
    guard let factor = factor(analytic, numeric) else { return nil }
    if Swift.abs(factor - 1) < 1e-6 { return nil }
    if Swift.abs(factor + 1) < 1e-6 { return "sign: analytic is minus numeric" }
    let sizes = [("the input", shape.elementCount), ("the result", resultShape?.elementCount ?? 0)]
    let axes = (resultShape.map(Array.init) ?? []).enumerated().map {
      ("axis \($0.offset) of the result", $0.element)
    }
    for (what, count) in sizes + axes where count > 1 {
      if Swift.abs(factor * Double(count) - 1) < 1e-5 {
        return
          "factor 1/\(count), the size of \(what): a mean where a sum belongs, or a missing sum "
          + "over broadcast axes"
      }
      if Swift.abs(factor / Double(count) - 1) < 1e-5 {
        return "factor \(count), the size of \(what): a sum where a mean belongs"
      }
    }
    return "factor: analytic is \(factor.fixed(6)) times numeric"
  }

  // MARK: - Elements in the wrong places

  private var moved: String? {
    guard shape.elementCount > 1 else { return nil }
    for (first, second) in pairsOfAxes where agree(analytic, exchanged(first, second)) {
      return "transpose: analytic is numeric with axes \(first) and \(second) exchanged"
    }
    for axis in 0..<shape.rank where shape[axis] > 1 {
      if agree(analytic, rearranged(axis) { $1 - 1 - $0 }) {
        return "flip: analytic is numeric reversed along axis \(axis)"
      }
      for shift in [1, -1] where agree(analytic, rearranged(axis) { ($0 + shift + $1) % $1 }) {
        return "shift: analytic is numeric moved by one along axis \(axis)"
      }
    }
    let count = numeric.count
    if agree(analytic, (0..<count).map { numeric[($0 + count - 1) % count] })
      || agree(analytic, (0..<count).map { numeric[($0 + 1) % count] })
    {
      return "shift: analytic is numeric moved by one element"
    }
    return nil
  }

  private var pairsOfAxes: [(Int, Int)] {
    (0..<shape.rank).flatMap { first in
      ((first + 1)..<Swift.max(shape.rank, first + 1)).map { (first, $0) }
    }
  }

  /// The numeric gradient in memory after two axes are exchanged.
  private func exchanged(_ first: Int, _ second: Int) -> [Double] {
    var sizes = Array(shape)
    sizes.swapAt(first, second)
    let target = Shape(sizes)
    return (0..<numeric.count).map { position in
      var indices = target.indices(of: position)
      indices.swapAt(first, second)
      return numeric[self.position(of: indices)]
    }
  }

  private func rearranged(_ axis: Int, _ source: (_ index: Int, _ size: Int) -> Int) -> [Double] {
    (0..<numeric.count).map { position in
      var indices = shape.indices(of: position)
      indices[axis] = source(indices[axis], shape[axis])
      return numeric[self.position(of: indices)]
    }
  }

  private func position(of indices: [Int]) -> Int {
    zip(indices, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }

  // MARK: - Terms that are not there

  /// The share of the gradient that comes through each result.
  private func share(_ include: (_ result: Int) -> Bool) -> [Double] {
    jacobian.map { row in
      row.indices.reduce(0) { include($1) ? $0 + row[$1] * cotangent[$1] : $0 }
    }
  }

  private var missingSum: String? {
    guard let resultShape, !jacobian.isEmpty else { return nil }
    for axis in 0..<resultShape.rank where resultShape[axis] > 1 {
      for index in [0, resultShape[axis] - 1] {
        let part = share { resultShape.indices(of: $0)[axis] == index }
        if agree(analytic, part) {
          return
            "missing sum over broadcast axes: only index \(index) of axis \(axis) of the result "
            + "is counted"
        }
      }
    }
    return nil
  }

  private var forgottenTerm: String? {
    let missing = zip(numeric, analytic).map { $0 - $1 }
    guard missing.count > 2 else { return nil }
    /// Whether the difference is a multiple of a term, element by element.
    func names(_ term: [Double], _ name: String) -> String? {
      let square = term.reduce(0) { $0 + $1 * $1 }
      guard term.count == missing.count, square > 0 else { return nil }
      let factor = zip(missing, term).reduce(0) { $0 + $1.0 * $1.1 } / square
      let worth = 1e-9 * largest(numeric)
      let fits = zip(missing, term).allSatisfy {
        Swift.abs($0 - factor * $1) <= 1e-4 * Swift.abs(factor * $1) + worth
      }
      return fits && Swift.abs(factor) * largest(term) > 100 * worth
        ? "forgotten term: numeric minus analytic is proportional to \(name)" : nil
    }
    let byResult = zip(cotangent, results).map { $0 * $1 }
    let byInput = zip(cotangent, input).map { $0 * $1 }
    return names(cotangent, "the cotangent") ?? names(byInput, "cotangent times input")
      ?? names(byResult, "cotangent times result") ?? names(input, "the input")
      ?? names([Double](repeating: 1, count: missing.count), "a constant")
  }

  /// Some elements right, the others zero or all the same factor too large.
  private var partial: String? {
    let count = analytic.count
    let wrong = analytic.indices.filter {
      let size = Swift.max(Swift.abs(analytic[$0]), Swift.abs(numeric[$0]))
      return Swift.abs(analytic[$0] - numeric[$0]) > Swift.max(1e-5 * size, noise)
    }
    guard !wrong.isEmpty, wrong.count < count else { return nil }
    if wrong.allSatisfy({ analytic[$0] == 0 }) {
      return
        "forgotten term: \(wrong.count) of \(count) elements get nothing, the others are right"
    }
    let factors = wrong.map { analytic[$0] / numeric[$0] }
    guard factors.allSatisfy({ Swift.abs($0 - factors[0]) <= 1e-5 * Swift.abs(factors[0]) })
    else { return nil }
    return
      "factor: \(wrong.count) of \(count) elements get \(factors[0].fixed(6)) times numeric, the "
      + "others are right"
  }
}

extension InputTest {
  /// The first cotangent under which an element was found wrong: random ones, then zero, which says
  /// most, then the others.
  func failed(_ numeric: [[Double]]) -> Int {
    let positions = findings.filter { $0.verdict == .wrong }.compactMap { finding in
      finding.index.map { zip($0, subject.inputs[input].shape).reduce(0) { $0 * $1.1 + $1.0 } }
    }
    let zero = cotangents.firstIndex { $0.name == "zero" }
    let random = cotangents.prefix { $0.name.hasPrefix("random") }.indices
    let order = Array(random) + (zero.map { [$0] } ?? []) + Array(cotangents.indices)
    return order.first { number in
      positions.contains { place in
        let (a, b) = (analytic[number][place], numeric[number][place])
        let allowed = differences.tolerance(
          a, b, cotangent: cotangents[number].values, direction: 1)
        return !(Swift.abs(a - b) <= allowed)
      }
    } ?? 0
  }
}
