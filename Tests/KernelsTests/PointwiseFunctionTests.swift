import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Applies one operation to whole arrays.
func pointwise<T: Computed>(_ operation: PointwiseOperation, _ operands: [T]...) -> [T] {
  let count = operands[0].count
  let sources = operands.map { Elements($0) }
  let result = Elements(T.nan, count: count)
  var program = PointwiseProgram(count: count, precision: T.precision)
  let registers = sources.map {
    program.stream($0.raw, dtype: T.dtype, inner: count, span: count)
  }
  let value = program.apply(
    operation, registers[0], registers.count > 1 ? registers[1] : nil,
    registers.count > 2 ? registers[2] : nil)
  program.store(value, to: result.raw, dtype: T.dtype)
  program.run()
  return withExtendedLifetime(sources) { result.array }
}

struct UnaryFunction: Sendable, CustomTestStringConvertible {
  let operation: PointwiseOperation
  /// The largest error allowed in float32, in units of the last place.
  let ulps: Double
  let truth: @Sendable (Double) -> Double

  init(
    _ operation: PointwiseOperation, ulps: Double, _ truth: @escaping @Sendable (Double) -> Double
  ) {
    self.operation = operation
    self.ulps = ulps
    self.truth = truth
  }

  var testDescription: String { "\(operation)" }
}

/// What each unary operation means, in the double precision of the C library.
private let unaryFunctions: [UnaryFunction] = [
  .init(.negate, ulps: 0) { -$0 }, .init(.absolute, ulps: 0) { abs($0) },
  .init(.exp, ulps: 1.5) { exp($0) }, .init(.log, ulps: 1.5) { log($0) },
  .init(.sqrt, ulps: 0.5) { $0.squareRoot() },
  .init(.rsqrt, ulps: 1.5) { 1 / $0.squareRoot() }, .init(.tanh, ulps: 3) { tanh($0) },
  .init(.sigmoid, ulps: 3) { $0 < 0 ? exp($0) / (1 + exp($0)) : 1 / (1 + exp(-$0)) },
  .init(.erf, ulps: 2) { erf($0) }, .init(.floor, ulps: 0) { $0.rounded(.down) },
  .init(.ceil, ulps: 0) { $0.rounded(.up) },
  .init(.round, ulps: 0) { $0.rounded(.toNearestOrEven) },
  .init(.sign, ulps: 0) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
  .init(.log1p, ulps: 3) { log1p($0) }, .init(.expm1, ulps: 2.5) { expm1($0) },
  .init(.sin, ulps: 1) { sin($0) }, .init(.cos, ulps: 1) { cos($0) },
  .init(.tan, ulps: 1) { tan($0) }, .init(.asin, ulps: 2) { asin($0) },
  .init(.acos, ulps: 2) { acos($0) }, .init(.atan, ulps: 2) { atan($0) },
  .init(.sinh, ulps: 3) { sinh($0) }, .init(.cosh, ulps: 3) { cosh($0) },
  .init(.asinh, ulps: 3) { asinh($0) }, .init(.acosh, ulps: 3) { acosh($0) },
  .init(.atanh, ulps: 3) { atanh($0) }, .init(.reciprocal, ulps: 0.5) { 1 / $0 },
  .init(.logicalNot, ulps: 0) { $0 == 0 ? 1 : 0 },
  .init(.isFinite, ulps: 0) { $0.isFinite ? 1 : 0 }, .init(.isNaN, ulps: 0) { $0.isNaN ? 1 : 0 },
]

/// Every exponent a few times, both signs, with a dense cover of [-20, 20] and special values.
private let floatSamples: [Float] = {
  var generator = SampleGenerator(7)
  var values: [Float] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
    .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0.5, 1.5, 2.5, -0.5,
    -1.5, 88.72283, 88.7229, 88.73, 89.5, -87.33, -87.34, -103.9, -104, -110, 1e6, 1.1e6, 3e38,
    1e10,
    3.1415927, 1.5707964, 0.99999994, 1.0000001, -0.99999994, 4, 3.9999998, 4.0000005,
  ]
  for exponent in UInt32(0)..<255 {
    for _ in 0..<24 {
      let bits = exponent << 23 | UInt32(generator.next() & 0x7fffff)
      values.append(Float(bitPattern: bits))
      values.append(-Float(bitPattern: bits))
    }
  }
  for _ in 0..<40_000 { values.append(Float(generator.real() * 20)) }
  for _ in 0..<20_000 { values.append(Float(generator.real() * 110)) }
  for _ in 0..<20_000 { values.append(Float(1 + generator.real() * 0.5)) }
  return values
}()

@Suite struct PointwiseFunctionTests {
  @Test func `every unary operation is listed`() {
    let listed = Set(unaryFunctions.map(\.operation))
    #expect(listed == Set(PointwiseOperation.allCases.filter { $0.arity == 1 }))
  }

  @Test(arguments: unaryFunctions)
  func `is accurate in float32`(_ function: UnaryFunction) {
    onEveryInstructionSet { set in
      let results: [Float] = pointwise(function.operation, floatSamples)
      // Without fused multiply-add the polynomials round twice as often.
      let allowed = function.ulps * (set == .baseline ? 1.5 : 1)
      var worst = 0.0
      var at: Float = 0
      for (x, result) in zip(floatSamples, results) {
        let error = ulps(result, function.truth(Double(x)))
        if error > worst {
          worst = error
          at = x
        }
      }
      #expect(worst <= allowed, "\(function.operation) on \(set) at \(at)")
    }
  }

