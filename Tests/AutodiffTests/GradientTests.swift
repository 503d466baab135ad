import Autodiff
import Operations
import Tensors
import Testing

@Suite struct GradientTests {
  private let x = Tensor([1.0, 2.0, 3.0], dtype: .float64)

  @Test func valueAndGradientOfOneToThreeTensorsAndOfAnArray() {
    let one = valueAndGradient(at: x) { ($0 * $0).sum() }
    #expect(one.value.item == 14)
    #expect(one.gradient.scalars(of: Double.self) == [2, 4, 6])
    let two = gradient(at: x, x) { ($0 * $1 * $1).sum() }
    #expect(two.0.scalars(of: Double.self) == [1, 4, 9])
    #expect(two.1.scalars(of: Double.self) == [2, 8, 18])
    let three = gradient(at: x, x, x) { ($0 + $1 * 2 + $2 * 3).sum() }
    #expect(three.2.scalars(of: Double.self) == [3, 3, 3])
    let many = gradient(at: [x, x, x, x]) { (($0[0] - $0[3]) * $0[1]).sum() }
    #expect(many[3].scalars(of: Double.self) == [-1, -2, -3])
    #expect(many[2].scalars(of: Double.self) == [0, 0, 0])
  }

  @Test func auxiliaryResults() {
    let result = valueAndGradient(at: x) { x -> (Tensor, String) in (x.sum(), "kept") }
    #expect(result.auxiliary == "kept")
    #expect(result.gradient.scalars(of: Double.self) == [1, 1, 1])
  }

  @Test func anUnusedInputHasGradientZero() {
    let (used, unused) = gradient(at: x, x) { a, _ in a.sum() }
    #expect(used.scalars(of: Double.self) == [1, 1, 1])
    #expect(unused.hasSameBits(as: Tensor.zeros([3], dtype: .float64)))
    let constant = gradient(at: x) { _ in Tensor(5.0, dtype: .float64) }
    #expect(constant.scalars(of: Double.self) == [0, 0, 0])
  }

  @Test func oneInputUsedManyTimesSumsItsUses() {
    let slope = gradient(at: x) { x in (x * x + x * x * x + x).sum() }
    #expect(slope.scalars(of: Double.self) == [6, 17, 34])
  }

  @Test func theSameTensorTwiceIsTwoInputs() {
    let (a, b) = gradient(at: x, x) { a, b in (a * 2 + b * 3).sum() }
    #expect(a.scalars(of: Double.self) == [2, 2, 2])
    #expect(b.scalars(of: Double.self) == [3, 3, 3])
  }

  @Test func detachedValuesAreConstants() {
    let slope = gradient(at: x) { ($0 * $0.detached).sum() }
    #expect(slope.scalars(of: Double.self) == [1, 2, 3])
  }

  @Test func whatIsComputedWithoutRecordingIsConstant() {
    let slope = gradient(at: x) { x in (x * withoutRecording { x * x }).sum() }
    #expect(slope.scalars(of: Double.self) == [1, 4, 9])
  }

  @Test func maskedAndIndexedValuesAreConstants() {
    let slope = gradient(at: x) { x in (floor(x * 1.5) * x).sum() }
    #expect(slope.scalars(of: Double.self) == [1, 3, 4])
  }

  /// A value kept from an earlier gradient carries the ticket of a tape that is over.
  @Test func ticketsOfAFinishedTapeAreConstants() {
    let kept = valueAndGradient(at: x) { x -> (Tensor, Tensor) in
      let square = x * x
      return (square.sum(), square)
    }.auxiliary
    let slope = gradient(at: x) { ($0 * kept).sum() }
    #expect(slope.scalars(of: Double.self) == [1, 4, 9])
    #expect(kept.scalars(of: Double.self) == [1, 4, 9])
  }

  @Test func pullbackTakesACotangentOfYourOwn() {
    let (value, pullback) = pullback(at: x) { $0 * $0 }
    #expect(value.scalars(of: Double.self) == [1, 4, 9])
    let once = pullback(Tensor([1.0, 0, -1], dtype: .float64))
    #expect(once.scalars(of: Double.self) == [2, 0, -6])
    let again = pullback(Tensor([1.0, 0, -1], dtype: .float64))
    #expect(again.hasSameBits(as: once))
    #expect(pullback(Tensor([0.0, 0, 0], dtype: .float64)).scalars(of: Double.self) == [0, 0, 0])
    let (_, pair) = Autodiff.pullback(at: x, x) { $0 * $1 * $1 }
    #expect(pair(.ones(like: x)).1.scalars(of: Double.self) == [2, 8, 18])
  }

  @Test func errorsLeaveNoTapeBehind() {
    struct Stop: Error {}
    #expect(throws: Stop.self) { try gradient(at: x) { _ -> Tensor in throw Stop() } }
    #expect(Tape.current == nil)
    #expect(gradient(at: x) { $0.sum() }.scalars(of: Double.self) == [1, 1, 1])
  }

  @Test func broadcastInputsGetTheSumOfTheirUses() {
    let row = Tensor([1.0, 2, 3], dtype: .float64)
    let column = Tensor([[10.0], [20]], dtype: .float64)
    let (a, b) = gradient(at: row, column) { ($0 * $1).sum() }
    #expect(a.scalars(of: Double.self) == [30, 30, 30])
    #expect(b.shape == [2, 1])
    #expect(b.scalars(of: Double.self) == [6, 6])
  }

  @Test func singlePrecisionStaysSinglePrecision() {
    let slope = gradient(at: Tensor([1.0, 2], dtype: .float32)) { exp($0).sum() }
    #expect(slope.dtype == .float32)
    let mixed = gradient(at: Tensor([1.0, 2], dtype: .float32)) {
      ($0.cast(to: .float64) * 3).sum().cast(to: .float32)
    }
    #expect(mixed.dtype == .float32)
    #expect(mixed.scalars(of: Double.self) == [3, 3])
  }

  // MARK: - Mistakes stop with a message

  @Test func aResultThatIsNoScalarStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gradient(at: Tensor([1.0, 2.0])) { $0 * 2 }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.contains("gradient: wants a scalar to differentiate, the function returned shape [2]"),
      "\(text)")
    #expect(text.contains("pullback with a cotangent of your own"), "\(text)")
  }

  @Test func wholeNumbersHaveNoGradient() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gradient(at: Tensor([Int32(1), 2])) { $0.cast(to: .float32).sum() }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("differentiates float32 and float64, an input is int32"), "\(text)")
  }

  @Test func aCotangentOfAnotherShapeStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let (_, pullback) = pullback(at: Tensor([1.0, 2.0])) { $0 * 2 }
      _ = pullback(Tensor([1.0]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.contains("pullback: wants a cotangent of float32 [2], given float32 [1]"), "\(text)")
  }
}
