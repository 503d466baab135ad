import Tensors

// What is needed to find the rule at fault on a tape: the cotangent that arrives at each entry, and how
// the value changes when the result of one entry is displaced.

/// The cotangents that one walk brings to the entries of its tape.
package struct EntryCotangents {
  package let tape: Tape
  /// By entry; absent where nothing arrived.
  package let cotangents: [Int: Tensor]
}

/// Records a function and walks it backwards once, keeping the cotangent and the
/// value of every entry.
package func entryCotangents(
  at inputs: [Tensor], cotangent: Tensor, of function: ([Tensor]) -> Tensor
) -> EntryCotangents {
  let kept = KeptCotangents()
  var probe = WalkProbe.current ?? WalkProbe()
  probe.onCotangent = { kept.cotangents[$0] = $1 }
  let tape = withoutRecording {
    Recording.run(at: inputs, keepsValues: true, { (function($0), ()) }) { recording in
      kept.cotangents = [:]
      _ = probe.watching { recording.pullback(cotangent, keepingTape: true) }
      return recording.tape
    }
  }
  return EntryCotangents(tape: tape, cotangents: kept.cotangents)
}

/// The value of a function when `displacement` is added to the result of entry `entry` of its tape.
package func value(
  at inputs: [Tensor], displacing entry: Int, by displacement: Tensor,
  of function: ([Tensor]) -> Tensor
) -> Tensor {
  withoutRecording {
    Recording.run(
      at: inputs,
      { variables in
        Tape.current?.displacement = (entry, displacement)
        return (function(variables), ())
      }, use: { $0.settled($0.value) })
  }
}

/// Called from within one walk.
private final class KeptCotangents: @unchecked Sendable {
  var cotangents: [Int: Tensor] = [:]
}
