import Kernels
import Testing

/// A small generator for test data: the sequence of Knuth's MMIX, high bits only.
struct SampleGenerator {
  var state: UInt64

  init(_ seed: Int = 1) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 32
  }

  /// Between -1 and 1.
  mutating func real() -> Double { Double(next()) / 2_147_483_648 - 1 }

  mutating func index(below bound: Int) -> Int { Int(next()) % bound }

  mutating func reals<T: BinaryFloatingPoint>(_ count: Int, times scale: Double = 1) -> [T] {
    (0..<count).map { _ in T(real() * scale) }
  }
}

/// Runs `body` with the loops of every instruction set this processor has.
func onEveryInstructionSet(_ body: (InstructionSet) throws -> Void) rethrows {
  for set in Processor.available {
    try Processor.withInstructionSet(set) { try body(set) }
  }
}

/// Runs `body` with 1, 2, 3 and 8 threads and checks that it gives the same bytes every time.
func sameBitsForAnyThreadCount(_ body: () -> [UInt8]) {
  let before = Threads.count
  defer { Threads.count = before }
  Threads.count = 1
  let expected = body()
  for count in [2, 3, 8] {
    Threads.count = count
    #expect(body() == expected, "\(count) threads")
  }
}

func bytes<T>(of values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

/// A floating-point type that a kernel computes in.
protocol Computed: BinaryFloatingPoint, Sendable {
  static var dtype: DType { get }
  static var precision: PointwiseProgram.Precision { get }
}

extension Float: Computed {
  static var dtype: DType { .float32 }
  static var precision: PointwiseProgram.Precision { .float32 }
}

extension Double: Computed {
  static var dtype: DType { .float64 }
  static var precision: PointwiseProgram.Precision { .float64 }
}

/// The distance of a result from the true value in units of the last place of a float.
func ulps(_ result: Float, _ truth: Double) -> Double {
  if truth.isNaN { return result.isNaN ? 0 : .infinity }
  let rounded = Float(truth)
  if result == rounded { return 0 }
  if !rounded.isFinite || !result.isFinite || result.isNaN { return .infinity }
  return abs(Double(result) - truth) / Double(max(rounded.magnitude, .leastNormalMagnitude).ulp)
}

/// Elements at an address that stays: what a kernel reads or writes.
final class Elements<T> {
  let pointer: UnsafeMutablePointer<T>
  let count: Int

  init(_ values: some Collection<T>) {
    count = values.count
    pointer = .allocate(capacity: Swift.max(count, 1))
    _ = UnsafeMutableBufferPointer(start: pointer, count: count).initialize(from: values)
  }

  convenience init(_ value: T, count: Int) { self.init(repeatElement(value, count: count)) }

  deinit { pointer.deallocate() }

  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }
  var array: [T] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  var bytes: [UInt8] { KernelsTests.bytes(of: array) }

  subscript(index: Int) -> T { pointer[index] }
}

/// Keeps elements alive up to here: a program knows only their addresses.
func keep(_ values: Any...) { withExtendedLifetime(values) {} }
