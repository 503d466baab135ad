import Autodiff
import Layers
import Operations
import Tensors
import Testing

@Suite struct MoreDerivativesTests {
  private let x = Tensor([0.5, -1.25, 2.0], dtype: .float64)
  private let v = Tensor([1.0, 0.25, -0.5], dtype: .float64)

  private func close(_ a: Tensor, _ b: [Double], _ tolerance: Double = 1e-12) -> Bool {
    zip(a.scalars(of: Double.self), b).allSatisfy { abs($0 - $1) <= tolerance * max(abs($1), 1) }
      && a.count == b.count
  }

  // MARK: - jvp

  @Test func theDerivativeAlongADirection() {
    let (value, tangent) = jvp(at: x, along: v) { sin($0) }
    #expect(value.hasSameBits(as: sin(x)))
    #expect(close(tangent, (cos(x) * v).scalars(of: Double.self)))
  }

  @Test func severalInputsAddUp() {
    let w = Tensor([2.0, -1.0, 0.5], dtype: .float64)
    let (_, tangent) = jvp(at: [x, w], along: [v, w]) { $0[0] * $0[1] }
    #expect(close(tangent, (v * w + x * w).scalars(of: Double.self)))
  }

  @Test func jvpAgreesWithTheJacobian() {
    let w = waves([3, 4], dtype: .float64)
    let matrix = jacobian(at: x) { tanh(matmul($0.reshaped(to: [1, 3]), w)).reshaped(to: [4]) }
    let (_, tangent) = jvp(at: x, along: v) {
      tanh(matmul($0.reshaped(to: [1, 3]), w)).reshaped(to: [4])
    }
    let product = matmul(matrix, v.reshaped(to: [3, 1]))
    #expect(close(tangent, product.scalars(of: Double.self)))
  }

  @Test func aValueThatDoesNotDependHasTangentZero() {
    let (_, tangent) = jvp(at: x, along: v) { _ in Tensor([1.0, 2.0], dtype: .float64) }
    #expect(tangent.scalars(of: Double.self) == [0, 0])
    let (_, same) = jvp(at: x, along: v) { $0 }
    #expect(same.scalars(of: Double.self) == v.scalars(of: Double.self))
  }

  @Test func jvpNestsInAGradient() {
    // d/dx <cos(x) v, 1> = -sin(x) v
    let v = v
    let slope = gradient(at: x) { x in jvp(at: x, along: v) { sin($0) }.tangent.sum() }
    #expect(close(slope, (-(sin(x) * v)).scalars(of: Double.self)))
  }

  @Test func jvpOfJvpIsTheSecondDerivativeAlongIt() {
    let v = v
    let (_, second) = jvp(at: x, along: v) { x in jvp(at: x, along: v) { sin($0) }.tangent }
    #expect(close(second, (-(sin(x) * v * v)).scalars(of: Double.self)))
  }

  // MARK: - Jacobian and Hessian

  @Test func theJacobianHasTheShapesOfBoth() {
    let w = waves([3, 2], dtype: .float64)
    let matrix = waves([2, 3], phase: 1, dtype: .float64)
    let full = jacobian(at: matrix) { matmul($0, w) }
    #expect(full.shape == [2, 2, 2, 3])
    let values = full.scalars(of: Double.self)
    let weights = w.scalars(of: Double.self)
    // d (X W)_ij / d X_kl = delta_ik W_lj
    for i in 0..<2 {
      for j in 0..<2 {
        for k in 0..<2 {
          for l in 0..<3 {
            let expected = i == k ? weights[l * 2 + j] : 0
            #expect(values[((i * 2 + j) * 2 + k) * 3 + l] == expected)
          }
        }
      }
    }
  }

  @Test func emptyJacobians() {
    let empty = Tensor.zeros([0], dtype: .float64)
    #expect(jacobian(at: empty) { $0 * 2 }.shape == [0, 0])
    #expect(jacobian(at: x) { $0[0..<0] }.shape == [0, 3])
    #expect(
      jacobian(at: x) { _ in Tensor(1.0, dtype: .float64) }.scalars(of: Double.self) == [0, 0, 0])
  }

  @Test func theHessianOfACubic() {
    // f = (sum x)^2 + sum x^3: 2 everywhere, and 6 x on the diagonal.
    let second = hessian(at: x) { x in
      let sum = x.sum()
      return sum * sum + (x * x * x).sum()
    }
    #expect(second.shape == [3, 3])
    #expect(close(second, [5, 2, 2, 2, 2 - 7.5, 2, 2, 2, 14]))
  }

  @Test func theProductIsTheHessianTimesTheVector() {
    let w = waves([3, 3], dtype: .float64)
    func f(_ x: Tensor) -> Tensor { exp(matmul(x.reshaped(to: [1, 3]), w)).sum() }
    let product = hessianVectorProduct(at: x, along: v, of: f)
    let full = matmul(hessian(at: x, of: f), v.reshaped(to: [3, 1]))
    #expect(close(product, full.scalars(of: Double.self)))
  }

  @Test func mixedPartsOfSeveralInputs() {
    // f = sum x y: H = [[0, I], [I, 0]]
    let y = Tensor([1.0, 2, 3], dtype: .float64)
    let products = hessianVectorProduct(at: [x, y], along: [v, y]) { ($0[0] * $0[1]).sum() }
    #expect(products[0].scalars(of: Double.self) == [1, 2, 3])
    #expect(products[1].scalars(of: Double.self) == v.scalars(of: Double.self))
  }

  @Test func aLinearFunctionHasProductZero() {
    let product = hessianVectorProduct(at: x, along: v) { ($0 * 3).sum() }
    #expect(product.scalars(of: Double.self) == [0, 0, 0])
  }

  @Test func theProductForTheParametersOfAModel() throws {
    let model = withDefaultDType(.float64) { Linear(inputs: 3, outputs: 2) }
    let input = waves([4, 3], dtype: .float64)
    func loss() -> Tensor { exp(model(input)).sum() }
    var direction = Gradients()
    direction[model.weight] = waves([3, 2], phase: 2, dtype: .float64)
    let product = hessianVectorProduct(of: model, along: direction, loss)
    // The same by differences of the gradient.
    let step = 0x1p-17
    let start = model.weight.value
    func gradientOfWeight(_ scale: Double) -> Tensor {
      withParameters([(model.weight, start + direction[model.weight]! * scale)]) {
        gradient(of: model, loss)
      }[model.weight]!
    }
    let differences = (gradientOfWeight(step) - gradientOfWeight(-step)) / (2 * step)
    #expect(close(try #require(product[model.weight]), differences.scalars(of: Double.self), 1e-7))
    #expect(product[model.bias!] != nil, "mixed parts reach the bias too")
  }

  @Test func aDirectionThatDoesNotFitStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = jvp(at: Tensor([1.0, 2.0]), along: Tensor([1.0])) { $0 }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("jvp: wants a direction of float32 [2], given float32 [1]"), "\(text)")
  }
}
