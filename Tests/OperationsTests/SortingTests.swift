import Autodiff
import Operations
import Tensors
import Testing

@Suite struct SortingTests {
  @Test func equalElementsKeepTheirOrder() {
    let x = Tensor([2.0, 1, 2, 1, 2], dtype: .float64)
    #expect(x.argsort().scalars(of: Int.self) == [1, 3, 0, 2, 4])
    #expect(x.argsort(descending: true).scalars(of: Int.self) == [0, 2, 4, 1, 3])
    #expect(x.topK(2).indices.scalars(of: Int.self) == [0, 2])
    #expect(x.topK(2, largest: false).indices.scalars(of: Int.self) == [1, 3])
  }

  @Test func notANumberCountsAsLargest() {
    let x = Tensor([.nan, 1, -Double.infinity, .infinity, .nan, 0], dtype: .float64)
    #expect(x.argsort().scalars(of: Int.self) == [2, 5, 1, 3, 0, 4])
    #expect(x.argsort(descending: true).scalars(of: Int.self) == [0, 4, 3, 1, 5, 2])
  }

  @Test func quantilesByHand() {
    let x = Tensor([[4.0, 1, 3, 2], [10, 40, 20, 30]], dtype: .float64)
    #expect(x.median().numbers == [2.5, 25])
    #expect(x.quantile(0).numbers == [1, 10])
    #expect(x.quantile(1, keepsAxes: true).shape == [2, 1])
    // Place 0.25 * 3 = 0.75 between the first two.
    #expect(x.quantile(0.25).numbers == [1.75, 17.5])
    #expect(x.sorted(axis: 0, descending: true).values[0].numbers == [10, 40, 20, 30])
  }

  /// Against Swift's own sort, on lines that several threads share out.
  @Test(arguments: [DType.float32, .float64])
  func largeOnes(dtype: DType) {
    let x = Tensor.normal([37, 301, 9], source: RandomSource(seed: 7)).cast(to: dtype)
    let (values, indices) = x.sorted(axis: 1)
    let (plain, result) = (x.numbers, values.numbers)
    for (o, i) in [(0, 0), (17, 4), (36, 8)] {
      let places = (0..<301).map { (o * 301 + $0) * 9 + i }
      #expect(places.map { result[$0] } == places.map { plain[$0] }.sorted())
    }
    #expect(x.taken(along: 1, at: indices).numbers == result)
  }

  @Test func stopsWithAMessage() async {
    let few = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).topK(4) }
    #expect(text(few).contains("topK: axis 1 of [2, 3] does not have 4 elements"))
    let share = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).quantile(1.5) }
    #expect(text(share).contains("a share lies in [0, 1], given 1.5"))
  }
}
