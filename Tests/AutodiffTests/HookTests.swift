import Autodiff
import Operations
import Tensors
import Testing

@Suite struct HookTests {
  private let x = Tensor([1.0, 2.0, 3.0], dtype: .float64)

  @Test func theWholeGradientOfAnIntermediateIsSeenOnce() {
    var seen: [[Double]] = []
    let slope = gradient(at: x) { x in
      let y = (x * 2).observingGradient { seen.append($0.scalars(of: Double.self)) }
      return (y * y + y).sum()
    }
    // dy = 2y + 1 at y = 2, 4, 6; both uses are in it.
    #expect(seen == [[5, 9, 13]])
    #expect(slope.scalars(of: Double.self) == [10, 18, 26])
  }

  @Test func aGradientIsChangedOnItsWay() {
    let slope = gradient(at: x) { ($0 * $0).changingGradient { $0 * -0.5 }.sum() }
    #expect(slope.scalars(of: Double.self) == [-1, -2, -3])
  }

  @Test func theValueIsTheSame() {
    let value = x.observingGradient { _ in }
    #expect(value.hasSameBits(as: x))
  }

  @Test func anUnusedTensorIsNotObserved() {
    var calls = 0
    _ = gradient(at: x) { x in
      _ = (x * 3).observingGradient { _ in calls += 1 }
      return x.sum()
    }
    #expect(calls == 0)
  }

  @Test func secondDerivativesGoThrough() {
    let second = gradient(at: x) { x in
      gradient(at: x) { ($0 * $0 * $0).changingGradient { $0 * 2 }.sum() }.sum()
    }
    // 2 * 6x
    #expect(second.scalars(of: Double.self) == [12, 24, 36])
  }

  @Test func anotherShapeStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gradient(at: Tensor([1.0, 2.0])) { $0.changingGradient { $0.sum() }.sum() }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.contains("changingGradient: must keep float32 [2], returned float32 []"), "\(text)")
  }
}
