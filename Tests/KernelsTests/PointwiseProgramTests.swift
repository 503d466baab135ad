import Kernels
import Testing

/// How a stream or a sum walks its memory.
private struct Access: CustomStringConvertible {
  let inner: Int
  let span: Int

  var description: String { "(\(inner), \(span))" }
  func index(_ i: Int) -> Int { (i / span) * inner + i % inner }
  func elements(_ count: Int) -> Int { count / span * inner }
}

/// Divides [count] in all the ways networks do, and a few they do not.
private func accesses(_ count: Int) -> [Access] {
  var result = [Access(inner: count, span: count), Access(inner: 1, span: count)]
  let divisors = (1...min(count, 5000)).filter { count % $0 == 0 }
  let spans = [1, 30].compactMap { least in divisors.first { $0 > least } }
  for span in Set(spans + [divisors[divisors.count - 1], count]).sorted() {
    for inner in divisors where span % inner == 0 && inner < span {
      if [1, 3, 7, 10, 16, 24, 48, 64, 100, 640, 2500, 4096].contains(inner) {
        result.append(Access(inner: inner, span: span))
      }
    }
  }
  return result
}

private let counts = [
  1, 2, 15, 17, 100, 511, 512, 513, 1000, 3 * 7 * 64, 24 * 1000, 32768, 40_000, 100_000, 7 * 10240,
]

@Suite struct PointwiseProgramTests {
  private func checkAccesses<T: Computed>(_: T.Type) {
    onEveryInstructionSet { set in
      for count in counts {
        for access in accesses(count) {
          var generator = SampleGenerator(count)
          let flat = Elements<T>(generator.reals(count))
          let table = Elements<T>(generator.reals(access.elements(count)))
          let values = Elements(T.nan, count: count)
          let sums = Elements(T.nan, count: access.elements(count))
          // v = flat * table - 0.25; the sum is the adjoint of the table's access.
          var program = PointwiseProgram(count: count, precision: T.precision)
          let x = program.stream(flat.raw, dtype: T.dtype, inner: count, span: count)
          let t = program.stream(
            table.raw, dtype: T.dtype, inner: access.inner, span: access.span)
          let product = program.apply(.multiply, x, t)
          let v = program.apply(.subtract, product, program.constant(0.25))
          program.store(v, to: values.raw, dtype: T.dtype)
          program.sum(v, inner: access.inner, span: access.span, to: sums.raw, dtype: T.dtype)
          program.run()

          var expected = [Double](repeating: 0, count: sums.count)
          var magnitudes = [Double](repeating: 0, count: sums.count)
          var wrong = 0
          for i in 0..<count {
            let product: T = flat[i] * table[access.index(i)]
            let value = product - 0.25
            if values[i] != value { wrong += 1 }
            expected[access.index(i)] += Double(value)
            magnitudes[access.index(i)] += Double(value.magnitude)
          }
          #expect(wrong == 0, "\(count) \(access) on \(set)")
          let unit = T.self == Float.self ? 0x1p-24 : 0x1p-52
          let off = (0..<sums.count).filter {
            abs(Double(sums[$0]) - expected[$0])
              > unit * abs(expected[$0]) + 0x1p-46 * magnitudes[$0]
          }
          #expect(off.count == 0, "\(count) \(access) on \(set)")
          keep(flat, table)
        }
      }
    }
  }

  @Test func `streams read and sums add every element where they should in float32`() {
    checkAccesses(Float.self)
  }

  @Test func `streams read and sums add every element where they should in float64`() {
    checkAccesses(Double.self)
  }

  /// A long random program, so that buffers are reused, run whole and again one operation at a
  /// time through memory.
  private func checkSplitting<T: Computed>(_: T.Type) {
    let operations: [PointwiseOperation] = [
      .add, .subtract, .multiply, .maximum, .minimum, .tanh, .negate, .sigmoid, .less, .select,
    ]
    onEveryInstructionSet { set in
      for (seed, count) in [300, 5000, 70_000].enumerated() {
        var generator = SampleGenerator(seed)
        let inputs = (0..<5).map { _ in Elements<T>(generator.reals(count, times: 3)) }
        let channels = Elements<T>(generator.reals(10, times: 3))
        var steps: [(PointwiseOperation, [Int])] = []
        for known in 6..<46 {
          let operation = operations[generator.index(below: operations.count)]
          steps.append(
            (operation, (0..<operation.arity).map { _ in generator.index(below: known) }))
        }
        let watched = [20, 33, 45]

        let together = (0..<3).map { _ in Elements(T.nan, count: count) }
        let sums = (0..<3).map { _ in Elements(T.nan, count: 10) }
        var program = PointwiseProgram(count: count, precision: T.precision)
        var registers = inputs.map {
          program.stream($0.raw, dtype: T.dtype, inner: count, span: count)
        }
        registers.append(program.stream(channels.raw, dtype: T.dtype, inner: 10, span: count))
        for (operation, operands) in steps {
          let r = operands.map { registers[$0] }
          registers.append(
            program.apply(
              operation, r[0], r.count > 1 ? r[1] : nil, r.count > 2 ? r[2] : nil))
        }
        for (index, value) in watched.enumerated() {
          let register = registers[value]
          program.store(register, to: together[index].raw, dtype: T.dtype)
          program.sum(register, inner: 10, span: count, to: sums[index].raw, dtype: T.dtype)
        }
        program.run()
        keep(inputs, channels)

        var values = inputs.map(\.array)
        values.append((0..<count).map { channels[$0 % 10] })
        for (operation, operands) in steps {
          let r = operands.map { values[$0] }
          values.append(
            r.count == 1
              ? pointwise(operation, r[0])
              : r.count == 2
                ? pointwise(operation, r[0], r[1]) : pointwise(operation, r[0], r[1], r[2]))
        }
        for (index, value) in watched.enumerated() {
          #expect(together[index].bytes == bytes(of: values[value]), "\(count) on \(set)")
          let alone = Elements(T.nan, count: 10)
          let source = Elements(values[value])
          var program = PointwiseProgram(count: count, precision: T.precision)
          let x = program.stream(source.raw, dtype: T.dtype, inner: count, span: count)
          program.sum(x, inner: 10, span: count, to: alone.raw, dtype: T.dtype)
          program.run()
          keep(source)
          #expect(alone.bytes == sums[index].bytes, "sum, \(count) on \(set)")
        }
      }
    }
  }

