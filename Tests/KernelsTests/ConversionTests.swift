import Kernels
import Testing

/// Sixteen bits of a short float, and the value they stand for, by the definition.
private func value(ofHalf bits: UInt16, exponentBits: Int) -> Double {
  let fractionBits = 15 - exponentBits
  let sign = bits >> 15 == 1 ? -1.0 : 1.0
  let exponent = Int(bits >> fractionBits) & ((1 << exponentBits) - 1)
  let fraction = Double(Int(bits) & ((1 << fractionBits) - 1)) / Double(1 << fractionBits)
  let bias = (1 << (exponentBits - 1)) - 1
  if exponent == (1 << exponentBits) - 1 { return fraction == 0 ? sign * .infinity : .nan }
  let power = Double(sign: .plus, exponent: max(exponent, 1) - bias, significand: 1)
  return sign * power * (exponent == 0 ? fraction : 1 + fraction)
}

private func converted<A, B>(_ values: [A], _ from: DType, to: DType, _: B.Type) -> [B] {
  let source = Elements(values)
  let bytes = Elements(UInt8(0), count: values.count * MemoryLayout<B>.size)
  convert(values.count, from: source.raw, from, to: bytes.raw, to)
  keep(source)
  return Array(
    UnsafeRawBufferPointer(start: bytes.raw, count: bytes.count).bindMemory(to: B.self))
}

