import Tensors
import Testing

@Suite struct ConversionTests {
  /// What a number reads as after being stored in a dtype.
  private func stored(_ values: [Double], as dtype: DType) -> [Double] {
    Tensor(values, dtype: dtype).scalars(of: Double.self)
  }

  @Test func halfPrecisionRoundsToNearestEven() {
    // 11 significant bits: 2049 lies between 2048 and 2050 and goes to the even one.
    #expect(stored([1, 2048, 2049, 2051, 65504], as: .float16) == [1, 2048, 2048, 2052, 65504])
    // The smallest denormal is 2^-24; half of it goes to zero, three quarters to it.
    #expect(stored([0x1p-24, 0x1p-25, 0x1.8p-25], as: .float16) == [0x1p-24, 0, 0x1p-24])
    #expect(stored([65520, -1e9], as: .float16) == [.infinity, -.infinity])
    #expect(stored([0.1], as: .float16) == [0x1.998p-4])
    #expect(stored([.nan], as: .float16)[0].isNaN)
  }

  @Test func brainFloatsKeepEightBits() {
    #expect(stored([1, 256, 257, 259], as: .bfloat16) == [1, 256, 256, 260])
    #expect(stored([1e38], as: .bfloat16)[0].isFinite)
    #expect(stored([0.1], as: .bfloat16) == [0x1.9ap-4])
    #expect(stored([.nan], as: .bfloat16)[0].isNaN)
    #expect(stored([-.infinity], as: .bfloat16) == [-.infinity])
  }

  @Test func singlePrecision() {
    #expect(stored([0.1], as: .float32) == [Double(Float(0.1))])
    #expect(stored([1e300, 1e-300], as: .float32) == [.infinity, 0])
  }

  @Test func wholeNumbersTruncateAndSaturate() {
    #expect(stored([1.9, -1.9, 0.5], as: .int32) == [1, -1, 0])
    #expect(stored([3e9, -3e9], as: .int32) == [2_147_483_647, -2_147_483_648])
    #expect(stored([-1, 255.9, 256, 1000], as: .uint8) == [0, 255, 255, 255])
    #expect(stored([.nan], as: .int32) == [0])
    #expect(stored([.nan], as: .uint8) == [0])
    #expect(stored([1e15, -1e15], as: .int64) == [1e15, -1e15])
  }

  @Test func truth() {
    #expect(stored([0, 1, -0.5, 2], as: .bool) == [0, 1, 1, 1])
  }

  @Test func wholeNumbersOfManyDigits() {
    let large = Tensor([Int64(1) << 53, -(Int64(1) << 53)])
    #expect(large.scalars(of: Int64.self) == [9_007_199_254_740_992, -9_007_199_254_740_992])
    #expect(
      Tensor([Int32.max, Int32.min]).scalars(of: Int.self) == [2_147_483_647, -2_147_483_648])
  }

  @Test(arguments: DType.allCases)
  func everyDTypeHasAWidthAndAName(_ dtype: DType) {
    #expect([1, 2, 4, 8].contains(dtype.byteWidth))
    #expect(!dtype.description.isEmpty)
    #expect(dtype.isCompute == (dtype == .float32 || dtype == .float64))
    let x = Tensor([0.0, 1, 1], dtype: dtype)
    #expect(x.dtype == dtype)
    #expect(x.scalars(of: Double.self) == [0, 1, 1])
  }
}
