import Codecs

/// The members of a zip file, stored or deflated.
///
/// Source: PKWARE's APPNOTE.TXT, 6.3; 64-bit sizes are read. Encryption, several disks and other
/// methods are not.
struct ZipArchive {
  typealias Flaw = NumPyFormat.Flaw

  struct Member {
    let name: String
    let method: UInt16
    let crc: UInt32
    let packedSize: Int
    let size: Int
    /// Where its local header begins.
    let offset: Int
  }

  let bytes: [UInt8]
  let members: [Member]

  /// Reads the directory at the end of the file.
  init(_ bytes: [UInt8]) throws(Flaw) {
    self.bytes = bytes
    let (start, count) = try Self.directory(bytes)
    var reader = ByteReader(bytes, at: start)
    var members: [Member] = []
    var names: Set<String> = []
    for _ in 0..<count {
      let member = try Self.member(&reader)
      guard names.insert(member.name).inserted else {
        throw Flaw("two of its members are named '\(member.name)'")
      }
      members.append(member)
    }
    self.members = members
  }

  /// The contents of a member, unpacked and checked against its checksum.
  func contents(of member: Member) throws(Flaw) -> [UInt8] {
    var reader = ByteReader(bytes, at: member.offset)
    guard let signature: UInt32 = reader.number(), signature == 0x0403_4b50,
      reader.take(22) != nil, let nameLength: UInt16 = reader.number(),
      let extraLength: UInt16 = reader.number(), reader.take(Int(nameLength)) != nil,
      reader.take(Int(extraLength)) != nil, let packed = reader.take(member.packedSize)
    else { throw Flaw("its member '\(member.name)' is cut off or misplaced") }
    let contents: [UInt8]
    switch member.method {
    case 0: contents = Array(packed)
    case 8:
      do {
        contents = try Deflate.decompress(Array(packed), limit: member.size)
      } catch {
        throw Flaw("its member '\(member.name)': \(error)")
      }
    default:
      throw Flaw(
        .unsupported,
        "its member '\(member.name)' is packed by method \(member.method); read are 0 (stored) and "
          + "8 (deflated)")
    }
    guard contents.count == member.size else {
      throw Flaw(
        "its member '\(member.name)' has \(contents.count) bytes, the directory says \(member.size)"
      )
    }
    guard crc32(contents) == member.crc else {
      throw Flaw("its member '\(member.name)' does not have its checksum: the file is damaged")
    }
    return contents
  }

  // MARK: - The directory

  /// Where the directory begins, and how many members it has.
  private static func directory(_ bytes: [UInt8]) throws(Flaw) -> (start: Int, count: Int) {
    // The end record has 22 bytes and a comment of at most 65535.
    let signature: [UInt8] = [0x50, 0x4b, 0x05, 0x06]
    let earliest = max(0, bytes.count - 22 - 65_535)
    guard bytes.count >= 22,
      let end = stride(from: bytes.count - 22, through: earliest, by: -1).first(where: {
        bytes[$0] == 0x50 && bytes[$0..<$0 + 4].elementsEqual(signature)
          && Int(bytes[$0 + 20]) + Int(bytes[$0 + 21]) << 8 == bytes.count - $0 - 22
      })
    else { throw Flaw("it is no zip file, or its end is missing") }
    var reader = ByteReader(bytes, at: end + 4)
    guard let disk: UInt16 = reader.number(), let firstDisk: UInt16 = reader.number(),
      let here: UInt16 = reader.number(), let count: UInt16 = reader.number(),
      let size: UInt32 = reader.number(), let start: UInt32 = reader.number()
    else { throw Flaw("its end is cut off") }
    if count == .max || size == .max || start == .max {
      return try largeDirectory(bytes, end: end)
    }
    guard disk == 0, firstDisk == 0, here == count else {
      throw Flaw(.unsupported, "it is one of several parts of a zip file")
    }
    guard Int(start) + Int(size) <= end else { throw Flaw("its directory lies outside the file") }
    return (Int(start), Int(count))
  }

  /// The same from the 64-bit records in front of the end record.
  private static func largeDirectory(
    _ bytes: [UInt8], end: Int
  ) throws(Flaw) -> (start: Int, count: Int) {
    let flaw = Flaw("its 64-bit directory is damaged")
    guard end >= 20 else { throw flaw }
    var locator = ByteReader(bytes, at: end - 20)
    guard let signature: UInt32 = locator.number(), signature == 0x0706_4b50,
      locator.take(4) != nil, let place: UInt64 = locator.number(), place <= UInt64(end)
    else { throw flaw }
    var reader = ByteReader(bytes, at: Int(place))
    guard let record: UInt32 = reader.number(), record == 0x0606_4b50, reader.take(28) != nil,
      let count: UInt64 = reader.number(), let size: UInt64 = reader.number(),
      let start: UInt64 = reader.number(), size <= UInt64(end), start <= UInt64(end) - size,
      count <= size / 46
    else { throw flaw }
    return (Int(start), Int(count))
  }

