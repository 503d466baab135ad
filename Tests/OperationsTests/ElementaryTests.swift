import Operations
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct ElementaryTests {
  /// The system's library is the reference: at most a few units in the last place apart.
  @Test func agreeWithTheSystemsLibrary() {
    let functions: [(String, (Tensor) -> Tensor, (Double) -> Double, Double, Double)] = [
      ("exp", { exp($0) }, { exp($0) }, -20, 20), ("log", { log($0) }, { log($0) }, 0.01, 50),
      ("sqrt", { sqrt($0) }, { sqrt($0) }, 0, 50),
      ("rsqrt", { rsqrt($0) }, { 1 / sqrt($0) }, 0.1, 50),
      ("reciprocal", { reciprocal($0) }, { 1 / $0 }, 0.1, 9),
      ("log1p", { log1p($0) }, { log1p($0) }, -0.9, 5),
      ("expm1", { expm1($0) }, { expm1($0) }, -5, 5),
      ("tanh", { tanh($0) }, { tanh($0) }, -10, 10),
      ("sigmoid", { sigmoid($0) }, { 1 / (1 + exp(-$0)) }, -30, 30),
      ("erf", { erf($0) }, { erf($0) }, -5, 5), ("sin", { sin($0) }, { sin($0) }, -20, 20),
      ("cos", { cos($0) }, { cos($0) }, -20, 20), ("tan", { tan($0) }, { tan($0) }, -1.4, 1.4),
      ("asin", { asin($0) }, { asin($0) }, -1, 1), ("acos", { acos($0) }, { acos($0) }, -1, 1),
      ("atan", { atan($0) }, { atan($0) }, -9, 9), ("sinh", { sinh($0) }, { sinh($0) }, -9, 9),
      ("cosh", { cosh($0) }, { cosh($0) }, -9, 9), ("asinh", { asinh($0) }, { asinh($0) }, -9, 9),
      ("acosh", { acosh($0) }, { acosh($0) }, 1, 9),
      ("atanh", { atanh($0) }, { atanh($0) }, -0.99, 0.99),
      ("abs", { abs($0) }, { Swift.abs($0) }, -5, 5),
      ("floor", { Operations.floor($0) }, { $0.rounded(.down) }, -5, 5),
      ("ceil", { Operations.ceil($0) }, { $0.rounded(.up) }, -5, 5),
      ("round", { Operations.round($0) }, { $0.rounded(.toNearestOrEven) }, -5, 5),
    ]
    for (name, function, reference, low, high) in functions {
      for (dtype, tolerance) in [(DType.float64, 4e-15), (.float32, 1e-6)] {
        let x = Tensor.spaced(from: low, through: high, count: 203, dtype: dtype)
        for (input, value) in zip(x.numbers, function(x).numbers) {
          let expected = reference(input)
          let error = Swift.abs(value - expected)
          if !(error <= tolerance * Swift.max(1, Swift.abs(expected))) {
            Issue.record("\(name)(\(input)) in \(dtype): \(value), not \(expected)")
            break
          }
        }
      }
    }
  }

  @Test func edgesOfTheirDomains() {
    let zero = Tensor([0.0], dtype: .float64)
    let minus = Tensor([-1.0], dtype: .float64)
    #expect(log(zero).item == -.infinity)
    #expect(log(minus).item.isNaN)
    #expect(sqrt(minus).item.isNaN)
    #expect(reciprocal(zero).item == .infinity)
    #expect(exp(Tensor([1000.0], dtype: .float64)).item == .infinity)
    #expect(exp(Tensor([-1000.0], dtype: .float64)).item == 0)
    #expect(tanh(Tensor([1000.0], dtype: .float64)).item == 1)
    #expect(sigmoid(Tensor([-1000.0], dtype: .float64)).item == 0)
    #expect(sigmoid(Tensor([1000.0], dtype: .float64)).item == 1)
    #expect(asin(Tensor([2.0], dtype: .float64)).item.isNaN)
    #expect(acosh(Tensor([0.5], dtype: .float64)).item.isNaN)
    #expect(atanh(Tensor([1.0], dtype: .float64)).item == .infinity)
  }

  /// Small arguments keep their digits.
  @Test func accurateNearZero() {
    let x = Tensor([1e-10], dtype: .float64)
    #expect(Swift.abs(expm1(x).item / 1e-10 - 1) < 1e-9)
    #expect(Swift.abs(log1p(x).item / 1e-10 - 1) < 1e-9)
    #expect(expm1(x).item != 1e-10)
  }

  @Test func signs() {
    let x = Tensor([-3.0, 0, 2, .nan], dtype: .float64)
    let signs = sign(x).numbers
    #expect(Array(signs.prefix(3)) == [-1, 0, 1])
    #expect(signs[3].isNaN)
    #expect(round(Tensor([0.5, 1.5, 2.5, -0.5], dtype: .float64)).numbers == [0, 2, 2, 0])
  }

  @Test func activationsByHand() {
    let x = Tensor([-2.0, 0, 0.5, 3], dtype: .float64)
    #expect(relu(x).numbers == [0, 0, 0.5, 3])
    #expect(leakyReLU(x, slope: 0.25).numbers == [-0.5, 0, 0.5, 3])
    #expect(hardTanh(x).numbers == [-1, 0, 0.5, 1])
    expectClose(hardSigmoid(x), tensor([4]) { [1.0 / 6, 0.5, 0.5 / 6 + 0.5, 1][$0[0]] })
    // exp(-2) - 1 = -0.8646647167633873
    expectClose(elu(x), tensor([4]) { [-0.8646647167633873, 0, 0.5, 3][$0[0]] })
    // x Phi(x): -2 * 0.022750131948179195, 0.5 * 0.6914624612740131, 3 * 0.9986501019683699
    expectClose(
      gelu(x),
      tensor([4]) { [-0.04550026389635839, 0, 0.34573123063700656, 2.9959503059051097][$0[0]] })
    // x / (1 + exp(-x))
    expectClose(
      silu(x), tensor([4]) { [-0.2384058440442351, 0, 0.3112296656009273, 2.8577223804673][$0[0]] })
    expectClose(
      softplus(x),
      tensor([4]) {
        [0.1269280110429725, 0.6931471805599453, 0.9740769841801067, 3.048587351573742][$0[0]]
      })
    let far = Tensor([-1000.0, 1000], dtype: .float64)
    #expect(softplus(far).numbers == [0, 1000])
    #expect(logSigmoid(far).numbers == [-1000, 0])
    #expect(elu(far).numbers == [-1, 1000])
  }

  @Test func softmaxSumsToOne() {
    let x = Tensor([[1.0, 2, 3], [1000, 1000, 1000], [-1000, 0, 1000]], dtype: .float64)
    let p = softmax(x)
    expectClose(p.sum(axis: 1), Tensor.ones([3], dtype: .float64))
    // exp(1, 2, 3) / 30.19287485057736
    expectClose(
      p[0], tensor([3]) { [0.09003057317038046, 0.24472847105479764, 0.6652409557748219][$0[0]] })
    expectClose(p[1], Tensor.full([3], 1.0 / 3, dtype: .float64))
    #expect(p[2].numbers == [0, 0, 1])
    expectClose(exp(logSoftmax(x, axis: 0)).sum(axis: 0), Tensor.ones([3], dtype: .float64))
    #expect(logSumExp(Tensor.full([2], -Double.infinity, dtype: .float64)).item == -.infinity)
  }
}
