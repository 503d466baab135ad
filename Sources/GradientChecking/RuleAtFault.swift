import Autodiff
import Tensors

/// The rule on a tape that makes a gradient wrong.
///
/// Going through the tape from its end, the cotangent of each entry is compared with the slope that is
/// measured when the entry's result is displaced. The first one that is wrong was brought there by the
/// rules of operations whose own cotangents are right: one of those rules is at fault.
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
    var draw = Draw(seed: seed &+ 53)
    let weights = Cotangent.random(value.count, &draw)
    let cotangent = Tensor(weights, shape: value.shape, dtype: value.dtype)
    let found = entryCotangents(at: inputs, cotangent: cotangent, of: function)
    let entries = found.tape.entries
    let searched = entries.indices.reversed().prefix(Self.mostEntries)
    for number in searched {
      let entry = entries[number]
      guard let arrived = found.cotangents[number], entry.shape.elementCount > 0,
        entry.dtype == .float64
      else { continue }
      let isInput = entry.primitive == .variable
      // An input's variable is displaced with the input itself; others only stand for a value.
      if isInput, number >= inputs.count { continue }
      let direction = draw.numbers(entry.shape.elementCount) { $0.signed(from: 0.5, to: 1.5) }
      func weighted(_ step: Double) -> Double {
        let delta = Tensor(direction.map { $0 * step }, shape: entry.shape, dtype: .float64)
        let result: Tensor
        if isInput {
          var moved = inputs
          moved[number] = Tensor(
            zip(
              inputs[number].scalars(of: Double.self), direction
            ).map { $0 + step * $1 }, shape: entry.shape, dtype: .float64)
          result = function(moved)
        } else {
          result = Autodiff.value(at: inputs, displacing: number, by: delta, of: function)
        }
        return zip(result.scalars(of: Double.self), weights).reduce(0) { $0 + $1.0 * $1.1 }
      }
      func slope(_ step: Double) -> Double { (weighted(step) - weighted(-step)) / (2 * step) }
      let expected = zip(arrived.scalars(of: Double.self), direction).reduce(0) {
        $0 + $1.0 * $1.1
      }
      let (coarse, fine) = (slope(0x1p-13), slope(0x1p-16))
      let difference = abs(expected - fine)
      let allowed =
        10 * options.absoluteTolerance + options.relativeTolerance * max(abs(expected), abs(fine))
      guard !(difference <= allowed) else { continue }
      // A measurement that has not settled says nothing about the rule.
      guard abs(coarse - fine) <= 0.1 * difference || !expected.isFinite else { continue }
      guard let description = Self.describe(readersOf: number, entries) else { return nil }
      self.description = description
      return
    }
    return nil
  }

  private static func describe(readersOf number: Int, _ entries: [Tape.Entry]) -> String? {
    var readers: [String] = []
    for (reader, entry) in entries.enumerated() where entry.parents.contains(number) {
      let inputs = entry.links.filter { $0.parent.entry == number }.map { "\($0.position)" }
      let which = inputs.isEmpty ? "" : " for its input \(inputs.joined(separator: " and "))"
      let place = entry.frame.map { " in \($0.pathDescription)" } ?? ""
      readers.append("\(entry.primitive)\(which), %\(reader) on the tape\(place)")
    }
    return readers.isEmpty ? nil : readers.joined(separator: "; or ")
  }
}
