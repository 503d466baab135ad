import Foundation

/// Where the membranes of one generated picture run: cells of a warped, stretched Voronoi diagram,
/// some of them joined to larger ones.
struct MembraneGeometry {
  let width: Int
  let height: Int
  /// The cell each pixel lies in.
  var cell: [Int32]
  /// The cell on the other side of the nearest membrane.
  var neighbor: [Int32]
  /// Distance in pixels to the middle of the nearest membrane.
  var distance: [Float]

  /// Draws the cells. `spacing` is the typical distance of two cell centres in pixels.
  init<Generator: RandomNumberGenerator>(
    width: Int, height: Int, spacing: Float, using generator: inout Generator
  ) {
    self.width = width
    self.height = height
    let warp = Warp(width: width, height: height, spacing: spacing, using: &generator)
    let seeds = Self.seeds(covering: warp, spacing: spacing, using: &generator)
    cell = [Int32](repeating: 0, count: width * height)
    neighbor = cell
    distance = [Float](repeating: 0, count: width * height)
    for top in stride(from: 0, to: height, by: 8) {
      for left in stride(from: 0, to: width, by: 8) {
        fill(
          rows: top..<min(top + 8, height), columns: left..<min(left + 8, width), warp: warp,
          seeds: seeds)
      }
    }
  }

  /// A point of the Voronoi diagram and the cell it belongs to.
  struct Seed {
    var x: Float
    var y: Float
    var group: Int32

    @inline(__always)
    func squaredDistance(x px: Float, y py: Float) -> Float {
      (x - px) * (x - px) + (y - py) * (y - py)
    }
  }

  /// Two nearest seeds of different cells for every pixel of a block. Only seeds that can matter
  /// somewhere in the block are looked at, so the cost does not grow with the picture.
  private mutating func fill(
    rows: Range<Int>, columns: Range<Int>, warp: Warp, seeds: [Seed]
  ) {
    let middle = (rows.lowerBound + rows.upperBound) / 2 * width
    let centre = middle + (columns.lowerBound + columns.upperBound) / 2
    let cx = warp.x.values[centre]
    let cy = warp.y.values[centre]
    var radius: Float = 0
    for y in rows {
      for x in columns {
        let dx = warp.x[x, y] - cx
        let dy = warp.y[x, y] - cy
        radius = max(radius, dx * dx + dy * dy)
      }
    }
    radius = radius.squareRoot()
    let far = seeds.map { seed -> Float in
      let dx = seed.x - cx
      let dy = seed.y - cy
      return (dx * dx + dy * dy).squareRoot()
    }
    let nearest = far.indices.min { far[$0] < far[$1] }!
    let second =
      far.indices.lazy.filter { seeds[$0].group != seeds[nearest].group }.map { far[$0] }.min()
      ?? 0
    let candidates = far.indices.filter { far[$0] <= second + 2 * radius }.map { seeds[$0] }
    for y in rows {
      for x in columns {
        fill(pixel: y * width + x, x: x, y: y, warp: warp, candidates: candidates)
      }
    }
  }

  /// The membrane nearest to a pixel. A cell is a union of convex polygons, one for each of its
  /// seeds: the depth in a polygon is the least distance to a bisector with a foreign seed, and
  /// the depth in the union the greatest of these.
  private mutating func fill(pixel: Int, x: Int, y: Int, warp: Warp, candidates: [Seed]) {
    let px = warp.x.values[pixel]
    let py = warp.y.values[pixel]
    var best = Float.infinity
    var own = candidates[0].group
    for seed in candidates {
      let square = seed.squaredDistance(x: px, y: py)
      if square < best {
        best = square
        own = seed.group
      }
    }
    // The slopes of the warp, which turn distances in the warped plane into pixels.
    let x0 = max(x - 1, 0)
    let x1 = min(x + 1, width - 1)
    let y0 = max(y - 1, 0)
    let y1 = min(y + 1, height - 1)
    let spanX = Float(max(x1 - x0, 1))
    let spanY = Float(max(y1 - y0, 1))
    let xx = (warp.x[x1, y] - warp.x[x0, y]) / spanX
    let yx = (warp.y[x1, y] - warp.y[x0, y]) / spanX
    let xy = (warp.x[x, y1] - warp.x[x, y0]) / spanY
    let yy = (warp.y[x, y1] - warp.y[x, y0]) / spanY
    var depth = -Float.infinity
    var across = own
    for inner in candidates where inner.group == own {
      let near = inner.squaredDistance(x: px, y: py)
      var least = Float.infinity
      var beyond = own
      for outer in candidates where outer.group != own {
        let nx = outer.x - inner.x
        let ny = outer.y - inner.y
        let gx = nx * xx + ny * yx
        let gy = nx * xy + ny * yy
        let slope = max(gx * gx + gy * gy, 0.06 * (nx * nx + ny * ny))
        let gap = outer.squaredDistance(x: px, y: py) - near
        // gap / (2 |n|) in the warped plane, divided by the stretch |g| / |n|.
        let bisector = gap / (2 * max(slope, 1e-12).squareRoot())
        if bisector < least {
          least = bisector
          beyond = outer.group
        }
      }
      if least > depth {
        depth = least
        across = beyond
      }
    }
    cell[pixel] = own
    neighbor[pixel] = across
    distance[pixel] = max(depth, 0)
  }

