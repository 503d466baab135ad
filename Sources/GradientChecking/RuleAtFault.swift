import Autodiff
import Tensors

/// The rule on a tape that makes a gradient wrong.
///
/// Going through the tape from its end, the cotangent of each entry is compared with the slope that is
/// measured when the entry's result is displaced, by steps relative to the size of its elements. The
/// first one that is wrong was brought there by the rules of operations whose own cotangents are right:
/// one of those rules is at fault. Nobody is named where the cotangent of such an operation could not be
/// proved right: at a kink, where no measurement settles, in another dtype. The cotangents of the check
/// are tried in turn, until one brings the fault to light.
struct RuleAtFault {
  /// Operation, input, entry and module, as a report shows it.
  let description: String

  /// A tape longer than this is searched from its end only.
  private static let mostEntries = 500

  init?(
    at inputs: [Tensor], of function: @escaping ([Tensor]) -> Tensor, seed: UInt64,
    _ options: GradientCheckOptions
  ) {
    let value = function(inputs)
    // The same as the check of the first order draws.
    var draw = Draw(seed: seed &+ 1)
    let cotangents = Cotangent.all(count: value.count, order: 1, options, &draw)
    for cotangent in cotangents {
      var search = FaultSearch(inputs, function, value, cotangent, options, draw)
      guard search.someInputIsWrong, let description = search.fault(within: Self.mostEntries)
      else { continue }
      let isUsual = cotangent.name.hasPrefix("random")
      self.description = description + (isUsual ? "" : " (cotangent \(cotangent.name))")
      return
    }
    return nil
  }
}

/// The search for the rule at fault with one cotangent of the value.
private struct FaultSearch {
  private enum Verdict { case right, wrong, unsure }

  private let inputs: [Tensor]
  private let function: ([Tensor]) -> Tensor
  private let center: [Double]
  private let weights: [Double]
  private let options: GradientCheckOptions
  private let tape: Tape
  private let arrived: [Int: Tensor]
  private var draw: Draw
  private var verdicts: [Int: Verdict] = [:]

  private static let directions = 2

  init(
    _ inputs: [Tensor], _ function: @escaping ([Tensor]) -> Tensor, _ value: Tensor,
    _ cotangent: Cotangent, _ options: GradientCheckOptions, _ draw: Draw
  ) {
    self.inputs = inputs
    self.function = function
    center = value.scalars(of: Double.self)
    weights = cotangent.values
    self.options = options
    self.draw = draw
    let found = entryCotangents(
      at: inputs,
      cotangent: Tensor(cotangent.values, shape: value.shape, dtype: value.dtype), of: function)
    tape = found.tape
    arrived = found.cotangents
  }

  var someInputIsWrong: Bool {
    mutating get {
      for number in inputs.indices where verdict(on: number) == .wrong { return true }
      return false
    }
  }

  /// The operations one of whose rules is at fault.
  mutating func fault(within most: Int) -> String? {
    for number in tape.entries.indices.reversed().prefix(most) {
      // A variable inside the tape hands on its cotangent as it is.
      if number >= inputs.count, tape.entries[number].primitive == .variable { continue }
      guard arrived[number] != nil, verdict(on: number) == .wrong else { continue }
      let readers = readers(of: number).filter { arrived[$0] != nil }
      guard !readers.isEmpty, readers.allSatisfy({ verdicts[$0] == .right }) else { return nil }
      return readers.map { described($0, reading: number) }.joined(separator: "; or ")
    }
    return nil
  }

  // MARK: - One entry

  private mutating func verdict(on number: Int) -> Verdict {
    if let known = verdicts[number] { return known }
    let verdict = measured(number)
    verdicts[number] = verdict
    return verdict
  }

  private mutating func measured(_ number: Int) -> Verdict {
    let entry = tape.entries[number]
    guard let output = entry.output, entry.dtype == .float64 else { return .unsure }
    let count = entry.shape.elementCount
    // Nothing can be wrong with a gradient of no elements.
    guard count > 0 else { return .right }
    guard let cotangent = arrived[number]?.scalars(of: Double.self) else {
      return .unsure
    }
    let values = Tensor(output, shape: entry.shape).scalars(of: Double.self)
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(count)
    let size = square > 0 && square.isFinite ? square.squareRoot() : 1
    let isInput = entry.primitive == .variable
    let differences = Differences(
      at: [[Double](repeating: 0, count: count)], center: center, options: options
    ) { [inputs, function] moved in
      if isInput {
        var all = inputs
        all[number] = Tensor(
          zip(values, moved[0]).map(+), shape: entry.shape, dtype: .float64)
        return function(all).scalars(of: Double.self)
      }
      let delta = Tensor(moved[0], shape: entry.shape, dtype: .float64)
      return Autodiff.value(at: inputs, displacing: number, by: delta, of: function)
        .scalars(of: Double.self)
    }
    var verdict = Verdict.right
    for _ in 0..<Self.directions {
      let direction = draw.numbers(count) { $0.signed(from: 0.5, to: 1.5) * size }
      let slope = differences.slopes(input: 0, direction: direction, cotangents: [weights])
        .slopes[0]
      guard slope.value.isFinite, slope.error.isFinite, !slope.isKink else { return .unsure }
      let terms = zip(cotangent, direction).map { $0 * $1 }
      let expected = terms.reduce(0, +)
      guard expected.isFinite else { return .wrong }
      let difference = abs(expected - slope.value)
      // Terms that cancel leave their rounding.
      let rounding = terms.reduce(0) { $0 + abs($1) } * 1e-12
      let allowed =
        rounding + options.relativeTolerance * max(abs(expected), abs(slope.value))
      if difference <= max(allowed, 8 * slope.error) {
        // A measurement that is worth no more than the gradient proves nothing right.
        if slope.error > 1e-2 * max(abs(slope.value), abs(expected)) { verdict = .unsure }
        continue
      }
      return .wrong
    }
    return verdict
  }

  // MARK: - Readers

  /// The operations that read an entry, through variables that stand for it.
  private func readers(of number: Int) -> [Int] {
    var found: [Int] = []
    var same: Set<Int> = [number]
    for (reader, entry) in tape.entries.enumerated() where !same.isDisjoint(with: entry.parents) {
      if entry.primitive == .variable { same.insert(reader) } else { found.append(reader) }
    }
    return found
  }

  private func described(_ reader: Int, reading number: Int) -> String {
    let entry = tape.entries[reader]
    let inputs = entry.links.filter { $0.parent.entry == number }.map { "\($0.position)" }
    let which = inputs.isEmpty ? "" : " for its input \(inputs.joined(separator: " and "))"
    let place = entry.frame.map { " in \($0.pathDescription)" } ?? ""
    return "\(entry.primitive)\(which), %\(reader) on the tape\(place)"
  }
}
