import Kernels

/// Numbers for the tests of products and convolutions, and slow, obvious versions of these in
/// float64 to compare with.
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func bits() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ (state >> 29)) >> 20
  }

  /// One of the numbers of a range.
  mutating func pick(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(bits() % UInt64(range.count))
  }

  mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[pick(0...choices.count - 1)]
  }

  /// Values between -1 and 1 that float32 holds exactly.
  mutating func values(_ count: Int) -> [Double] {
    (0..<count).map { _ in Double(Int(bits() % 2001) - 1000) / 1024 }
  }
}

/// Contents in one of the compute dtypes, with a margin on both sides that must stay as it is.
final class Buffer {
  let dtype: DType
  let count: Int
  private let memory: UnsafeMutableRawPointer
  private static let margin = 64
  private static let mark: Double = 12345

  var pointer: UnsafeMutableRawPointer { memory + Buffer.margin * dtype.byteWidth }

  init(_ dtype: DType, _ values: [Double]) {
    self.dtype = dtype
    count = values.count
    let all =
      Array(repeating: Buffer.mark, count: Buffer.margin) + values
      + Array(repeating: Buffer.mark, count: Buffer.margin)
    memory = .allocate(byteCount: all.count * dtype.byteWidth, alignment: 64)
    for (index, value) in all.enumerated() { write(value, index) }
  }

  /// A buffer for a result: all elements begin as NaN, so that one that is never written shows.
  convenience init(_ dtype: DType, count: Int) {
    self.init(dtype, Array(repeating: .nan, count: count))
  }

  deinit { memory.deallocate() }

  private func write(_ value: Double, _ index: Int) {
    if dtype == .float32 {
      memory.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
    } else {
      memory.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
    }
  }

  private func read(_ index: Int) -> Double {
    dtype == .float32
      ? Double(memory.load(fromByteOffset: index * 4, as: Float.self))
      : memory.load(fromByteOffset: index * 8, as: Double.self)
  }

  var values: [Double] { (0..<count).map { read(Buffer.margin + $0) } }

  var marginsAreIntact: Bool {
    (0..<Buffer.margin).allSatisfy {
      read($0) == Buffer.mark && read(Buffer.margin + count + $0) == Buffer.mark
    }
  }
}

/// Sums with the sum of their terms' magnitudes, by which an error is judged.
struct Sums: Equatable {
  var values: [Double]
  var magnitudes: [Double]
  private var terms: [Int]

  init(count: Int) {
    values = Array(repeating: 0, count: count)
    magnitudes = values
    terms = Array(repeating: 0, count: count)
  }

  mutating func add(_ product: Double, at index: Int) {
    values[index] += product
    magnitudes[index] += product.magnitude
    terms[index] += 1
  }

  /// The first element further off than rounding the longest sum in any order explains:
  /// |error| <= (terms + 2) u sum |a b|, the classical bound for a dot product (Higham, Accuracy
  /// and Stability of Numerical Algorithms, section 3.1).
  func firstBeyond(_ computed: [Double], _ dtype: DType) -> String? {
    let unit = dtype == .float32 ? 0x1p-24 : 0x1p-53
    // The reference is a float64 sum itself.
    let bound = Double((terms.max() ?? 0) + 2) * (unit + 0x1p-53)
    for index in values.indices {
      let error = (computed[index] - values[index]).magnitude
      if !(error <= bound * magnitudes[index]) {
        return "element \(index) is \(computed[index]), not \(values[index])"
      }
    }
    return nil
  }
}

extension ConvolutionGeometry {
  /// Calls `body` with the index of the input, kernel and output element of every product.
  func forEachProduct(_ body: (_ input: Int, _ kernel: Int, _ output: Int) -> Void) {
    for n in 0..<batch {
      for oy in 0..<outputHeight {
        for ox in 0..<outputWidth {
          for i in 0..<kernelHeight {
            for j in 0..<kernelWidth {
              let y = oy * strideHeight + i * dilationHeight - paddingTop
              let x = ox * strideWidth + j * dilationWidth - paddingLeft
              guard y >= 0, y < inputHeight, x >= 0, x < inputWidth else { continue }
              let input = ((n * inputHeight + y) * inputWidth + x) * inputChannels
              let output = ((n * outputHeight + oy) * outputWidth + ox) * outputChannels
              let groupIn = inputChannels / groups
              let groupOut = outputChannels / groups
              for o in 0..<outputChannels {
                for c in 0..<groupIn {
                  body(
                    input + o / groupOut * groupIn + c,
                    ((i * kernelWidth + j) * groupIn + c) * outputChannels + o, output + o)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// Runs `body` with each number of threads in turn.
func withEachThreadCount(_ counts: [Int], _ body: (Int) throws -> Void) rethrows {
  let before = Threads.count
  defer { Threads.count = before }
  for count in counts {
    Threads.count = count
    try body(count)
  }
}

/// Every combination of a compute dtype and an instruction set this processor can run.
let combinations: [(DType, InstructionSet)] = [DType.float32, .float64].flatMap { dtype in
  Processor.available.map { (dtype, $0) }
}