  @Test(arguments: unaryFunctions)
  func `agrees with the library in float64`(_ function: UnaryFunction) {
    onEveryInstructionSet { set in
      let samples = floatSamples.prefix(20_000).map { Double($0) * 1.0000000001 }
      let results: [Double] = pointwise(function.operation, samples)
      for (x, result) in zip(samples, results) {
        let truth = function.truth(x)
        let error = result == truth || (result.isNaN && truth.isNaN) ? 0 : abs(result - truth)
        #expect(
          error == 0 || error <= 4 * truth.magnitude.ulp, "\(function.operation) on \(set) at \(x)")
        if error > 4 * truth.magnitude.ulp { break }
      }
    }
  }

  /// Whole vectors and the part of one at the end of a block: the same function in each lane.
  @Test func `a result has the same bits wherever it lies`() {
    let samples = Array(floatSamples.prefix(2000))
    onEveryInstructionSet { set in
      for function in unaryFunctions {
        let whole: [Float] = pointwise(function.operation, samples)
        for skipped in [1, 3, 7, 8, 13, 511] {
          let rest: [Float] = pointwise(function.operation, Array(samples.dropFirst(skipped)))
          #expect(
            rest.map(\.bitPattern) == whole.dropFirst(skipped).map(\.bitPattern),
            "\(function.operation) on \(set) without \(skipped)")
        }
      }
    }
  }

  @Test func `zeros keep their signs`() {
    onEveryInstructionSet { set in
      let operations: [PointwiseOperation] = [
        .tanh, .expm1, .log1p, .sin, .tan, .erf, .asin, .atan, .sinh, .sign, .sqrt, .floor, .round,
      ]
      for operation in operations {
        let zeros: [Float] = pointwise(operation, [Float](repeating: -0.0, count: 21))
        for zero in zeros {
          #expect(zero == 0 && zero.sign == .minus, "\(operation) on \(set)")
        }
      }
    }
  }

  static let binaryFunctions: [(PointwiseOperation, @Sendable (Double, Double) -> Double)] = [
    (.add, { $0 + $1 }), (.subtract, { $0 - $1 }), (.multiply, { $0 * $1 }), (.divide, { $0 / $1 }),
    (.power, { pow($0, $1) }), (.minimum, { $0.isNaN || $1.isNaN ? .nan : $0 < $1 ? $0 : $1 }),
    (.maximum, { $0.isNaN || $1.isNaN ? .nan : $0 > $1 ? $0 : $1 }), (.remainder, { fmod($0, $1) }),
    (.atan2, { atan2($0, $1) }), (.equal, { $0 == $1 ? 1 : 0 }), (.notEqual, { $0 != $1 ? 1 : 0 }),
    (.less, { $0 < $1 ? 1 : 0 }), (.lessEqual, { $0 <= $1 ? 1 : 0 }),
    (.greater, { $0 > $1 ? 1 : 0 }), (.greaterEqual, { $0 >= $1 ? 1 : 0 }),
    (.logicalAnd, { $0 != 0 && $1 != 0 ? 1 : 0 }), (.logicalOr, { $0 != 0 || $1 != 0 ? 1 : 0 }),
  ]

  @Test func `every binary operation is listed`() {
    let listed = Set(Self.binaryFunctions.map(\.0))
    #expect(listed == Set(PointwiseOperation.allCases.filter { $0.arity == 2 }))
  }

  /// Pairs of special and ordinary values, many of them equal.
  private static let pairs: (a: [Float], b: [Float]) = {
    let special: [Float] = [
      0, -0.0, 1, -1, 2, 3, -2.5, 0.5, .infinity, -.infinity, .nan,
      Float(sign: .plus, exponent: -133, significand: 1), 1e30, -7, 100.25,
    ]
    var a: [Float] = []
    var b: [Float] = []
    for x in special {
      for y in special {
        a.append(x)
        b.append(y)
      }
    }
    var generator = SampleGenerator(3)
    for _ in 0..<1000 {
      a.append(Float(generator.real() * 10))
      b.append(Float(generator.real() * 10))
    }
    return (a, b)
  }()

  @Test func `binary operations in float32`() {
    let (a, b) = Self.pairs
    onEveryInstructionSet { set in
      for (operation, truth) in Self.binaryFunctions {
        let results: [Float] = pointwise(operation, a, b)
        let allowed: Double = operation == .power || operation == .atan2 ? 2 : 0.5
        for index in a.indices {
          let error = ulps(results[index], truth(Double(a[index]), Double(b[index])))
          #expect(error <= allowed, "\(operation) on \(set) of \(a[index]), \(b[index])")
        }
      }
    }
  }

  @Test func `binary operations in float64`() {
    let a = Self.pairs.a.map(Double.init)
    let b = Self.pairs.b.map(Double.init)
    onEveryInstructionSet { set in
      for (operation, truth) in Self.binaryFunctions {
        let results: [Double] = pointwise(operation, a, b)
        for index in a.indices {
          let expected = truth(a[index], b[index])
          #expect(
            results[index] == expected || (results[index].isNaN && expected.isNaN),
            "\(operation) on \(set) of \(a[index]), \(b[index])")
        }
      }
    }
  }

  @Test func `select takes where the mask is not zero`() {
    let mask: [Float] = (0..<37).map { [0, 1, -0.0, .nan, 0.25][$0 % 5] }
    let a = (0..<37).map { Float($0) }
    let b = (0..<37).map { -Float($0) - 1 }
    onEveryInstructionSet { set in
      let result: [Float] = pointwise(.select, mask, a, b)
      let wide: [Double] = pointwise(
        .select, mask.map(Double.init), a.map(Double.init), b.map(Double.init))
      for index in 0..<37 {
        let expected = mask[index] != 0 ? a[index] : b[index]
        #expect(result[index] == expected, "\(set)")
        #expect(wide[index] == Double(expected), "\(set)")
      }
    }
  }
}
