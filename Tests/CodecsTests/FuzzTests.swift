import Codecs
import Testing

/// Damaged files: whatever the bytes, a reader returns or throws. It never crashes, never hangs and
/// never returns more than it was allowed to.
@Suite struct FuzzTests {
  /// A deterministic stream of numbers.
  private struct Numbers {
    var state: UInt64
    mutating func next(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(truncatingIfNeeded: (state >> 33) % UInt64(bound))
    }
  }

  /// One to four changes: a flipped bit, a new byte, a cut, a repeat of a part.
  private func damaged(_ valid: [UInt8], _ numbers: inout Numbers) -> [UInt8] {
    var bytes = valid
    for _ in 0...numbers.next(below: 4) where !bytes.isEmpty {
      let at = numbers.next(below: bytes.count)
      switch numbers.next(below: 8) {
      case 0...3: bytes[at] ^= 1 << UInt8(numbers.next(below: 8))
      case 4, 5: bytes[at] = UInt8(numbers.next(below: 256))
      case 6: bytes.removeSubrange(at..<min(bytes.count, at + 1 + numbers.next(below: 8)))
      default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 8)], at: at)
      }
    }
    return bytes
  }

  @Test(arguments: CompressedCase.all)
  func compressed(_ item: CompressedCase) {
    var numbers = Numbers(state: UInt64(item.crc32))
    let limit = item.count + 100
    var refused = 0
    for _ in 0..<200 {
      let bytes = damaged(item.bytes, &numbers)
      do {
        let output =
          switch item.wrapper {
          case "deflate": try Deflate.decompress(bytes, limit: limit)
          case "zlib": try Zlib.decompress(bytes, limit: limit)
          default: try Gzip.decompress(bytes, limit: limit)
          }
        #expect(output.count <= limit)
      } catch {
        refused += 1
        #expect((0...bytes.count).contains(error.offset))
        #expect(!error.description.isEmpty)
      }
    }
    #expect(refused > 0)
  }

  @Test(arguments: PNGCase.all)
  func png(_ item: PNGCase) {
    var numbers = Numbers(state: UInt64(item.file.count))
    for _ in 0..<100 {
      let bytes = damaged(item.bytes, &numbers)
      // Damage is caught by checksums, unless it hit what no sum covers.
      if let raster = try? PNG.decode(bytes, sampleLimit: 10000) {
        #expect(raster.samples.count <= 4 * 10000)
      }
    }
  }

  /// Damage behind the checksums: the sums are put right again, so that the deeper layers meet it.
  @Test(arguments: PNGCase.all)
  func pngWithRepairedChecksums(_ item: PNGCase) {
    var numbers = Numbers(state: UInt64(item.file.count + 1))
    var refused = 0
    for _ in 0..<100 {
      let bytes = repaired(damaged(item.bytes, &numbers))
      do {
        _ = try PNG.decode(bytes, sampleLimit: 10000)
      } catch {
        refused += 1
        #expect((0...bytes.count).contains(error.offset))
        #expect(!error.description.isEmpty)
      }
    }
    #expect(refused > 0)
  }

  private func repaired(_ file: [UInt8]) -> [UInt8] {
    var bytes = file
    var at = 8
    while at + 12 <= bytes.count {
      let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard at + 12 + length <= bytes.count else { break }
      let end = at + 8 + length
      let sum = ChunkList.bigEndian(crc32(Array(bytes[at + 4..<end])))
      bytes.replaceSubrange(end..<end + 4, with: sum)
      at = end + 4
    }
    return bytes
  }

  /// Filtered rows of noise under every header: the layers behind the zlib stream.
  @Test func pngRowsOfNoise() {
    var numbers = Numbers(state: 5)
    for round in 0..<2000 {
      let types: [UInt8] = [0, 2, 3, 4, 6]
      let depths: [UInt8] = [1, 2, 4, 8, 16]
      var file = ChunkList(
        colourType: types[numbers.next(below: 5)], depth: depths[numbers.next(below: 5)],
        rows: noise(numbers.next(below: 200), seed: UInt32(round)).map { $0 % 5 })
      file.chunks[0].data[3] = UInt8(numbers.next(below: 12))
      file.chunks[0].data[7] = UInt8(numbers.next(below: 12))
      file.chunks[0].data[12] = UInt8(numbers.next(below: 2))
      if numbers.next(below: 2) == 0 {
        file.insert("PLTE", noise(3 * (1 + numbers.next(below: 4)), seed: 1), at: 1)
      }
      if let raster = try? PNG.decode(file.bytes) {
        #expect(raster.width <= 12 && raster.height <= 12)
      }
    }
  }
}
