import Codecs
import Testing

@Suite struct ZlibTests {
  private func reason(_ bytes: [UInt8]) -> CompressionError.Reason? {
    do {
      _ = try Zlib.decompress(bytes, limit: 100)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func header() {
    // 78 9c, an empty fixed block, the sum 1.
    let valid = [UInt8](hex: "78 9c 03 00 00 00 00 01")
    #expect(reason(valid) == nil)
    #expect(reason(Array(valid[..<1])) == .truncated)
    #expect(reason(Array(valid[..<7])) == .truncated)
    #expect(
      reason([UInt8](hex: "78 9d 03 00 00 00 00 01")) == .headerChecksum(stored: 29, computed: 28))
    #expect(reason([UInt8](hex: "77 85 03 00 00 00 00 01")) == .method(7))
    #expect(reason([UInt8](hex: "88 1c 03 00 00 00 00 01")) == .windowTooLarge(bits: 16))
    #expect(reason([UInt8](hex: "78 bb 03 00 00 00 00 01")) == .presetDictionary)
    #expect(
      reason([UInt8](hex: "78 9c 03 00 00 00 00 02")) == .checksum(stored: 2, computed: 1))
    #expect(reason(valid + [0]) == .trailingBytes(1))
  }
}

@Suite struct GzipTests {
  private func file(_ name: String) throws -> [UInt8] {
    try #require(CompressedCase.all.first { $0.wrapper == "gzip" && $0.name == name }).bytes
  }

  private func error(_ bytes: [UInt8], limit: Int = 10000) -> CompressionError? {
    do {
      _ = try Gzip.decompress(bytes, limit: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test func headerFields() throws {
    let header = try Gzip.header(of: file("all header fields"))
    #expect(header.name == "café.idx")
    #expect(header.comment == "a comment")
    #expect(header.modificationTime == 86400)
    #expect(header.system == 3)
    #expect(header.extra == [0x41, 0x42, 2, 0, 0x68, 0x69])
    #expect(!header.isText)
    #expect(try Gzip.header(of: file("gzip module")).name == nil)
  }

  @Test func recognised() throws {
    #expect(Gzip.isGzip(try file("empty")))
    #expect(!Gzip.isGzip([0x1F]))
    #expect(!Gzip.isGzip([0, 0, 8, 3]))
  }

  @Test func damagedHeader() throws {
    let valid = try file("all header fields")
    var bytes = valid
    bytes[0] = 0
    #expect(error(bytes) == .init(.notGzip, offset: 0))
    bytes = valid
    bytes[2] = 7
    #expect(error(bytes) == .init(.method(7), offset: 2))
    bytes = valid
    bytes[3] |= 0x20
    #expect(error(bytes)?.reason == .reservedFlags(bytes[3]))
    bytes = valid
    bytes[4] ^= 1
    guard case .headerChecksum = error(bytes)?.reason else {
      Issue.record("a changed time must be noticed by the header's checksum")
      return
    }
    for end in 0..<valid.count { #expect(error(Array(valid[..<end])) != nil) }
  }

  @Test func damagedTrailer() throws {
    let valid = try file("gzip module")
    var bytes = valid
    bytes[bytes.count - 8] ^= 1
    guard case .checksum = error(bytes)?.reason else {
      Issue.record("a changed checksum must be noticed")
      return
    }
    bytes = valid
    bytes[bytes.count - 4] ^= 1
    guard case .length(let stored, let computed) = error(bytes)?.reason else {
      Issue.record("a changed length must be noticed")
      return
    }
    #expect(stored ^ 1 == computed)
    bytes = valid
    #expect(error(bytes + [1])?.reason == .trailingBytes(1))
    #expect(error(bytes + [0x1F])?.reason == .notGzip)
  }

  @Test func limitCountsAllMembers() throws {
    let item = try #require(CompressedCase.all.first { $0.name == "two members" })
    #expect(error(item.bytes, limit: item.count) == nil)
    #expect(error(item.bytes, limit: item.count - 1)?.reason == .outputLimit(item.count - 1))
  }
}
