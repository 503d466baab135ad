/// The five row filters. Each predicts a byte from the one a pixel to the left (`a`), the one above
/// (`b`) and the one above that to the left (`c`). Source: PNG specification, section 9.
enum PNGFilter: UInt8, CaseIterable {
  case none = 0
  case sub = 1
  case up = 2
  case average = 3
  case paeth = 4

  /// Undoes the filters of `rows` rows of one pass in place.
  /// - Parameter base: the first row's filter byte.
  /// - Returns: the first filter type that does not exist and its row, or nil.
  static func undo(
    _ base: UnsafeMutablePointer<UInt8>, rows: Int, rowBytes: Int, pixelBytes bpp: Int
  ) -> (type: UInt8, row: Int)? {
    let stride = rowBytes + 1
    for y in 0..<rows {
      let row = base + y * stride + 1
      let type = base[y * stride]
      guard let filter = PNGFilter(rawValue: type) else { return (type, y) }
      let above: UnsafePointer<UInt8>? = y == 0 ? nil : UnsafePointer(row - stride)
      filter.undo(row, above: above, rowBytes: rowBytes, pixelBytes: bpp)
    }
    return nil
  }

  private func undo(
    _ row: UnsafeMutablePointer<UInt8>, above: UnsafePointer<UInt8>?, rowBytes: Int,
    pixelBytes bpp: Int
  ) {
    // Bytes outside the image count as zero, which leaves fewer cases at the borders.
    let border = min(bpp, rowBytes)
    switch self {
    case .none: break
    case .sub:
      for x in border..<rowBytes { row[x] &+= row[x &- bpp] }
    case .up:
      guard let above else { return }
      for x in 0..<rowBytes { row[x] &+= above[x] }
    case .average:
      guard let above else {
        for x in border..<rowBytes { row[x] &+= row[x &- bpp] / 2 }
        return
      }
      for x in 0..<border { row[x] &+= above[x] / 2 }
      for x in border..<rowBytes { row[x] &+= Self.mean(row[x &- bpp], above[x]) }
    case .paeth:
      guard let above else {
        // With nothing above, the predictor is the byte to the left.
        for x in border..<rowBytes { row[x] &+= row[x &- bpp] }
        return
      }
      for x in 0..<border { row[x] &+= above[x] }
      for x in border..<rowBytes {
        row[x] &+= Self.predictor(row[x &- bpp], above[x], above[x &- bpp])
      }
    }
  }

  /// Applies the filter to one row; `above` is a row of zeros for the first.
  func apply(
    _ row: UnsafePointer<UInt8>, above: UnsafePointer<UInt8>, rowBytes: Int, pixelBytes bpp: Int,
    into out: UnsafeMutablePointer<UInt8>
  ) {
    let border = min(bpp, rowBytes)
    switch self {
    case .none:
      out.update(from: row, count: rowBytes)
    case .sub:
      out.update(from: row, count: border)
      for x in border..<rowBytes { out[x] = row[x] &- row[x &- bpp] }
    case .up:
      for x in 0..<rowBytes { out[x] = row[x] &- above[x] }
    case .average:
      for x in 0..<border { out[x] = row[x] &- above[x] / 2 }
      for x in border..<rowBytes { out[x] = row[x] &- Self.mean(row[x &- bpp], above[x]) }
    case .paeth:
      for x in 0..<border { out[x] = row[x] &- above[x] }
      for x in border..<rowBytes {
        out[x] = row[x] &- Self.predictor(row[x &- bpp], above[x], above[x &- bpp])
      }
    }
  }

  /// The floor of the mean of two bytes, without a ninth bit.
  @inline(__always)
  private static func mean(_ a: UInt8, _ b: UInt8) -> UInt8 { (a & b) &+ (a ^ b) / 2 }

  /// Paeth's predictor: whichever of the three is nearest to `a + b - c`, in this order.
  @inline(__always)
  private static func predictor(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> UInt8 {
    let toA = abs(Int16(b) &- Int16(c))
    let toB = abs(Int16(a) &- Int16(c))
    let toC = abs(Int16(a) &+ Int16(b) &- 2 &* Int16(c))
    return toA <= toB && toA <= toC ? a : toB <= toC ? b : c
  }
}
