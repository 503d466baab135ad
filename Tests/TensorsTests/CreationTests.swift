import Tensors
import Testing

@Suite struct CreationTests {
  @Test func weakNumbersTakeTheDefaultDType() {
    #expect(Tensor([1.0, 2.0]).dtype == .float32)
    #expect(Tensor([1, 2]).dtype == .float32)
    #expect(Tensor([Float(1)]).dtype == .float32)
    withDefaultDType(.float64) {
      #expect(Tensor([1.0]).dtype == .float64)
      #expect(Tensor.zeros([2]).dtype == .float64)
      #expect(Tensor.uniform([2]).dtype == .float64)
      #expect(Tensor([1.0], dtype: .float32).dtype == .float32)
    }
    #expect(Tensor([1.0]).dtype == .float32)
  }

  @Test func otherNumbersKeepTheirOwn() {
    #expect(Tensor([Int32(1)]).dtype == .int32)
    #expect(Tensor([Int64(1)]).dtype == .int64)
    #expect(Tensor([UInt8(1)]).dtype == .uint8)
    #expect(Tensor([true]).dtype == .bool)
    #expect(Tensor([Int32(1)], dtype: .float64).dtype == .float64)
  }

  @Test func nestedArrays() {
    let matrix = Tensor([[1.0, 2, 3], [4, 5, 6]])
    #expect(matrix.shape == [2, 3])
    #expect(matrix.scalars(of: Float.self) == [1, 2, 3, 4, 5, 6])
    let cube = Tensor([[[1, 2]], [[3, 4]], [[5, 6]]])
    #expect(cube.shape == [3, 1, 2])
    #expect(cube.element(2, 0, 1) == 6)
    #expect(Tensor([[Double]]()).shape == [0, 0])
  }

  @Test func constants() {
    #expect(Tensor.full([2, 2], 1.5).scalars(of: Double.self) == [1.5, 1.5, 1.5, 1.5])
    #expect(Tensor.ones([3], dtype: .int32).scalars(of: Int.self) == [1, 1, 1])
    #expect(Tensor.zeros([0, 2]).scalars(of: Double.self) == [])
    #expect(Tensor.full([2], true, dtype: .bool).scalars(of: Bool.self) == [true, true])
    #expect(Tensor.zeros(like: Tensor([Int64(3)])).dtype == .int64)
    #expect(Tensor.ones(like: Tensor([[1.0, 2]], dtype: .float64)).shape == [1, 2])
    #expect(Tensor(7).item == 7)
    #expect(Tensor(7).shape == [])
  }

  @Test func sequences() {
    #expect(Tensor.range(to: 4).scalars(of: Double.self) == [0, 1, 2, 3])
    #expect(Tensor.range(1, to: 2, by: 0.25).scalars(of: Double.self) == [1, 1.25, 1.5, 1.75])
    #expect(Tensor.range(3, to: 0, by: -1).scalars(of: Double.self) == [3, 2, 1])
    #expect(Tensor.range(2, to: 2).count == 0)
    let spaced = Tensor.spaced(from: 0, through: 1, count: 5)
    #expect(spaced.scalars(of: Double.self) == [0, 0.25, 0.5, 0.75, 1])
    #expect(Tensor.spaced(from: 3, through: 9, count: 1).scalars(of: Double.self) == [9])
    #expect(Tensor.identity(2).scalars(of: Double.self) == [1, 0, 0, 1])
  }

  @Test func oneHotRows() {
    let rows = Tensor.oneHot(Tensor([Int32(2), 0]), classes: 3)
    #expect(rows.shape == [2, 3])
    #expect(rows.scalars(of: Double.self) == [0, 0, 1, 1, 0, 0])
    #expect(Tensor.oneHot(Tensor(Int32(1)), classes: 2).shape == [2])
  }

  @Test func readingAsOtherTypes() {
    let x = Tensor([1.75, -2.5, 300])
    #expect(x.scalars(of: Int.self) == [1, -2, 300])
    #expect(x.scalars(of: Float.self) == [1.75, -2.5, 300])
    #expect(x.scalars(of: UInt8.self) == [1, 0, 255])
    #expect(x.scalars(of: Bool.self) == [true, true, true])
    #expect(Tensor([0, 1, 2]).scalars(of: Bool.self) == [false, true, true])
  }

  @Test func elementAccess() {
    let x = Tensor([[1.0, 2, 3], [4, 5, 6]])
    #expect(x.element(0, 0) == 1)
    #expect(x.element(1, 2) == 6)
    #expect(Tensor([Int64(1) << 40]).element(0) == 1_099_511_627_776)
  }

  @Test func bits() {
    let nan = Tensor([Double.nan, 1], dtype: .float64)
    #expect(nan.hasSameBits(as: nan))
    #expect(!Tensor([0.0]).hasSameBits(as: Tensor([-0.0])))
    #expect(!Tensor([1.0]).hasSameBits(as: Tensor([1.0], dtype: .float64)))
    #expect(!Tensor([[1.0]]).hasSameBits(as: Tensor([1.0])))
  }

  @Test func contentsNeverChange() {
    var array = [1.0, 2.0]
    let x = Tensor(array)
    array[0] = 5
    #expect(x.scalars(of: Double.self) == [1, 2])
  }

  // MARK: - Mistakes stop with a message

  @Test func theWrongNumberOfElements() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0, 2, 3], shape: [2, 2])
    }
    #expect(text(result).contains("Tensor: shape [2, 2] holds 4 elements, given 3"))
  }

  @Test func rowsOfDifferentLengths() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([[1.0, 2], [3]])
    }
    #expect(text(result).contains("rows differ in length: the first has 2, one has 1"))
  }

  @Test func aLabelOutOfRange() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.oneHot(Tensor([Int32(0), 3]), classes: 3)
    }
    #expect(text(result).contains("label 3 at position 1 is not in 0..<3"))
  }

  @Test func itemOfSeveralElements() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0, 2]).item
    }
    #expect(text(result).contains("item: wants one element, the shape is [2]"))
  }

  @Test func anElementOutOfRange() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([[1.0, 2]]).element(0, 2)
    }
    #expect(text(result).contains("index [0, 2] is outside shape [1, 2]"))
  }

  @Test func aDefaultThatCannotBeComputed() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      withDefaultDType(.int32) {}
    }
    #expect(text(result).contains("withDefaultDType: wants float32 or float64, given int32"))
  }
}