  private static func member(_ reader: inout ByteReader) throws(Flaw) -> Member {
    guard let signature: UInt32 = reader.number(), signature == 0x0201_4b50,
      reader.take(4) != nil, let flags: UInt16 = reader.number(),
      let method: UInt16 = reader.number(), reader.take(4) != nil,
      let crc: UInt32 = reader.number(), let packedSize: UInt32 = reader.number(),
      let size: UInt32 = reader.number(), let nameLength: UInt16 = reader.number(),
      let extraLength: UInt16 = reader.number(), let commentLength: UInt16 = reader.number(),
      reader.take(8) != nil, let offset: UInt32 = reader.number(),
      let name = reader.take(Int(nameLength)), let extra = reader.take(Int(extraLength)),
      reader.take(Int(commentLength)) != nil
    else { throw Flaw("its directory is cut off") }
    guard let name = String(validating: name, as: UTF8.self) else {
      throw Flaw("the name of one of its members is not UTF-8")
    }
    guard flags & 1 == 0 else { throw Flaw(.unsupported, "its member '\(name)' is encrypted") }

    // What does not fit 32 bits stands in an extra field, in this order.
    var wide = Self.wideField(extra)
    func full(_ short: UInt32) -> Int? {
      guard short == .max else { return Int(short) }
      guard let value: UInt64 = wide.number(), value <= UInt64(Int.max >> 1) else { return nil }
      return Int(value)
    }
    guard let size = full(size), let packedSize = full(packedSize), let offset = full(offset) else {
      throw Flaw("its member '\(name)' lacks its 64-bit sizes")
    }
    guard packedSize <= reader.bytes.count else {
      throw Flaw("its member '\(name)' is larger than the file")
    }
    // Deflate packs at most 1032 to 1; more is a lie that would have to be paid for in memory.
    guard method != 8 || size <= packedSize * 1032 + 64 else {
      throw Flaw("its member '\(name)' claims \(size) bytes packed in \(packedSize)")
    }
    return Member(
      name: name, method: method, crc: crc, packedSize: packedSize, size: size, offset: offset)
  }

  private static func wideField(_ extra: ArraySlice<UInt8>) -> ByteReader {
    var reader = ByteReader(extra)
    while let tag: UInt16 = reader.number(), let length: UInt16 = reader.number(),
      let field = reader.take(Int(length))
    {
      if tag == 1 { return ByteReader(field) }
    }
    return ByteReader([])
  }
}

// MARK: - Writing

extension ZipArchive {
  /// A zip file of stored members, byte for byte as NumPy's `savez` writes it; `nil` if it would
  /// need more than 32 bits for a size.
  static func stored(_ members: [(name: String, contents: [UInt8])]) -> [UInt8]? {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, contents) in members {
      let name = Array(name.utf8)
      let size = contents.count
      guard file.count + size < Int(UInt32.max) - 1000, name.count < 1 << 16 else { return nil }
      // Version 4.5, no flags, stored, midnight on 1 January 1980.
      let start: [UInt8] = [45, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + littleEndian(crc32(contents))
      directory += [0x50, 0x4b, 1, 2, 45, 3] + start
      directory += littleEndian(UInt32(size)) + littleEndian(UInt32(size))
      directory += littleEndian(UInt16(name.count)) + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 1]
      directory += littleEndian(UInt32(file.count)) + name
      // The local header leaves its sizes to a 64-bit field, as a writer that streams has to.
      file += [0x50, 0x4b, 3, 4] + start + [UInt8](repeating: 255, count: 8)
      file += littleEndian(UInt16(name.count)) + [20, 0] + name + [1, 0, 16, 0]
      file += littleEndian(UInt64(size)) + littleEndian(UInt64(size)) + contents
    }
    guard members.count < 1 << 16, file.count + directory.count < Int(UInt32.max) else {
      return nil
    }
    let count = littleEndian(UInt16(members.count))
    let place = littleEndian(UInt32(directory.count)) + littleEndian(UInt32(file.count))
    return file + directory + [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + count + count + place + [0, 0]
  }
}
