import CKernels

/// The tiles that cover the grid of a 3 x 3 plan, and the transforms of one dtype.
struct WinogradTiles: @unchecked Sendable {
  let tiles: Tiles
  let transforms: UnsafePointer<tg_winograd>
  /// Positions at which products are taken.
  let points: Int
  let count: Int
  /// The source's patches and the target's tiles.
  let patches: tg_tile_map
  let squares: tg_tile_map

  /// - Parameter tile: 2 or 4.
  init(_ plan: ConvolutionPlan, _ tiles: Tiles, tile: Int) {
    self.tiles = tiles
    transforms = tiles.winograd(tile)
    points = (tile + 2) * (tile + 2)
    let down = (plan.targetHeight + tile - 1) / tile
    let across = (plan.targetWidth + tile - 1) / tile
    count = plan.batch * down * across
    patches = tg_tile_map(
      height: plan.sourceHeight, width: plan.sourceWidth, pixel_step: plan.sourceChannels,
      channels: plan.sourceChannels, tiles_down: down, tiles_across: across,
      origin_row: plan.tapRows[0].offset, origin_column: plan.tapColumns[0].offset)
    squares = tg_tile_map(
      height: plan.targetHeight, width: plan.targetWidth, pixel_step: plan.targetChannels,
      channels: plan.targetChannels, tiles_down: down, tiles_across: across, origin_row: 0,
      origin_column: 0)
  }

  /// How a block of points lies in memory: position by position, tile by tile, channel by channel.
  struct Layout {
    /// Elements from one tile, position to the next.
    let tileStep: Int
    let positionStep: Int
    let byteCount: Int

    init(_ tiles: Tiles, points: Int, count: Int, channels: Int) {
      let line = 64 / tiles.width
      var tileStep = tiles.padded(channels)
      // Rows a multiple of a page apart would all fall into the same cache sets.
      if tileStep * tiles.width % 2048 == 0 { tileStep += line }
      self.tileStep = tileStep
      positionStep = Layout.oddLines(count * tileStep, tiles)
      byteCount = points * positionStep * tiles.width
    }

    /// As many elements or a few more, so many that they are an odd number of cache lines: the
    /// transforms write to all positions at once, and each shall have a cache set of its own.
    static func oddLines(_ elements: Int, _ tiles: Tiles) -> Int {
      let line = 64 / tiles.width
      return ((elements + line - 1) / line | 1) * line
    }
  }

  func layout(count: Int, channels: Int) -> Layout {
    Layout(tiles, points: points, count: count, channels: channels)
  }

  /// A line of zeros, which stands for pixels outside, and one for what is written to them.
  func margin() -> (memory: Memory, zeros: UnsafeRawPointer, waste: UnsafeMutableRawPointer) {
    let channels = max(patches.channels, squares.channels) + 2 * tiles.lanes
    let bytes = channels * tiles.width
    let memory = Memory(byteCount: 2 * bytes)
    memory.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return (memory, UnsafeRawPointer(memory.pointer), memory.pointer + bytes)
  }
}
