import Autodiff
import Operations
import Tensors
import Testing

/// Gradients of gradients, and the confusion of one derivative with another.
@Suite struct HigherOrderTests {
  private func scalar(_ value: Double) -> Tensor { Tensor(value, dtype: .float64) }

  /// Siskind and Pearlmutter (2005): `d/dx (x d/dy (x + y) at y = 1) at x = 1` is 1. An engine that
  /// mixes up the two perturbations answers 2.
  @Test func innerDerivativesDoNotSeeOuterOnes() {
    let result = gradient(at: scalar(1)) { x in
      x * gradient(at: self.scalar(1)) { y in x + y }
    }
    #expect(result.item == 1)
  }

  /// The same where the inner function is a closure over the outer variable and the inner derivative
  /// is taken at the outer variable: `x d/dy (x y y) at y = x` is `2 x^3`, its derivative `6 x^2`.
  @Test func closuresOverTheOuterVariable() {
    let result = gradient(at: scalar(2)) { x in
      let product = { (y: Tensor) in x * y }
      return x * gradient(at: x) { y in product(y) * y }
    }
    #expect(result.item == 24)
  }

  /// Manzyuk et al. (2019): the derivative of a function that shifts functions, applied twice.
  @Test func derivativesOfShiftedFunctions() {
    func derivative(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
      { x in gradient(at: self.scalar(0)) { u in f(x + u) } }
    }
    let second = derivative(derivative { exp($0 * 2) })(scalar(0.5))
    #expect(abs(second.item - 4 * 2.718281828459045) < 1e-12)
  }

  /// Derivatives of sine up to the fifth: cos, -sin, -cos, sin, cos at 0.7, known in closed form.
  @Test func fiveNestedDerivatives() {
    func nested(_ depth: Int, _ x: Tensor) -> Tensor {
      depth == 0 ? sin(x) : gradient(at: x) { nested(depth - 1, $0) }
    }
    let (sine, cosine) = (0.644217687237691, 0.7648421872844885)
    let expected = [sine, cosine, -sine, -cosine, sine, cosine]
    for (depth, value) in expected.enumerated() {
      #expect(abs(nested(depth, scalar(0.7)).item - value) < 1e-14, "\(depth)")
    }
  }

  /// The Hessian of the Rosenbrock function at (1, 1): rows (802, -400) and (-400, 200).
  @Test func aHessianRowByRow() {
    let point = Tensor([1.0, 1.0], dtype: .float64)
    for (row, expected) in [[802.0, -400], [-400, 200]].enumerated() {
      let values = gradient(at: point) { p in
        gradient(at: p) { p in
          let (x, y) = (p[0], p[1])
          return pow(1 - x, 2) + 100 * pow(y - x * x, 2)
        }[row]
      }
      #expect(values.scalars(of: Double.self) == expected)
    }
  }

  /// A nested gradient with respect to an intermediate value of the outer function.
  @Test func gradientsAtIntermediateValues() {
    // z = x^2, d/dz z^3 = 3 z^2 = 3 x^4, derivative 12 x^3
    let result = gradient(at: scalar(2)) { x in
      let z = x * x
      return gradient(at: z) { $0 * $0 * $0 }
    }
    #expect(result.item == 96)
  }

  /// The inner function uses the outer variable directly as well as through its own.
  @Test func outerVariablesAreConstantsToTheInnerWalk() {
    // d/dy (x^2 y + y^2) = x^2 + 2 y; times x: x^3 + 2 x y at y = x + 1: x^3 + 2 x^2 + 2 x
    let result = gradient(at: scalar(3)) { x in
      x * gradient(at: x + 1) { y in x * x * y + y * y }
    }
    #expect(result.item == 41)
  }

  @Test func pullbacksNestAndMayBeCalledTwice() {
    let x = Tensor([1.0, 2.0], dtype: .float64)
    // The pullback of x^3 is 3 x^2 v; the sum of two, with v = x and v = 1, is 3 x^3 + 3 x^2.
    let result = gradient(at: x) { x in
      let (_, pullback) = pullback(at: x) { $0 * $0 * $0 }
      return (pullback(x) + pullback(.ones(like: x))).sum()
    }
    #expect(result.scalars(of: Double.self) == [15, 48])
  }

  @Test func aPullbackKeptFromOutsideIsTracedThroughItsCotangent() {
    let x = Tensor([3.0], dtype: .float64)
    let (_, square) = pullback(at: x) { $0 * $0 }
    // v -> 2 x v, whose square's derivative for v is 8 x^2 v.
    let result = gradient(at: Tensor([2.0], dtype: .float64)) { v in
      let pulled = square(v)
      return (pulled * pulled).sum()
    }
    #expect(result.item == 144)
  }
}