  @Test func `a group has the bits of its operations run one by one`() {
    checkSplitting(Float.self)
    checkSplitting(Double.self)
  }

  @Test func `an empty domain stores nothing and sums to zero`() {
    let sums = Elements<Float>([1, 2, 3])
    let untouched = Elements<Float>([5])
    var program = PointwiseProgram(count: 0, precision: .float32)
    let x = program.stream(sums.raw, dtype: .float32, inner: 0, span: 0)
    program.store(x, to: untouched.raw, dtype: .float32)
    program.sum(x, inner: 3, span: 0, to: sums.raw, dtype: .float32)
    program.run()
    keep(untouched)
    #expect(sums.array == [0, 0, 0])
    #expect(untouched.array == [5])
  }

  @Test func `a result may take the place of an input`() {
    for count in [10, 3000, 70_000] {
      let a = Elements((0..<count).map { Float($0) })
      let b = Elements((0..<count).map { Float(3 * $0 + 1) })
      var program = PointwiseProgram(count: count, precision: .float32)
      let x = program.stream(a.raw, dtype: .float32, inner: count, span: count)
      let y = program.stream(b.raw, dtype: .float32, inner: count, span: count)
      let sum = program.apply(.add, x, y)
      program.store(program.apply(.negate, x), to: a.raw, dtype: .float32)
      program.store(program.apply(.subtract, sum, x), to: b.raw, dtype: .float32)
      program.run()
      #expect(a.array == (0..<count).map { -Float($0) })
      #expect(b.array == (0..<count).map { Float(3 * $0 + 1) })
    }
  }

  @Test func `values nobody asked for are not computed and may be anything`() {
    let a = Elements<Float>([1, 2, 3])
    let out = Elements<Float>([0, 0, 0])
    var program = PointwiseProgram(count: 3, precision: .float32)
    let x = program.stream(a.raw, dtype: .float32, inner: 3, span: 3)
    let unused = program.constant(4)
    _ = program.apply(.add, unused, x)
    _ = program.stream(a.raw, dtype: .float32, inner: 1, span: 3)
    program.store(x, to: out.raw, dtype: .float32)
    program.run()
    keep(a)
    #expect(out.array == a.array)
  }

  @Test func `a program wider than the cache works`() {
    let count = 2000
    let inputs = (0..<120).map { k in Elements((0..<count).map { Float($0 % 13 + k) }) }
    let out = Elements<Float>(0, count: count)
    var program = PointwiseProgram(count: count, precision: .float32)
    let registers = inputs.map {
      program.apply(
        .negate, program.stream($0.raw, dtype: .float32, inner: count, span: count))
    }
    let total = registers.dropFirst().reduce(registers[0]) { program.apply(.add, $0, $1) }
    program.store(total, to: out.raw, dtype: .float32)
    program.run()
    keep(inputs)
    let expected = (0..<count).map { (i: Int) -> Float in -Float(120 * (i % 13) + 119 * 60) }
    #expect(out.array == expected)
  }
}

extension ThreadsTests {
  @Test func `pointwise programs have the same bits for any number of threads`() {
    let count = 24 * 10_000
    var generator = SampleGenerator(5)
    let x = Elements<Float>(generator.reals(count))
    let scale = Elements<Float>(generator.reals(24))
    sameBitsForAnyThreadCount {
      let values = Elements(Float.nan, count: count)
      let channels = Elements(Float.nan, count: 24)
      let rows = Elements(Float.nan, count: count / 600)
      let wide = Elements(Float.nan, count: 6000)
      var program = PointwiseProgram(count: count, precision: .float32)
      let a = program.stream(x.raw, dtype: .float32, inner: count, span: count)
      let b = program.stream(scale.raw, dtype: .float32, inner: 24, span: count)
      let v = program.apply(.tanh, program.apply(.multiply, a, b))
      program.store(v, to: values.raw, dtype: .float32)
      program.sum(v, inner: 24, span: count, to: channels.raw, dtype: .float32)
      program.sum(v, inner: 1, span: 600, to: rows.raw, dtype: .float32)
      program.sum(v, inner: 6000, span: count, to: wide.raw, dtype: .float32)
      program.run()
      keep(x, scale)
      return values.bytes + channels.bytes + rows.bytes + wide.bytes
    }
  }
}
