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
    let groups: Int
    /// Whether a copy holds a line group by group: neighbouring pixels of one group side by side.
    let splitsGroups: Bool

    /// - Parameter clipsRows: whether no tap is read above or below the source; `clipsColumns`: nor
    ///   beside it; `splitsGroups`: whether to copy group by group.
    init(
      _ plan: ConvolutionPlan, _ tiles: Tiles, clipsRows: Bool = false, clipsColumns: Bool = false,
      splitsGroups: Bool = false
    ) {
      height = plan.sourceHeight
      width = plan.sourceWidth
      channels = plan.sourceChannels
      rows = plan.tapRows.first!.offset...plan.tapRows.last!.offset
      columns = plan.tapColumns.first!.offset...plan.tapColumns.last!.offset
      gridWidth = plan.gridWidth
      strideHeight = plan.sourceStrideHeight
      strideWidth = plan.sourceStrideWidth
      elementWidth = tiles.width
      let inside =
        (clipsRows
          || rows.lowerBound >= 0
            && (plan.gridHeight - 1) * strideHeight + rows.upperBound < height)
        && (clipsColumns
          || columns.lowerBound >= 0
            && (plan.gridWidth - 1) * strideWidth + columns.upperBound < width)
      // Pixels a multiple of a page apart would all fall into the same cache sets.
      copies = !inside || splitsGroups || channels * strideWidth * elementWidth % 4096 == 0
      groups = plan.groups
      self.splitsGroups = splitsGroups
    }

    /// Columns a copy has.
    var copyWidth: Int {
      (gridWidth - 1) * strideWidth + columns.upperBound - columns.lowerBound + 1
    }

    /// Bytes from one pixel of a copy to the next: the channels, and a line more where pixels would
    /// otherwise be a multiple of 2048 bytes apart.
    var copyPixel: Int {
      let bytes = channels / copyParts * elementWidth
      return bytes * strideWidth % 2048 == 0 ? bytes + 64 : bytes
    }

    /// Rows a copy of so many grid rows has.
    func copyRows(_ gridRows: Int) -> Int {
      (gridRows - 1) * strideHeight + rows.upperBound - rows.lowerBound + 1
    }

    /// Bytes that so many grid rows of one image read.
    func bytes(_ gridRows: Int) -> Int {
      copies ? copyBytes(gridRows) : min(height, copyRows(gridRows)) * rowStep
    }

    /// The lines of the source, counted over all images, that some rows of the grid read.
    func lines(images: Range<Int>, rows gridRows: Range<Int>) -> Range<Int> {
      let first = gridRows.lowerBound * strideHeight + rows.lowerBound
      let last = (gridRows.upperBound - 1) * strideHeight + rows.upperBound
      let begin = images.lowerBound * height + min(max(0, first), height)
      let end = (images.upperBound - 1) * height + min(max(0, last + 1), height)
      return begin..<max(begin, end)
    }

    /// Parts of a copy's line that hold each of its pixels, and the bytes of a line.
    private var copyParts: Int { splitsGroups ? groups : 1 }
    var copyRow: Int { copyParts * copyWidth * copyPixel }

    /// Bytes of a copy of so many grid rows of one image.
    func copyBytes(_ gridRows: Int) -> Int { copyRows(gridRows) * copyRow }

    /// Bytes from one group of channels, pixel, row to the next in what the kernels will read.
    var groupStep: Int {
      splitsGroups ? copyWidth * copyPixel : channels / groups * elementWidth
    }
    var pixelStep: Int { copies ? copyPixel : channels * elementWidth }
    var rowStep: Int { copies ? copyRow : width * channels * elementWidth }
  }

  /// How a grid is cut into blocks that fit the second-level cache: several whole images, or some
  /// rows of one.
  struct Cut {
    var images: Int
    var rows: Int
    let batch: Int
    let gridHeight: Int

    /// - Parameters:
    ///   - budget: bytes that one block's source and target may take.
    ///   - targetRow: bytes of the target that a row of the grid touches.
    ///   - leastRows: a block of fewer rows would copy most of them twice.
    init(
      _ reach: Reach, batch: Int, gridHeight: Int, targetRow: Int, leastRows: Int,
      budget: Int = 256 << 10
    ) {
      self.batch = batch
      self.gridHeight = gridHeight
      func bytes(_ rows: Int) -> Int { reach.bytes(rows) + rows * targetRow }
      let image = bytes(gridHeight)
      if image <= budget {
        images = min(batch, max(1, budget / max(1, image)))
        rows = gridHeight
      } else {
        let first = bytes(1)
        let more = gridHeight > 1 ? max(1, (image - first) / (gridHeight - 1)) : 1
        images = 1
        rows = min(gridHeight, max(1 + max(0, budget - first) / more, leastRows))
      }
    }

    var imageBlocks: Int { (batch + images - 1) / images }
    var rowBlocks: Int { (gridHeight + rows - 1) / rows }
    var blocks: Int { imageBlocks * rowBlocks }

    /// The images of a block.
    func images(_ block: Int) -> Range<Int> {
      let index = block / rowBlocks
      return (0..<batch).part(index, of: imageBlocks)
    }

    /// The grid rows of a block.
    func rows(_ block: Int) -> Range<Int> {
      let index = block % rowBlocks
      return (0..<gridHeight).part(index, of: rowBlocks)
    }
  }

  /// Looks at images from `first` on and grid rows from `row` on.
  ///
  /// - Parameter scratch: room for `images * reach.copyBytes(rows)`, if the reach copies.
  init(
    _ reach: Reach, _ tiles: Tiles, source: UnsafeRawPointer, firstImage: Int, images: Int,
    row: Int, rows: Int, scratch: UnsafeMutableRawPointer?
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
    let copyRow = reach.copyRow
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
        if reach.splitsGroups {
          if begin > 0 || end < reach.copyWidth {
            to.initializeMemory(as: UInt8.self, repeating: 0, count: copyRow)
          }
          let count = reach.channels / reach.groups
          let last = reach.groups - 1
          if count == 1 {
            // Groups are rows of a transposed matrix; behind each come zeros.
            tiles.packTransposed(
              from, into: to + begin * pixel, rows: last, columns: end - begin,
              padded: reach.copyWidth, step: reach.channels)
          }
          for group in (count == 1 ? last : 0)...last {
            tiles.pack(
              from + group * pixel, into: to + group * reach.groupStep + begin * pixel,
              rows: end - begin, columns: count, padded: count, step: reach.channels)
          }
          continue
        }
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
