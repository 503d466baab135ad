import CKernels
import Synchronization

/// The sets of vector instructions the innermost loops are compiled for.
package enum InstructionSet: String, Sendable, CaseIterable {
  /// What every processor of the architecture has: SSE2 on x86-64.
  case baseline
  /// AVX2 with FMA.
  case avx2
  /// AVX-512 F, DQ, BW and VL.
  case avx512
  /// Arm, 64 bit.
  case neon

  fileprivate var code: tg_instruction_set {
    switch self {
    case .baseline: TG_BASELINE
    case .avx2: TG_AVX2
    case .avx512: TG_AVX512
    case .neon: TG_NEON
    }
  }
}

/// Which loops run: chosen once, at the first use, for the processor the program finds itself on.
///
/// `TAPEGRAD_ISA` forces a set (``Environment``). Results carry the same bits from run to run for one
/// instruction set, not between sets.
package enum Processor {
  /// Loops of one instruction set; the pointer is to a constant of the C half.
  private struct Choice: @unchecked Sendable {
    let set: InstructionSet
    let table: UnsafePointer<tg_kernel_table>
  }

  private static let chosen: Choice = {
    let widest = InstructionSet.allCases.first { $0.code == tg_widest_instruction_set() }
    let set = Environment.current.instructionSet ?? widest ?? .baseline
    return Choice(set: set, table: tg_kernels(set.code)!)
  }()

  @TaskLocal private static var forced: Choice?
  /// How many scopes force a set now, in all tasks. While it is zero nobody pays for the task-local.
  private static let forcing = Atomic<Int>(0)

  private static var current: Choice {
    guard forcing.load(ordering: .relaxed) > 0 else { return chosen }
    return forced ?? chosen
  }

  /// The sets this processor can run, narrowest first.
  package static let available = InstructionSet.allCases.filter { tg_kernels($0.code) != nil }

  /// The set in force in this task.
  package static var instructionSet: InstructionSet { current.set }

  /// The loops in force in this task. A kernel reads it once, on its caller's thread, before it
  /// hands blocks to other threads: task-local values do not reach those.
  package static var kernels: UnsafePointer<tg_kernel_table> { current.table }

  /// Runs `body` with the loops of another set. Stops where the processor lacks it.
  package static func withInstructionSet<Result>(
    _ set: InstructionSet, _ body: () throws -> Result
  ) rethrows -> Result {
    guard let table = tg_kernels(set.code) else {
      Failure.stop("this processor cannot run the instruction set \(set.rawValue)")
    }
    forcing.add(1, ordering: .relaxed)
    defer { forcing.subtract(1, ordering: .relaxed) }
    return try $forced.withValue(Choice(set: set, table: table), operation: body)
  }
}
