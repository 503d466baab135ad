import Operations
import Tensors
import Testing

@Suite struct ComparisonTests {
  private let a = Tensor([1.0, 2, 3, .nan], dtype: .float64)
  private let b = Tensor([2.0, 2, 2, .nan], dtype: .float64)

  private func truth(_ x: Tensor) -> [Bool] {
    #expect(x.dtype == .bool)
    return x.scalars(of: Bool.self)
  }

  @Test func tensorsAndNumbers() {
    #expect(truth(a .== b) == [false, true, false, false])
    #expect(truth(a .!= b) == [true, false, true, true])
    #expect(truth(a .< b) == [true, false, false, false])
    #expect(truth(a .<= b) == [true, true, false, false])
    #expect(truth(a .> b) == [false, false, true, false])
    #expect(truth(a .>= b) == [false, true, true, false])
    #expect(truth(a .== 2) == [false, true, false, false])
    #expect(truth(a .!= 2) == [true, false, true, true])
    #expect(truth(a .< 2) == [true, false, false, false])
    #expect(truth(a .<= 2) == [true, true, false, false])
    #expect(truth(a .> 2) == [false, false, true, false])
    #expect(truth(a .>= 2) == [false, true, true, false])
  }

  @Test func wholeNumbersCompareExactly() {
    let x = Tensor([Int64(9_007_199_254_740_991), 5])
    let y = Tensor([Int64(9_007_199_254_740_990), 5])
    #expect(truth(x .== y) == [false, true])
    #expect(truth(x .> y) == [true, false])
  }

  @Test func logic() {
    let p = Tensor([true, true, false, false])
    let q = Tensor([true, false, true, false])
    #expect(truth(p .& q) == [true, false, false, false])
    #expect(truth(p .| q) == [true, true, true, false])
    #expect(truth(logicalNot(p)) == [false, false, true, true])
    let x = Tensor([1.0, .infinity, -.infinity, .nan])
    #expect(truth(isFinite(x)) == [true, false, false, false])
    #expect(truth(isNaN(x)) == [false, false, false, true])
  }

  @Test func selection() {
    let mask = Tensor([true, false, true])
    let x = Tensor([1.0, 2, 3], dtype: .float64)
    #expect(select(mask, x, -x).numbers == [1, -2, 3])
    #expect(select(mask, x, 0).numbers == [1, 0, 3])
    #expect(select(mask, 9, x).numbers == [9, 2, 9])
    let column = Tensor([[true], [false]])
    #expect(select(column, x, Tensor([7.0], dtype: .float64)).numbers == [1, 2, 3, 7, 7, 7])
    // What is not chosen has no influence, not even as NaN.
    let masked = select(mask, x, x / 0 * 0).numbers
    #expect(masked[0] == 1 && masked[1].isNaN && masked[2] == 3)
    let safe = select(x .> 1.5, log(x - 1), 0)
    #expect(safe.numbers[0] == 0)
  }

  @Test func conversions() {
    let x = Tensor([1.75, -1.75, 300], dtype: .float64)
    #expect(x.cast(to: .float32).dtype == .float32)
    #expect(x.cast(to: .int32).scalars(of: Int.self) == [1, -1, 300])
    #expect(x.cast(to: .uint8).scalars(of: Int.self) == [1, 0, 255])
    #expect(x.cast(to: .bool).scalars(of: Bool.self) == [true, true, true])
    #expect((x .> 0).cast(to: .float64).numbers == [1, 0, 1])
    #expect(Tensor([Int32(7)]).cast(to: .float64).numbers == [7])
    #expect(x.cast(to: .float64).hasSameBits(as: x))
    #expect(Tensor([0.5, 0]).cast(to: .bool).cast(to: .float32).numbers == [1, 0])
  }

  @Test func aMaskOfNumbersStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = select(Tensor([1.0, 0]), Tensor([1.0, 2]), 0)
    }
    #expect(
      text(result).contains("select: wants a mask of bool, given float32; compare to make one"))
  }
}
