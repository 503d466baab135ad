import Foundation
import TapeGrad

/// Convolutions that nobody tuned for: sizes drawn from what networks use and beyond it, such that a
/// fast library needs 60 microseconds to 20 milliseconds for one function.
struct RandomConvolutions {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func next() -> ConvolutionCase {
    while true {
      if let sizes = attempt() { return sizes }
    }
  }

  /// A draw; nil when its maps would be smaller than 3 or larger than 512 pixels on a side.
  private mutating func attempt() -> ConvolutionCase? {
    let kernel = pick([3, 3, 3, 3, 3, 1, 1, 5, 5, 7])
    let stride = pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 3])
    let dilation = kernel > 1 && stride == 1 && chance(0.1) ? 2 : 1
    var sizes = ConvolutionCase(
      batch: Int(logarithmic(1, 65)), height: 1, width: 1, inputs: channels(fewest: 1),
      outputs: channels(fewest: 4), kernel: kernel, stride: stride, dilation: dilation)
    sizes.padding = chance(0.8) ? dilation * (kernel - 1) / 2 : 0
    switch unit() {
    case ..<0.06:
      // Depthwise.
      sizes.groups = sizes.inputs
      sizes.outputs = sizes.inputs
    case ..<0.14:
      let groups = pick([2, 4, 8])
      sizes.inputs = (sizes.inputs + groups - 1) / groups * groups
      sizes.outputs = (sizes.outputs + groups - 1) / groups * groups
      sizes.groups = groups
    default: break
    }

    // A map of about the pixels for which arithmetic or memory traffic takes the time drawn. Few
    // channels cost as much as a vector of them.
    let seconds = logarithmic(60e-6, 20e-3)
    func vectors(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }
    let isDepthwise = sizes.groups > 1 && sizes.groups == sizes.inputs
    let perPixel =
      kernel * kernel
      * (isDepthwise
        ? sizes.outputs : vectors(sizes.inputs / sizes.groups) * vectors(sizes.outputs))
    let arithmetic = seconds * 500e9 / Double(2 * perPixel)
    let perPixelTraffic = stride * stride * sizes.inputs + sizes.outputs
    let traffic = seconds * 40e9 / Double(4 * perPixelTraffic)
    let pixels = min(arithmetic, traffic) / Double(sizes.batch)
    let aspect = logarithmic(0.6, 1.7)
    let reach = dilation * (kernel - 1) - 2 * sizes.padding
    func side(_ positions: Double) -> Int { (Int(positions.rounded()) - 1) * stride + 1 + reach }
    sizes.height = side((pixels * aspect).squareRoot()) + below(stride)
    sizes.width = side((pixels / aspect).squareRoot()) + below(stride)
    let allowed = max(3, kernel)...512
    guard allowed.contains(sizes.height), allowed.contains(sizes.width), sizes.outputHeight > 0,
      sizes.outputWidth > 0
    else { return nil }
    return sizes
  }

  /// Half the time a multiple of 16, otherwise any number; now and then the few of a first layer.
  private mutating func channels(fewest: Int) -> Int {
    switch unit() {
    case ..<0.5: 16 * Int(logarithmic(1, 33))
    case ..<0.85: Int(logarithmic(5, 400))
    default: max(fewest, pick([1, 2, 3, 4, 6, 10]))
    }
  }

  // MARK: - Draws, written out so that a seed means the same cases everywhere

  /// A number in [0, 1).
  private mutating func unit() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
  private mutating func below(_ count: Int) -> Int { Int(unit() * Double(count)) }
  private mutating func chance(_ probability: Double) -> Bool { unit() < probability }
  private mutating func pick(_ choices: [Int]) -> Int { choices[below(choices.count)] }
  /// A number in [least, end) whose logarithm is uniform.
  private mutating func logarithmic(_ least: Double, _ end: Double) -> Double {
    least * pow(end / least, unit())
  }
}
