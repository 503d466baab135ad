import Codecs
import Foundation

/// Unpacked data larger than this are refused: two gigabytes.
private let unpackedLimit = 1 << 31

/// The bytes of a regular file.
func readFile(_ path: String, expected: String) throws(DatasetError) -> [UInt8] {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
    throw DatasetError(.missing, path: path, expected: expected, found: "no such file")
  }
  guard !isFolder.boolValue else {
    throw DatasetError(.unreadable, path: path, expected: expected, found: "a folder")
  }
  do {
    // Opening a pipe or a device could wait forever. A link has to be followed first.
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let type = try FileManager.default.attributesOfItem(atPath: target.path)[.type]
    guard type as? FileAttributeType == .typeRegular else {
      throw DatasetError(.unreadable, path: path, expected: expected, found: "not a regular file")
    }
    return Array(try Data(contentsOf: target))
  } catch let error as DatasetError {
    throw error
  } catch {
    throw DatasetError(
      .unreadable, path: path, expected: expected,
      found: "a file that cannot be read (\(reason(of: error)))")
  }
}

/// The bytes of a file, unpacked if it is a gzip file.
func readPossiblyPacked(_ path: String, expected: String) throws(DatasetError) -> [UInt8] {
  let bytes = try readFile(path, expected: expected)
  guard Gzip.isGzip(bytes) else { return bytes }
  do {
    return try Gzip.decompress(bytes, limit: unpackedLimit)
  } catch {
    throw DatasetError(.damaged, path: path, expected: expected, found: "gzip, \(error)")
  }
}

/// What a folder holds, hidden files left out, in natural order.
func list(
  _ folder: String, expected: String
) throws(DatasetError) -> (files: [String], folders: [String]) {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
    throw DatasetError(.missing, path: folder, expected: expected, found: "no such folder")
  }
  guard isFolder.boolValue else {
    throw DatasetError(.unreadable, path: folder, expected: expected, found: "a file")
  }
  let names: [String]
  do {
    names = try FileManager.default.contentsOfDirectory(atPath: folder)
  } catch {
    throw DatasetError(
      .unreadable, path: folder, expected: expected,
      found: "a folder that cannot be read (\(reason(of: error)))")
  }
  var files: [String] = []
  var folders: [String] = []
  for name in names where !name.hasPrefix(".") {
    var isFolder: ObjCBool = false
    let path = join(folder, name)
    // A dangling link is kept as a file, so that reading it names it.
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists && isFolder.boolValue { folders.append(name) } else { files.append(name) }
  }
  return (
    files.sorted(by: precedesNaturally), folders.sorted(by: precedesNaturally)
  )
}

func join(_ folder: String, _ name: String) -> String {
  folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

func fileExists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

/// The system's own words, without the layers that Foundation wraps around them.
private func reason(of error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
  return (underlying ?? error as NSError).localizedDescription
}

/// The order a person expects of numbered names: runs of digits compare as numbers, so `2.png`
/// stands before `10.png`. Everything else compares by code point; `01` stands before `1`.
package func precedesNaturally(_ left: String, _ right: String) -> Bool {
  let a = Array(left.unicodeScalars)
  let b = Array(right.unicodeScalars)
  func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  var i = 0
  var j = 0
  while i < a.count && j < b.count {
    if isDigit(a[i]) && isDigit(b[j]) {
      let first = a[i...].prefix(while: isDigit)
      let second = b[j...].prefix(while: isDigit)
      // Without leading zeros the longer number is the larger; no number is too long.
      let x = first.drop { $0 == "0" }
      let y = second.drop { $0 == "0" }
      if x.count != y.count { return x.count < y.count }
      if !x.elementsEqual(y) { return x.lexicographicallyPrecedes(y) }
      i = first.endIndex
      j = second.endIndex
    } else {
      if a[i] != b[j] { return a[i] < b[j] }
      i += 1
      j += 1
    }
  }
  if a.count - i != b.count - j { return a.count - i < b.count - j }
  return a.lexicographicallyPrecedes(b)
}
