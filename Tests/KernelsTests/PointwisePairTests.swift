import Kernels
import Testing

/// Two operations in one step have the bits of two steps: rounding twice, NaN and signed zeros as they come.
@Suite struct PointwisePairTests {
  private static let binary: [PointwiseOperation] = [
    .add, .subtract, .multiply, .divide, .minimum, .maximum, .greater, .less,
  ]

  /// Numbers whose products round, with zeros of both signs, infinities and NaN among them.
  private func operands<T: Computed>(_: T.Type, _ count: Int) -> [Elements<T>] {
    (0..<4).map { index in
      var generator = SampleGenerator(count + 7 * index)
      var values: [T] = generator.reals(count)
      let special: [T] = [0, -(0 as T), .infinity, -.infinity, .nan]
      for (place, value) in special.enumerated() where count > 100 {
        values[(13 * place + 31 * index) % count] = value
        values[(17 * place + 5) % count] = value
      }
      return Elements(values)
    }
  }

  /// Runs a program; the value on the way is stored as well if it is to be `apart`, which leaves it a step of
  /// its own.
  private func run<T: Computed>(
    _ operands: [Elements<T>], apart: Bool,
    _ build: (inout PointwiseProgram, [PointwiseProgram.Register]) -> (
      inner: PointwiseProgram.Register, result: PointwiseProgram.Register
    )
  ) -> Elements<T> {
    let count = operands[0].count
    let result = Elements(T.nan, count: count)
    let spare = Elements(T.nan, count: count)
    var program = PointwiseProgram(count: count, precision: T.precision)
    let streams = operands.map {
      program.stream($0.raw, dtype: T.dtype, inner: count, span: count)
    }
    let (inner, value) = build(&program, streams)
    program.store(value, to: result.raw, dtype: T.dtype)
    if apart { program.store(inner, to: spare.raw, dtype: T.dtype) }
    program.run()
    keep(operands, spare)
    return result
  }

  private func check<T: Computed>(_: T.Type) {
    onEveryInstructionSet { set in
      for count in [1, 5, 16, 511, 1037] {
        let operands = operands(T.self, count)
        func expectSame(
          _ what: String,
          _ build: (inout PointwiseProgram, [PointwiseProgram.Register]) -> (
            inner: PointwiseProgram.Register, result: PointwiseProgram.Register
          )
        ) {
          let joined = run(operands, apart: false, build)
          let apart = run(operands, apart: true, build)
          let different = (0..<count).filter {
            withUnsafeBytes(of: joined[$0], Array.init)
              != withUnsafeBytes(of: apart[$0], Array.init)
          }
          #expect(different.isEmpty, "\(what), \(count) elements on \(set): \(different.prefix(5))")
        }
        for first in Self.binary {
          for second in Self.binary {
            expectSame("\(first) then \(second)") { program, x in
              let inner = program.apply(first, x[0], x[1])
              return (inner, program.apply(second, inner, x[2]))
            }
            expectSame("\(second) of the third and \(first)") { program, x in
              let inner = program.apply(first, x[0], x[1])
              return (inner, program.apply(second, x[2], inner))
            }
          }
          expectSame("\(first) squared") { program, x in
            let inner = program.apply(first, x[0], x[1])
            return (inner, program.apply(.multiply, inner, inner))
          }
        }
        expectSame("greater selects") { program, x in
          let inner = program.apply(.greater, x[0], x[1])
          return (inner, program.apply(.select, inner, x[2], x[3]))
        }
        expectSame("selected and multiplied") { program, x in
          let mask = program.apply(.less, x[0], x[1])
          let inner = program.apply(.select, mask, x[2], x[3])
          return (inner, program.apply(.multiply, inner, x[1]))
        }
        // A chain, in which every other operation may take the one before with it.
        expectSame("a chain") { program, x in
          var value = program.apply(.subtract, x[0], x[1])
          var middle = value
          for (step, operation) in [
            PointwiseOperation.multiply, .add, .maximum, .subtract, .multiply,
            .add, .greater,
          ].enumerated() {
            value = program.apply(operation, value, x[step % 4])
            if step == 2 { middle = value }
          }
          return (middle, program.apply(.select, value, x[2], x[3]))
        }
      }
    }
  }

  @Test func float32() { check(Float.self) }
  @Test func float64() { check(Double.self) }
}
