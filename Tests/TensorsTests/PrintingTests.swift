import Tensors
import Testing

@Suite struct PrintingTests {
  @Test func scalarsAndVectors() {
    #expect(Tensor(1.5).description == "1.5000")
    #expect(Tensor(3).description == "3")
    #expect(Tensor([1.0, 2, 3]).description == "[1, 2, 3]")
    #expect(Tensor([0.25, -1.5]).description == "[ 0.2500, -1.5000]")
    #expect(Tensor([true, false]).description == "[ true, false]")
    #expect(Tensor([Int32(-7), 12]).description == "[-7, 12]")
  }

  @Test func matricesAlignTheirColumns() {
    #expect(
      Tensor([[1.0, 20], [300, 4]]).description == """
        [[  1,  20],
         [300,   4]]
        """)
    #expect(
      Tensor([[[1.0], [2]], [[3], [4]]]).description == """
        [[[1],
          [2]],

         [[3],
          [4]]]
        """)
  }

  @Test func veryLargeAndVerySmallNumbers() {
    #expect(Tensor([1e9, 1]).description == "[1.0000e+09, 1.0000e+00]")
    #expect(Tensor([1e-9]).description == "[1.0000e-09]")
  }

  @Test func numbersThatAreNone() {
    let x = Tensor([Double.nan, .infinity, -.infinity, 1.5])
    #expect(x.description == "[   nan,    inf,   -inf, 1.5000]")
  }

  @Test func emptyTensors() {
    #expect(Tensor([Double]()).description == "[]")
    #expect(Tensor.zeros([0, 3]).description == "[[]]")
  }

  @Test func longAxesAreShortened() {
    let x = Tensor.range(to: 2000)
    #expect(x.description == "[   0,    1,    2, ..., 1997, 1998, 1999]")
    let matrix = Tensor.zeros([100, 100]).description
    #expect(matrix.split(separator: "\n").count == 7)
    #expect(matrix.count < 300)
  }

  @Test func debugDescriptionNamesDTypeAndShape() {
    #expect(Tensor([1.0, 2]).debugDescription == "Tensor(float32, [2])\n[1, 2]")
  }

  @Test func decimalsAreRounded() {
    #expect((2.0 / 3).fixed(4) == "0.6667")
    #expect((-0.00001).fixed(2) == "0.00")
    #expect(1.995.fixed(0) == "2")
    #expect(999.9999.fixed(2) == "1000.00")
    #expect(12345.678.scientific(3) == "1.235e+04")
    #expect(0.00099996.scientific(2) == "1.00e-03")
    #expect((-1e-300).scientific(1) == "-1.0e-300")
  }
}
