/// Some rows of some images, laid out so that every tap of a plan can be read without looking
/// whether it falls outside: either the images themselves, or a copy with zeros around it.
///
/// A copy is small enough for the second-level cache and costs one load and one store for each
/// element, where the sums over the taps cost hundreds.
struct ConvolutionView {
  /// Where pixel (0, 0) of the first image would be; the view may begin after it.
  let origin: UnsafeRawPointer
  /// Bytes from one image, row, pixel to the next.
  let imageStep: Int
  let rowStep: Int
  let pixelStep: Int

  /// Which of a source's pixels are read, as a rule that is the same for every block.
  struct Reach {
    let height: Int
    let width: Int
    let channels: Int
    /// The lowest and highest offset of a tap.
    let rows: ClosedRange<Int>
    let columns: ClosedRange<Int>
    let gridWidth: Int
    let strideHeight: Int
    let strideWidth: Int
    let elementWidth: Int
    /// Whether blocks are copied.
    let copies: Bool

    init(
      height: Int, width: Int, channels: Int, rows: ClosedRange<Int>, columns: ClosedRange<Int>,
      gridHeight: Int, gridWidth: Int, strideHeight: Int, strideWidth: Int, elementWidth: Int
    ) {
      self.height = height
      self.width = width
      self.channels = channels
      self.rows = rows
      self.columns = columns
      self.gridWidth = gridWidth
      self.strideHeight = strideHeight
      self.strideWidth = strideWidth
      self.elementWidth = elementWidth
      let inside =
        rows.lowerBound >= 0 && columns.lowerBound >= 0
        && (gridHeight - 1) * strideHeight + rows.upperBound < height
        && (gridWidth - 1) * strideWidth + columns.upperBound < width
      // Pixels a multiple of a page apart would all fall into the same cache sets.
      self.copies = !inside || channels * strideWidth * elementWidth % 4096 == 0
    }

    /// Columns a copy has.
    var copyWidth: Int {
      (gridWidth - 1) * strideWidth + columns.upperBound - columns.lowerBound + 1
    }

    /// Bytes from one pixel of a copy to the next: the channels, and a line more where pixels would
    /// otherwise be a multiple of 2048 bytes apart.
    var copyPixel: Int {
      let bytes = channels * elementWidth
      return bytes * strideWidth % 2048 == 0 ? bytes + 64 : bytes
    }

    /// Rows a copy of so many grid rows has.
    func copyRows(_ gridRows: Int) -> Int {
      (gridRows - 1) * strideHeight + rows.upperBound - rows.lowerBound + 1
    }

    /// Bytes of a copy of so many grid rows of one image.
    func copyBytes(_ gridRows: Int) -> Int { copyRows(gridRows) * copyWidth * copyPixel }

    /// Bytes from one pixel, row to the next in what the kernels will read.
    var pixelStep: Int { copies ? copyPixel : channels * elementWidth }
    var rowStep: Int { copies ? copyWidth * copyPixel : width * channels * elementWidth }
  }

  /// Looks at images from `first` on and grid rows from `row` on.
  ///
  /// - Parameter scratch: room for `images * reach.copyBytes(rows)`, if the reach copies.
  init(
    _ reach: Reach, source: UnsafeRawPointer, firstImage: Int, images: Int, row: Int, rows: Int,
    scratch: UnsafeMutableRawPointer?
  ) {
    let width = reach.elementWidth
    let lineBytes = reach.channels * width
    let imageBytes = reach.height * reach.width * lineBytes
    let source = source + firstImage * imageBytes
    guard reach.copies, let scratch else {
      origin = source
      imageStep = imageBytes
      rowStep = reach.width * lineBytes
      pixelStep = lineBytes
      return
    }
    let pixel = reach.copyPixel
    let copyRow = reach.copyWidth * pixel
    let copyRows = reach.copyRows(rows)
    let firstRow = row * reach.strideHeight + reach.rows.lowerBound
    let firstColumn = reach.columns.lowerBound
    // Columns of the copy that exist in the source.
    let begin = min(max(0, -firstColumn), reach.copyWidth)
    let end = max(begin, min(reach.copyWidth, reach.width - firstColumn))
    for image in 0..<images {
      for line in 0..<copyRows {
        let to = scratch + (image * copyRows + line) * copyRow
        let y = firstRow + line
        guard y >= 0, y < reach.height, begin < end else {
          to.initializeMemory(as: UInt8.self, repeating: 0, count: copyRow)
          continue
        }
        let from =
          source + image * imageBytes + (y * reach.width + firstColumn + begin) * lineBytes
        to.initializeMemory(as: UInt8.self, repeating: 0, count: begin * pixel)
        if pixel == lineBytes {
          (to + begin * pixel).copyMemory(from: from, byteCount: (end - begin) * pixel)
        } else {
          for x in 0..<end - begin {
            (to + (begin + x) * pixel).copyMemory(from: from + x * lineBytes, byteCount: lineBytes)
          }
        }
        (to + end * pixel).initializeMemory(
          as: UInt8.self, repeating: 0, count: (reach.copyWidth - end) * pixel)
      }
    }
    imageStep = copyRows * copyRow
    rowStep = copyRow
    pixelStep = pixel
    origin = UnsafeRawPointer(scratch) - firstRow * copyRow - firstColumn * pixel
  }
}
