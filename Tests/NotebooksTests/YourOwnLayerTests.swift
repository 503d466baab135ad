import Foundation
import Interchange
import Testing

/// What the second notebook's prose says of the checker, and the network it trains.
@Suite struct YourOwnLayerTests {
  @Test func theProseIsTrue() throws {
    let run = try NotebookRun("02-your-own-layer")
    defer { run.removeFolder() }
    #expect(run.exitCode == 0, "\(run.errors)")
    let results = try run.results()

    let expected: KeyValuePairs<String, JSON> = [
      "squeeze and excite passes": true,
      // (8 · 2 + 2) + (2 · 8 + 8)
      "parameters of squeeze and excite": 42,
      "forgotten term": "wrong", "with the term": "right",
      "cos, the sign forgotten": "wrong", "cube, the factor forgotten": "wrong",
      "exp, cut off the tape": "wrong", "transpose, handed on as it came": "wrong",
      "square, from a detached copy": "wrong",
      "kink passes": true, "kink": "kink",
      "sum of a softmax": "vacuous",
      "straight-through estimator": "wrong",
    ]
    for (name, value) in expected { #expect(results[name] == value, "\(name)") }

    let complaint = try #require(results["wrong channels"]?.string)
    #expect(complaint.contains("SqueezeExcite.squeeze (Linear)"), "\(complaint)")
    #expect(complaint.contains("wants 8 features, input [2, 16] has 16"), "\(complaint)")

    // The report of the forgotten term names the element, both numbers and the cause.
    #expect(run.output.contains("input 0 [4], first order: wrong, 4 of 4 elements amiss"))
    #expect(run.output.contains("usual cause: forgotten term"))
    let mistakes = [
      ("cos, the sign forgotten", "first", "sign: analytic is minus numeric"),
      ("cube, the factor forgotten", "first", "factor: analytic is 0.333333 times numeric"),
      ("exp, cut off the tape", "first", "the rule gives zero"),
      ("square, from a detached copy", "second", "the rule gives zero"),
    ]
    let lines = run.output.split(separator: "\n")
    for (name, order, cause) in mistakes {
      let found = lines.contains {
        $0.hasPrefix(name) && $0.contains("  \(order) ") && $0.contains(cause)
      }
      #expect(found, "\(name)\n\(run.output)")
    }
    #expect(run.output.contains("note: a kink or tie at input 0 [1]"))

    let first = try #require(results["first loss"]?.double)
    let last = try #require(results["last loss"]?.double)
    #expect(last < first, "twenty steps make the loss smaller")
    let accuracy = try #require(results["accuracy on unseen pictures"]?.double)
    #expect((0...1).contains(accuracy))
  }
}