  /// Seeds on a strongly jittered lattice, with a few tight clusters (small round profiles) and
  /// with neighbours joined (large cells that are not convex).
  private static func seeds<Generator: RandomNumberGenerator>(
    covering warp: Warp, spacing: Float, using generator: inout Generator
  ) -> [Seed] {
    let margin = 2.5 * spacing
    let x0 = warp.x.values.min()! - margin
    let x1 = warp.x.values.max()! + margin
    let y0 = warp.y.values.min()! - margin
    let y1 = warp.y.values.max()! + margin
    var seeds: [Seed] = []
    var y = y0
    while y < y1 {
      var x = x0
      while x < x1 {
        let sx = x + generator.uniform(0.05, 0.95) * spacing
        let sy = y + generator.uniform(0.05, 0.95) * spacing
        seeds.append(Seed(x: sx, y: sy, group: Int32(seeds.count)))
        if generator.chance(0.13) {
          let turn = generator.uniform(0, 2 * .pi)
          let reach = generator.uniform(0.35, 0.5) * spacing
          seeds.append(
            Seed(
              x: sx + reach * Foundation.cos(turn), y: sy + reach * Foundation.sin(turn),
              group: Int32(seeds.count)))
        }
        x += spacing
      }
      y += spacing
    }
    for index in seeds.indices where generator.chance(0.3) {
      var nearest = index
      var best = Float.infinity
      let aside = generator.uniform(0.6, 1.6)
      for other in seeds.indices where seeds[other].group != seeds[index].group {
        let dx = seeds[other].x - seeds[index].x
        let dy = (seeds[other].y - seeds[index].y) * aside
        let square = dx * dx + dy * dy
        if square < best {
          best = square
          nearest = other
        }
      }
      let joined = seeds[nearest].group
      let kept = seeds[index].group
      for other in seeds.indices where seeds[other].group == joined { seeds[other].group = kept }
    }
    return seeds
  }
}

/// The smooth map from pixels into the plane of the Voronoi diagram: a turn, a stretch along one
/// direction and two scales of bending.
struct Warp {
  var x: Plane
  var y: Plane

  init<Generator: RandomNumberGenerator>(
    width: Int, height: Int, spacing: Float, using generator: inout Generator
  ) {
    let turn = generator.uniform(0, .pi)
    let stretch = generator.uniform(1, 1.35)
    let c = Foundation.cos(turn)
    let s = Foundation.sin(turn)
    x = Plane(width: width, height: height)
    y = x
    let wide = 0.20 * spacing
    let narrow = 0.035 * spacing
    let wideX = Plane.smoothNoise(
      width: width, height: height, scale: 0.8 * spacing, using: &generator)
    let wideY = Plane.smoothNoise(
      width: width, height: height, scale: 0.8 * spacing, using: &generator)
    let narrowX = Plane.smoothNoise(
      width: width, height: height, scale: 0.22 * spacing, using: &generator)
    let narrowY = Plane.smoothNoise(
      width: width, height: height, scale: 0.22 * spacing, using: &generator)
    for row in 0..<height {
      for column in 0..<width {
        let i = row * width + column
        let bentX = Float(column) + wide * wideX.values[i] + narrow * narrowX.values[i]
        let bentY = Float(row) + wide * wideY.values[i] + narrow * narrowY.values[i]
        x.values[i] = (c * bentX + s * bentY) * stretch
        y.values[i] = (c * bentY - s * bentX) / stretch
      }
    }
  }
}