@Suite struct ConversionTests {
  @Test(arguments: [(DType.float16, 5), (.bfloat16, 8)])
  func `short floats are read exactly and written to the nearest`(
    _ dtype: DType, _ exponentBits: Int
  ) {
    let all = (0...UInt16.max).map { $0 }
    let truth = all.map { value(ofHalf: $0, exponentBits: exponentBits) }
    onEveryInstructionSet { set in
      let singles: [Float] = converted(all, dtype, to: .float32, Float.self)
      let doubles: [Double] = converted(all, dtype, to: .float64, Double.self)
      let same = all.indices.allSatisfy {
        truth[$0].isNaN
          ? singles[$0].isNaN && doubles[$0].isNaN
          : Double(singles[$0]) == truth[$0] && doubles[$0] == truth[$0]
      }
      #expect(same, "\(set)")

      // Every finite value, the middles between neighbours and points just off the middles.
      var samples: [Double] = []
      var expected: [UInt16] = []
      let infinity = UInt16((1 << exponentBits) - 1) << (15 - exponentBits)
      for bits in 0..<infinity {
        let low = truth[Int(bits)]
        let high =
          bits + 1 == infinity ? low + (low - truth[Int(bits) - 1]) : truth[Int(bits) + 1]
        let middle = (low + high) / 2
        let even = bits % 2 == 0 ? bits : bits + 1
        samples += [low, middle, middle.nextDown, middle.nextUp]
        expected += [bits, even, bits, bits + 1]
      }
      samples += samples.map { -$0 }
      expected += expected.map { $0 | 0x8000 }
      #expect(converted(samples, .float64, to: dtype, UInt16.self) == expected, "\(set)")
      let exact = samples.indices.filter { Double(Float(samples[$0])) == samples[$0] }
      #expect(
        converted(exact.map { Float(samples[$0]) }, .float32, to: dtype, UInt16.self)
          == exact.map { expected[$0] }, "\(set)")
      let special: [Float] = [.infinity, -.infinity, 3.4e38, -3.4e38]
      #expect(
        converted(special, .float32, to: dtype, UInt16.self)
          == [infinity, infinity | 0x8000, infinity, infinity | 0x8000], "\(set)")
      let nan = converted([Float.nan], .float32, to: dtype, UInt16.self)[0]
      #expect(value(ofHalf: nan, exponentBits: exponentBits).isNaN, "\(set)")
    }
  }

  private static let reals: [Double] = [
    0, -0.0, 0.9, -0.9, 1, 1.5, -1.5, 2.5, 254.9, 255, 255.5, 256, 300, -1, -300, 2_147_483_520,
    2_147_483_648, 2_147_483_904, -2_147_483_648, -2_147_483_904, 9e18, 9.3e18, -9.3e18, 1e30,
    -1e30, .infinity, -.infinity, .nan,
  ]

  private func saturated<I: FixedWidthInteger>(_ x: Double, _: I.Type) -> I {
    if x.isNaN { return 0 }
    if x >= Double(I.max) { return I.max }
    if x <= Double(I.min) { return I.min }
    return I(x)
  }

  @Test func `reals become integers by truncation and saturation`() {
    onEveryInstructionSet { set in
      let x = Self.reals
      #expect(
        converted(x, .float64, to: .int32, Int32.self) == x.map { saturated($0, Int32.self) })
      #expect(
        converted(x, .float64, to: .int64, Int64.self) == x.map { saturated($0, Int64.self) })
      #expect(
        converted(x, .float64, to: .uint8, UInt8.self) == x.map { saturated($0, UInt8.self) })
      #expect(converted(x, .float64, to: .bool, UInt8.self) == x.map { $0 != 0 ? 1 : 0 })
      let f = x.map(Float.init)
      #expect(
        converted(f, .float32, to: .int32, Int32.self)
          == f.map { saturated(Double($0), Int32.self) }, "\(set)")
      #expect(
        converted(f, .float32, to: .int64, Int64.self)
          == f.map { saturated(Double($0), Int64.self) }, "\(set)")
      #expect(
        converted(f, .float32, to: .uint8, UInt8.self)
          == f.map { saturated(Double($0), UInt8.self) }, "\(set)")
      #expect(
        converted(f, .float32, to: .bool, UInt8.self) == f.map { $0 != 0 ? 1 : 0 }, "\(set)")
    }
  }

  @Test func `integers become reals and one another`() {
    onEveryInstructionSet { set in
      let long: [Int64] = [0, 1, -1, 16_777_217, 33_554_435, .max, .min, 4_294_967_296, 256, -129]
      #expect(converted(long, .int64, to: .float32, Float.self) == long.map { Float($0) }, "\(set)")
      #expect(converted(long, .int64, to: .float64, Double.self) == long.map { Double($0) })
      #expect(
        converted(long, .int64, to: .int32, Int32.self) == long.map { Int32(clamping: $0) })
      #expect(
        converted(long, .int64, to: .uint8, UInt8.self) == long.map { UInt8(clamping: $0) })
      #expect(converted(long, .int64, to: .bool, UInt8.self) == long.map { $0 == 0 ? 0 : 1 })
      #expect(converted(long, .int64, to: .int64, Int64.self) == long)
      let short = long.map { Int32(truncatingIfNeeded: $0) }
      #expect(converted(short, .int32, to: .float32, Float.self) == short.map { Float($0) })
      #expect(converted(short, .int32, to: .int64, Int64.self) == short.map { Int64($0) })
      let bytes = (0...UInt8.max).map { $0 }
      #expect(converted(bytes, .uint8, to: .float32, Float.self) == bytes.map { Float($0) })
      #expect(converted(bytes, .uint8, to: .float64, Double.self) == bytes.map { Double($0) })
      #expect(converted(bytes, .uint8, to: .int64, Int64.self) == bytes.map { Int64($0) })
      #expect(
        converted(bytes, .bool, to: .float32, Float.self) == bytes.map { $0 == 0 ? 0 : 1 })
    }
  }

  @Test func `a program reads and writes every dtype in strided places too`() {
    // Per-channel and per-row streams of short types, a bool mask, a half result.
    let channels = Elements<UInt16>([0x3c00, 0x4000, 0xc000])  // 1, 2, -2 as halves
    let rows = Elements<Int32>([10, 20])
    let mask = Elements<UInt8>([1, 0, 7, 0, 1, 1])
    let out = Elements<UInt16>([0, 0, 0, 0, 0, 0])
    let totals = Elements<Int64>([0, 0, 0])
    var program = PointwiseProgram(count: 6, precision: .float32)
    let c = program.stream(channels.raw, dtype: .float16, inner: 3, span: 6)
    let r = program.stream(rows.raw, dtype: .int32, inner: 1, span: 3)
    let m = program.stream(mask.raw, dtype: .bool, inner: 6, span: 6)
    let v = program.apply(.select, m, program.apply(.multiply, c, r), program.constant(-0.5))
    program.store(v, to: out.raw, dtype: .bfloat16)
    program.sum(v, inner: 3, span: 6, to: totals.raw, dtype: .int64)
    program.run()
    keep(channels, rows, mask)
    // 10, -0.5, -20, -0.5, 40, -40: the upper halves of their float32 patterns.
    let expected = [Float(10), -0.5, -20, -0.5, 40, -40].map { UInt16($0.bitPattern >> 16) }
    #expect(out.array == expected)
    #expect(totals.array == [9, 39, -60])
  }
}
