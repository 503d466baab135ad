import Codecs
import Testing

@Suite struct DeflateTests {
  private static let contents: [(name: String, bytes: [UInt8])] = [
    ("empty", []),
    ("one byte", [7]),
    ("two bytes", [7, 7]),
    ("three equal bytes", [7, 7, 7]),
    ("a run", [UInt8](repeating: 9, count: 100_000)),
    ("all bytes", Array(0...255)),
    ("noise", noise(200_000, seed: 3)),
    ("bits", noise(100_000, seed: 5).map { $0 & 1 }),
    ("few values", noise(50_000, seed: 6).map { $0 / 100 }),
    ("repeats of every distance", repeats),
    ("fibonacci frequencies", fibonacci),
  ]

  /// Snippets of noise repeated after growing gaps, across and beyond the window.
  private static let repeats: [UInt8] = {
    let snippet = noise(300, seed: 8)
    var bytes = snippet
    var gap = 1
    while gap < 70_000 {
      bytes += noise(gap, seed: UInt32(gap)).map { $0 | 1 } + snippet[..<(3 + gap % 290)]
      gap = gap * 3 / 2 + 1
    }
    return bytes
  }()

  /// Symbol `n` occurs as often as the `n`-th Fibonacci number: Huffman's tree is as deep as it can
  /// be, so that codes must be cut to 15 bits. Shuffled, so that there is nothing to repeat.
  private static let fibonacci: [UInt8] = {
    var bytes: [UInt8] = []
    var (a, b) = (1, 1)
    for symbol in 0..<22 {
      bytes += [UInt8](repeating: UInt8(symbol * 11), count: a)
      (a, b) = (b, a + b)
    }
    var x: UInt32 = 1
    for index in stride(from: bytes.count - 1, to: 0, by: -1) {
      x = 1_664_525 &* x &+ 1_013_904_223
      bytes.swapAt(index, Int(UInt64(x) * UInt64(index + 1) >> 32))
    }
    return bytes
  }()

  @Test(arguments: contents.indices)
  func roundTrip(index: Int) throws {
    let (name, bytes) = Self.contents[index]
    let packed = Deflate.compress(bytes)
    let unpacked = try Deflate.decompress(packed, limit: bytes.count)
    #expect(unpacked == bytes, "\(name)")
    #expect(try Zlib.decompress(Zlib.compress(bytes), limit: bytes.count) == bytes, "\(name)")
  }

  @Test func everyShortLength() throws {
    for count in 0..<600 {
      let bytes = noise(count, seed: 11).map { $0 & 3 }
      #expect(try Deflate.decompress(Deflate.compress(bytes), limit: count) == bytes)
    }
  }

  @Test func incompressibleDataGrowLittle() {
    let bytes = noise(200_000, seed: 3)
    #expect(Deflate.compress(bytes).count <= bytes.count + 5 * 8)
    #expect(Deflate.compress([]).count == 2)
  }

  // Sizes that zlib 1.2.13 reaches at level 6, measured with
  //   noise = lambda n, seed: ...    (Golden/make_codecs.py)
  //   len(zlib.compress(bytes(b // 100 for b in noise(50000, 6)), 6)) - 6
  @Test func packsAsWellAsZlib() {
    let fewValues = noise(50_000, seed: 6).map { $0 / 100 }
    #expect(Double(Deflate.compress(fewValues).count) < 1.01 * Self.zlibFewValues)
    let run = [UInt8](repeating: 9, count: 100_000)
    #expect(Double(Deflate.compress(run).count) < 1.1 * Self.zlibRun)
    let lines = (0..<2000).flatMap { Array("line \($0) of a text, \($0 * $0)\n".utf8) }
    #expect(Double(Deflate.compress(lines).count) < 1.02 * Self.zlibLines)
  }
  private static let zlibFewValues = 12084.0
  private static let zlibRun = 115.0
  private static let zlibLines = 12919.0

  @Test func deterministic() {
    #expect(Deflate.compress(Self.repeats) == Deflate.compress(Self.repeats))
  }
}
