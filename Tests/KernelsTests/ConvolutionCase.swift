import Kernels

/// A function of a convolution at random operands, and what the naive sums make of them.
struct ConvolutionCase {
  enum Function: CaseIterable {
    case correlate
    case transposed
    case forKernel
  }

  let function: Function
  let geometry: ConvolutionGeometry
  var first: [Double]
  let second: [Double]
  /// How many elements the function gives.
  let count: Int

  init(_ function: Function, _ g: ConvolutionGeometry, seed: UInt64) {
    self.function = function
    geometry = g
    var numbers = Numbers(seed: seed)
    // Numbers that fill a float32's mantissa: products of shorter ones would be exact.
    func values(_ count: Int) -> [Double] {
      numbers.values(count).map { Double(Float($0 * 0.937_182_6)) }
    }
    switch function {
    case .correlate:
      (first, second) = (values(g.inputCount), values(g.kernelCount))
      count = g.outputCount
    case .transposed:
      (first, second) = (values(g.outputCount), values(g.kernelCount))
      count = g.inputCount
    case .forKernel:
      (first, second) = (values(g.inputCount), values(g.outputCount))
      count = g.kernelCount
    }
  }

  func expected() -> Sums {
    var sums = Sums(count: count)
    geometry.forEachProduct { input, kernel, output in
      switch function {
      case .correlate: sums.add(first[input] * second[kernel], at: output)
      case .transposed: sums.add(first[output] * second[kernel], at: input)
      case .forKernel: sums.add(first[input] * second[output], at: kernel)
      }
    }
    return sums
  }

  func result(_ dtype: DType, _ algorithm: ConvolutionAlgorithm) -> Buffer {
    let left = Buffer(dtype, first)
    let right = Buffer(dtype, second)
    let result = Buffer(dtype, count: count)
    ConvolutionAlgorithm.with(algorithm) {
      switch function {
      case .correlate:
        correlate(
          dtype, geometry, input: left.pointer, kernel: right.pointer, into: result.pointer)
      case .transposed:
        correlateTransposed(
          dtype, geometry, cotangent: left.pointer, kernel: right.pointer, into: result.pointer)
      case .forKernel:
        correlateForKernel(
          dtype, geometry, input: left.pointer, cotangent: right.pointer, into: result.pointer)
      }
    }
    return result
  }
}
