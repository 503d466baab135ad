import Autodiff
import Operations
import Tensors

// Points that random numbers never hit: exactly 0 and -0, the joints of functions made of pieces, equal
// elements where one is chosen. Each function is differentiable at its points, so the differences on the
// two sides agree and a sum of badly chosen subgradients shows as wrong. (Where the second derivative
// alone jumps, the check of the second order moves off the joint and says so.)

extension Registry {
  /// The cases stand in the families of their functions.
  static let specialPoints: [Family] = [
    elementaryAtZero, arithmeticAtZero, activationsAtZero, reductionsOfEquals, productsOfZeros,
    normsAtZero, normalisedEquals, chosenEquals, lossesAtJoints, marginsAtJoints,
  ]

  private struct Point: Sendable {
    let name: String
    let function: @Sendable (Tensor) -> Tensor

    init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
      self.name = name
      self.function = function
    }
  }

  /// Both zeros alone, and among other numbers.
  private static func addAtZero(_ points: [Point], to family: inout Family) {
    for point in points {
      // The linear part keeps a gradient where the slope at 0 is 0.
      family.add(point.name, "at 0 and -0", .exactly([0, -0.0])) {
        point.function($0) + $0 * 0.25
      }
      family.add(point.name, "at 0 among others", .exactly([0.5, 0, -0.25, -0.0], [2, 2])) {
        point.function($0) * 3 - $0 * 0.25
      }
    }
  }

  private static let elementaryAtZero = {
    var family = Family("elementary")
    addAtZero(
      [
        Point("exp") { exp($0) }, Point("log1p") { log1p($0) }, Point("expm1") { expm1($0) },
        Point("tanh") { tanh($0) }, Point("sigmoid") { sigmoid($0) }, Point("erf") { erf($0) },
        Point("sin") { sin($0) }, Point("cos") { cos($0) }, Point("tan") { tan($0) },
        Point("asin") { asin($0) }, Point("acos") { acos($0) }, Point("atan") { atan($0) },
        Point("sinh") { sinh($0) }, Point("cosh") { cosh($0) }, Point("asinh") { asinh($0) },
        Point("atanh") { atanh($0) }, Point("square") { square($0) }, Point("exp2") { exp2($0) },
        Point("log") { log($0 + 1) }, Point("log2") { log2($0 + 1) },
        Point("log10") { log10($0 + 1) }, Point("logit") { logit($0 * 0.5 + 0.5) },
        Point("sqrt") { sqrt($0 + 1) },
      ], to: &family)
    return family
  }()

  private static let arithmeticAtZero = {
    var family = Family("arithmetic")
    addAtZero(
      [
        Point("multiply") { $0 * $0 * $0 }, Point("divide") { $0 / ($0 + 1) },
        Point("maximum") { maximum($0, $0) }, Point("minimum") { minimum($0, $0) },
        Point("absolute") { abs($0) * $0 }, Point("clamp") { clamp($0, from: -1, through: 1) },
        Point("remainder") { remainder($0, Tensor.full([], 1, dtype: $0.dtype)) },
      ], to: &family)
    for exponent in [0, 1, 2, 3, 4, 7] {
      family.add("power", "of 0 to \(exponent)", .exactly([0, -0.0, 0.5, -1.5])) {
        pow($0, exponent) + $0 * 0.25
      }
      family.add("power", "of 0 to a tensor of \(exponent)", .exactly([0, -0.0, 0.5, -1.5])) {
        pow($0, Tensor.full([4], Double(exponent), dtype: $0.dtype)) + $0 * 0.25
      }
    }
    for exponent in [-1, -2, -3] {
      family.add("power", "of negative numbers to \(exponent)", .exactly([-0.5, -1, -2, 1])) {
        pow($0, exponent)
      }
    }
    // On the axes, save where the angle jumps from pi to -pi.
    family.add(
      "atan2", "on the axes", .exactly([1, -2, 0, -0.0, 0.5]), .exactly([0, -0.0, 1, 2, 0])
    ) {
      atan2($0, $1)
    }
    return family
  }()

  private static let activationsAtZero = {
    var family = Family("activations")
    addAtZero(
      [
        Point("softplus") { softplus($0) }, Point("logSigmoid") { logSigmoid($0) },
        Point("elu") { elu($0) }, Point("celu") { celu($0, alpha: 1.75) },
        Point("gelu") { gelu($0) }, Point("geluTanh") { geluTanh($0) }, Point("silu") { silu($0) },
        Point("mish") { mish($0) }, Point("softsign") { softsign($0) },
        Point("tanhShrink") { tanhShrink($0) }, Point("hardShrink") { hardShrink($0, limit: 2) },
        Point("softShrink") { softShrink($0, limit: 2) }, Point("hardTanh") { hardTanh($0) },
        Point("hardSigmoid") { hardSigmoid($0) }, Point("hardSwish") { hardSwish($0) },
        Point("leakyReLU") { leakyReLU($0, slope: 1) }, Point("glu") { glu($0, axis: 0) },
        Point("softmax") { softmax($0, axis: 0) }, Point("softmin") { softmin($0, axis: 0) },
        Point("logSoftmax") { logSoftmax($0, axis: 0) },
      ].map { point in
        point.name == "glu"
          ? Point(point.name) { concatenate([point.function($0), $0[0..<($0.shape[0] / 2)]]) }
          : point
      }, to: &family)
    family.add("prelu", "at 0, slope 1", .exactly([0, -0.0, 0.5, -1]), .exactly([1])) {
      prelu($0, slope: $1)
    }
    for point in [
      Point("softmax") { softmax($0) }, Point("softmin") { softmin($0) },
      Point("logSoftmax") { logSoftmax($0) },
    ] {
      family.add(point.name, "of equal logits", .exactly([2, 2, 2, -1, -1, -1], [2, 3])) {
        point.function($0) * $0
      }
    }
    return family
  }()

  private static let reductionsOfEquals = {
    var family = Family("reductions")
    // The largest of a number and itself is the number: what equals share adds up to 1.
    for shape in [[3], [2, 2]] as [Shape] {
      family.add("maxReduce", "of equals", .any(shape)) {
        stack([$0, $0, $0]).max(axes: [0]) + $0 * 0.25
      }
      family.add("minReduce", "of equals", .any(shape)) {
        stack([$0, $0, $0]).min(axes: [0]) + $0 * 0.25
      }
      family.add("logSumExp", "of equals", .any(shape)) { logSumExp(stack([$0, $0, $0]), axis: 0) }
    }
    family.add("logSumExp", "of zeros", .exactly([0, -0.0, 0])) { logSumExp($0) }
    family.add("variance", "of equals", .exactly([2, 2, 2, 0, 0, 0], [2, 3])) {
      $0.variance(axes: [1], keepsAxes: true) + $0
    }
    family.add("moments", "of equals", .exactly([2, 0, 2, 0, 2, 0], [3, 2])) {
      moments($0).variance + $0
    }
    return family
  }()

  private static let productsOfZeros = {
    var family = Family("cumulative")
    let factors: [(String, [Double])] = [
      ("one zero", [0.5, 0, 2, -1.5, 1]), ("two zeros", [0.5, 0, 2, -0.0, 1]),
      ("three zeros", [0, 0.5, 0, 2, 0]), ("a zero first", [0, 1.5, -2, 0.5, 1]),
      ("a zero last", [1, 1.5, -2, 0.5, 0]), ("zeros", [0, 0, -0.0, 0, 0]),
    ]
    for (name, values) in factors {
      family.add("product", "with \(name)", .exactly(values)) { $0.product() + $0 * 0.25 }
      family.add("product", "with \(name), rows", .exactly(values + values.reversed(), [2, 5])) {
        $0.product(axis: 1, keepsAxes: true) * $0 + $0
      }
      family.add("cumulativeProduct", "with \(name)", .exactly(values)) {
        $0.cumulativeProduct() + $0 * 0.25
      }
      family.add("cumulativeProduct", "with \(name), columns", .exactly(values + values, [5, 2])) {
        $0.cumulativeProduct(axis: 0) * 3 + $0
      }
    }
    return family
  }()

  private static let normsAtZero = {
    var family = Family("norms")
    // Of vectors that are not 0, though elements of them are. Not L3: its third derivative jumps there, and
    // differences of the second settle too slowly to be believed.
    for (name, kind) in [("L2", .l2), ("L4", .p(4)), ("L6", .p(6))] as [(String, VectorNorm)] {
      family.add("norm", "\(name), elements 0", .exactly([0, 2, -0.0, -1, 0, 0], [2, 3])) {
        $0.norm(kind, axis: 1, keepsAxes: true) + $0 * 0.25
      }
      family.add("normalized", "\(name), elements 0", .exactly([0, 2, -0.0, -1, 0, 0], [2, 3])) {
        $0.normalized(kind) + $0 * 0.25
      }
    }
    family.add("norm", "max, of equals", .any([3])) {
      stack([$0, $0]).norm(.max, axis: 0) + $0 * 0.25
    }
    family.add(
      "cosineSimilarity", "at right angles and parallel", .exactly([1, 0, 0, 2, 1, 1], [3, 2]),
      .exactly([0, 3, 0, -1, 2, 2], [3, 2])
    ) {
      cosineSimilarity($0, $1) + ($0 + $1).sum() * 0.25
    }
    family.add("standardDeviation", "elements at the mean", .exactly([1, 0, -1, 3, 2, 1], [2, 3])) {
      $0.standardDeviation(axes: [1], keepsAxes: true) * $0
    }
    return family
  }()

  private static let normalisedEquals = {
    var family = Family("normalisation")
    // A variance of 0: epsilon alone decides.
    let equal = Sample.exactly([2, 2, 2, 2, 0, 0, 0, -0.0], [2, 4])
    family.add("layerNorm", "of equals", equal) { layerNorm($0, epsilon: 0.25) }
    family.add("rmsNorm", "of zeros", .exactly([0, 0, 0, -0.0], [2, 2])) {
      rmsNorm($0, epsilon: 0.25)
    }
    family.add("groupNorm", "of equals", equal) { groupNorm($0, groups: 2, epsilon: 0.25) }
    let maps = Sample.exactly([1, -2, 1, -2, 1, -2], [1, 3, 2])
    family.add("instanceNorm", "of equals", maps) { instanceNorm($0, epsilon: 0.25) }
    family.add("localResponseNorm", "of zeros", .exactly([0, 0.5, -0.0, 0], [1, 4])) {
      localResponseNorm($0, size: 3, alpha: 0.5)
    }
    return family
  }()

  private static let chosenEquals = {
    var family = Family("pooling")
    // Each window holds one number, however often: pooling is the identity.
    family.add("maxPool", "of equals", .any([1, 2, 3, 2])) {
      maxPool2D(resize($0, height: 4, width: 6, .nearest), window: 2)
    }
    family.add("maxPool1D", "of equals", .any([2, 3, 2])) {
      maxPool1D($0.repeated(3, axis: 1), window: 3)
    }
    family.add("maxPool3D", "of equals", .any([1, 2, 1, 2, 2])) {
      maxPool3D(resize($0, to: [4, 2, 4], .nearest), window: 2)
    }
    family.add("adaptiveMaxPool2D", "of equals", .any([1, 2, 2, 2])) {
      adaptiveMaxPool2D(resize($0, height: 4, width: 4, .nearest), height: 2, width: 2)
    }
    family.add("globalMaxPool", "of equals", .any([2, 1, 1, 3])) {
      globalMaxPool(resize($0, height: 2, width: 2, .nearest))
    }
    for point in [
      Point("l2Pool1D") { l2Pool1D($0.reshaped(to: [1, 6, 1]), window: 3) },
      Point("l2Pool2D") { l2Pool2D($0.reshaped(to: [1, 2, 3, 1]), window: Pair(1, 3)) },
    ] {
      family.add(point.name, "elements 0", .exactly([0, 2, -0.0, 1, 0, 0])) {
        point.function($0).sum() * $0 + $0
      }
    }
    return family
  }()
}
