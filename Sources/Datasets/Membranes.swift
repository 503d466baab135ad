import Foundation
import Tensors

/// A generator of pictures like electron micrographs of nerve tissue, with the truth about where
/// the cell membranes are.
///
/// Each picture is 8-bit grey in 0 ... 1; in its mask 1 is membrane. What makes the pictures hard
/// is what makes real ones hard: membranes vary in width and contrast, fade, and are interrupted
/// for a few pixels (the mask runs on through the gap); mitochondria, vesicles and filaments are
/// as dark as membranes and are not in the mask; cells differ in brightness; illumination is
/// uneven; noise depends on brightness. A global threshold on the smoothed picture gets a Dice
/// score of about 0.5 (see ``bestThresholdScore(training:heldOut:)``).
///
/// Sample `i` is a pure function of the generator's properties and `i`. The pictures are drawn
/// from scratch: no pixel of any real data set is in them.
///
/// Cost: some 5 ms for 128 x 128 pixels on one core, in proportion to the area.
public struct Membranes: Sendable {
  /// Width of the pictures in pixels; at least 32.
  public var width: Int
  /// Height of the pictures in pixels; at least 32.
  public var height: Int
  /// Pictures of different seeds are unrelated.
  public var seed: UInt64
  /// 0: clean, unbroken, evenly dark membranes; 1: as described; between: in between. Scales the
  /// noise, the fading and the gaps.
  public var difficulty: Float

  /// A generator of pictures of the given size. Stops for sides under 32 pixels and for a
  /// difficulty outside 0 ... 1.
  public init(width: Int = 128, height: Int = 128, seed: UInt64 = 0, difficulty: Float = 1) {
    guard width >= 32, height >= 32 else {
      fail("Membranes", "sides must be at least 32 pixels, they are \(width) x \(height)")
    }
    guard difficulty >= 0, difficulty <= 1 else {
      fail("Membranes", "difficulty must lie in 0 ... 1, it is \(difficulty)")
    }
    self.width = width
    self.height = height
    self.seed = seed
    self.difficulty = difficulty
  }

  /// Picture number `index` and its mask.
  public func sample(_ index: Int) -> SegmentationSample {
    var generator = SeededGenerator(
      seed: seed, domain: .membranes, stream: UInt64(truncatingIfNeeded: index))
    let lineWidth = generator.uniform(3.9, 5.0)
    let spacing = lineWidth * generator.uniform(7.2, 9.4)
    let geometry = MembraneGeometry(
      width: width, height: height, spacing: spacing, using: &generator)
    var painter = MembranePainter(
      geometry: geometry, lineWidth: lineWidth, difficulty: difficulty, using: &generator)
    painter.paintCytoplasm(using: &generator)
    painter.paintOrganelles(using: &generator)
    painter.paintMembranes(using: &generator)
    return SegmentationSample(
      image: painter.photographed(using: &generator), mask: painter.mask)
  }

  /// Pictures `indices`, made one after the other.
  public func samples(_ indices: Range<Int>) -> [SegmentationSample] {
    indices.map { sample($0) }
  }
}

/// A smooth step from 0 at `low` to 1 at `high`.
@inline(__always)
func smoothStep(_ low: Float, _ high: Float, _ x: Float) -> Float {
  let t = min(max((x - low) / (high - low), 0), 1)
  return t * t * (3 - 2 * t)
}

/// Paints one picture over its geometry.
struct MembranePainter {
  let geometry: MembraneGeometry
  let difficulty: Float
  private let width: Int
  private let height: Int
  /// Reflectance before the camera: 0 black, 1 white.
  private(set) var picture: Plane
  private(set) var mask: Plane
  /// Width of the membrane nearest to each pixel.
  private var lineWidth: Plane
  /// A number of this picture from which the traits of cells and membranes are derived.
  private let traits: UInt64

  init<Generator: RandomNumberGenerator>(
    geometry: MembraneGeometry, lineWidth base: Float, difficulty: Float,
    using generator: inout Generator
  ) {
    self.geometry = geometry
    self.difficulty = difficulty
    width = geometry.width
    height = geometry.height
    traits = generator.next()
    picture = Plane(width: width, height: height)
    mask = picture
    lineWidth = Plane.smoothNoise(width: width, height: height, scale: 14, using: &generator)
    for i in lineWidth.values.indices {
      let own = base * (1 + 0.36 * (trait(ofEdgeAt: i, 0) - 0.5))
      lineWidth.values[i] = max(3.0, own * (1 + 0.14 * lineWidth.values[i]))
      mask.values[i] = geometry.distance[i] < 0.5 * lineWidth.values[i] ? 1 : 0
    }
  }

  /// A fixed random number in [0, 1) for each cell.
  private func trait(ofCell cell: Int32, _ which: UInt32) -> Float {
    trait(UInt32(bitPattern: cell), .max, which)
  }

  /// A fixed random number in [0, 1) for each pair of cells, the same from both sides.
  private func trait(ofEdgeAt pixel: Int, _ which: UInt32) -> Float {
    let a = UInt32(bitPattern: geometry.cell[pixel])
    let b = UInt32(bitPattern: geometry.neighbor[pixel])
    return trait(min(a, b), max(a, b), which)
  }

  /// A hash (the finaliser of SplitMix64) of two numbers and the picture.
  private func trait(_ a: UInt32, _ b: UInt32, _ which: UInt32) -> Float {
    var z = traits &+ (UInt64(b) << 32 | UInt64(a)) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(which)
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(z >> 40) * 0x1p-24
  }

  // MARK: - Inside the cells

  /// Cells of different brightness, textured by noise of three scales, with grey smudges where a
  /// membrane was cut at a slant.
  mutating func paintCytoplasm<Generator: RandomNumberGenerator>(
    using generator: inout Generator
  ) {
    let fine = Plane.smoothNoise(width: width, height: height, scale: 1.7, using: &generator)
    let medium = Plane.smoothNoise(width: width, height: height, scale: 3.4, using: &generator)
    let coarse = Plane.smoothNoise(width: width, height: height, scale: 10, using: &generator)
    let smudge = Plane.smoothNoise(width: width, height: height, scale: 16, using: &generator)
    for i in picture.values.indices {
      let cell = geometry.cell[i]
      let dark = trait(ofCell: cell, 2) < 0.2
      let brightness = (dark ? 0.46 : 0.61) + 0.12 * (trait(ofCell: cell, 3) - 0.5)
      let grain = 0.6 + 0.9 * trait(ofCell: cell, 4)
      var texture = 0.045 * fine.values[i] + 0.055 * medium.values[i] + 0.03 * coarse.values[i]
      texture *= grain
      let stain = 0.15 * smoothStep(0.9, 1.9, smudge.values[i])
      picture.values[i] = brightness + texture - stain
    }
  }

  mutating func paintOrganelles<Generator: RandomNumberGenerator>(
    using generator: inout Generator
  ) {
    let area = Float(width * height)
    for _ in 0..<Int(area / 2200 * generator.uniform(0.5, 1.5)) {
      paintMitochondrion(using: &generator)
    }
    for _ in 0..<Int(area / 2000 * generator.uniform(0.5, 1.5)) {
      paintVesicles(using: &generator)
    }
    for _ in 0..<Int(area / 2000 * generator.uniform(0.4, 1.6)) {
      paintFilament(using: &generator)
    }
  }

  /// A random pixel at least `clearance` away from the middle of any membrane, if one is found.
  private func place<Generator: RandomNumberGenerator>(
    clearance: Float, using generator: inout Generator
  ) -> (x: Int, y: Int)? {
    for _ in 0..<12 {
      let x = generator.below(width)
      let y = generator.below(height)
      if geometry.distance[y * width + x] > clearance { return (x, y) }
    }
    return nil
  }

  /// 1 well inside a cell, 0 on its membrane: keeps organelles off the membranes.
  private func inside(_ pixel: Int) -> Float {
    let gap = geometry.distance[pixel] - 0.5 * lineWidth.values[pixel]
    return smoothStep(0.6, 2.2, gap)
  }

  /// Pixels of the picture within `reach` of a point.
  private func around(
    x: Float, y: Float, reach: Float, _ body: (_ x: Int, _ y: Int, _ pixel: Int) -> Void
  ) {
    let top = max(0, Int(y - reach))
    let left = max(0, Int(x - reach))
    for row in stride(from: top, to: min(height, Int(y + reach) + 2), by: 1) {
      for column in stride(from: left, to: min(width, Int(x + reach) + 2), by: 1) {
        body(column, row, row * width + column)
      }
    }
  }

  /// A dark ellipse with an outline as dark as a membrane and with stripes (cristae).
  private mutating func paintMitochondrion<Generator: RandomNumberGenerator>(
    using generator: inout Generator
  ) {
    let short = generator.uniform(4.5, 9)
    let long = short * generator.uniform(1, 2.1)
    let turn = generator.uniform(0, .pi)
    let waves = generator.uniform(1.4, 2.4)
    let phase = generator.uniform(0, 2 * .pi)
    let body = generator.uniform(0.28, 0.42)
    let stripes = generator.uniform(0.04, 0.10)
    let outline = generator.uniform(0.16, 0.30)
    guard let centre = place(clearance: 0.75 * short + 3, using: &generator) else { return }
    let c = Foundation.cos(turn)
    let s = Foundation.sin(turn)
    var painted = picture.values
    around(x: Float(centre.x), y: Float(centre.y), reach: long + 3) { x, y, pixel in
      let dx = Float(x - centre.x)
      let dy = Float(y - centre.y)
      let u = (c * dx + s * dy) / long
      let v = (c * dy - s * dx) / short
      let r = (u * u + v * v).squareRoot()
      let rim = (r - 1) * short
      guard rim < 3 else { return }
      let free = inside(pixel)
      let filled = free * smoothStep(0.8, -0.8, rim)
      let wave = Foundation.sin(u * long / waves + phase + 1.5 * v)
      let inner = body + stripes * wave
      painted[pixel] += filled * 0.85 * (inner - painted[pixel])
      painted[pixel] -= free * outline * Foundation.exp(-0.5 * rim * rim / 1.1)
    }
    picture.values = painted
  }

  /// A cloud of small dark rings and dots.
  private mutating func paintVesicles<Generator: RandomNumberGenerator>(
    using generator: inout Generator
  ) {
    guard let centre = place(clearance: 5, using: &generator) else { return }
    let cell = geometry.cell[centre.y * width + centre.x]
    let count = 3 + generator.below(16)
    let spread = generator.uniform(4, 10)
    for _ in 0..<count {
      let x = Float(centre.x) + spread * generator.uniform(-1, 1) * generator.uniform(0.2, 1)
      let y = Float(centre.y) + spread * generator.uniform(-1, 1) * generator.uniform(0.2, 1)
      let radius = generator.uniform(1.4, 3.0)
      let depth = generator.uniform(0.12, 0.30)
      let solid = generator.chance(0.35)
      var painted = picture.values
      around(x: x, y: y, reach: radius + 2.5) { column, row, pixel in
        guard geometry.cell[pixel] == cell else { return }
        let dx = Float(column) - x
        let dy = Float(row) - y
        let rim = (dx * dx + dy * dy).squareRoot() - radius
        let shade =
          solid ? smoothStep(0.8, -0.8, rim) : Foundation.exp(-0.5 * rim * rim / 0.55)
        let darkest = max(painted[pixel] - depth, 0.24)
        painted[pixel] += inside(pixel) * shade * min(darkest - painted[pixel], 0)
      }
      picture.values = painted
    }
  }

  /// A short thin curve inside a cell: a microtubule or a sheet of reticulum seen edge on.
  private mutating func paintFilament<Generator: RandomNumberGenerator>(
    using generator: inout Generator
  ) {
    guard let start = place(clearance: 5, using: &generator) else { return }
    let cell = geometry.cell[start.y * width + start.x]
    var x = Float(start.x)
    var y = Float(start.y)
    var turn = generator.uniform(0, 2 * .pi)
    let bend = generator.uniform(-0.09, 0.09)
    let depth = generator.uniform(0.08, 0.20)
    let steps = 8 + generator.below(18)
    var painted = picture.values
    for _ in 0..<steps {
      around(x: x, y: y, reach: 1.6) { column, row, pixel in
        guard geometry.cell[pixel] == cell else { return }
        let dx = Float(column) - x
        let dy = Float(row) - y
        painted[pixel] -=
          inside(pixel) * 0.62 * depth * Foundation.exp(-0.5 * (dx * dx + dy * dy) / 0.5)
      }
      x += Foundation.cos(turn)
      y += Foundation.sin(turn)
      turn += bend
    }
    picture.values = painted
  }

  // MARK: - Membranes and camera

  /// Dark lines of each membrane's own contrast, fading and interrupted here and there.
  mutating func paintMembranes<Generator: RandomNumberGenerator>(
    using generator: inout Generator
  ) {
    let fading = Plane.smoothNoise(width: width, height: height, scale: 22, using: &generator)
    let gaps = Plane.smoothNoise(width: width, height: height, scale: 5.5, using: &generator)
    let softness = Plane.smoothNoise(width: width, height: height, scale: 12, using: &generator)
    let grain = Plane.smoothNoise(width: width, height: height, scale: 2.2, using: &generator)
    for i in picture.values.indices {
      let half = 0.5 * lineWidth.values[i]
      let distance = geometry.distance[i]
      guard distance < 4 * half else { continue }
      let soft = difficulty * smoothStep(0.6, 1.8, softness.values[i])
      let reach = half * (1 + 0.4 * soft)
      let t = distance / reach
      let profile = 1 / (1 + t * t * t * t * t * t)
      var depth = 0.36 * (0.85 + 0.4 * trait(ofEdgeAt: i, 1)) / (1 + 0.25 * soft)
      depth *= 1 + difficulty * 0.13 * min(max(fading.values[i], -2), 2)
      depth *= 1 - difficulty * 0.92 * smoothStep(1.3, 1.8, gaps.values[i])
      depth *= 1 + 0.16 * grain.values[i]
      picture.values[i] -= depth * profile
    }
  }

  /// The picture as the camera sees it: unevenly lit, slightly out of focus, noisy, in 256 greys.
  func photographed<Generator: RandomNumberGenerator>(
    using generator: inout Generator
  ) -> Plane {
    let light = Plane.smoothNoise(width: width, height: height, scale: 60, using: &generator)
    let slopeX = generator.uniform(-0.10, 0.10) / Float(width)
    let slopeY = generator.uniform(-0.10, 0.10) / Float(height)
    let contrast = generator.uniform(0.88, 1.12)
    let offset = generator.uniform(-0.05, 0.05)
    let blur = generator.uniform(0.55, 0.95)
    let shot = difficulty * generator.uniform(0.07, 0.12)
    let readout = difficulty * generator.uniform(0.02, 0.045)
    let quantum = Plane.whiteNoise(width: width, height: height, using: &generator)
    let electronic = Plane.whiteNoise(width: width, height: height, using: &generator)
    var seen = picture
    for i in seen.values.indices {
      let x = Float(i % width) - 0.5 * Float(width)
      let y = Float(i / width) - 0.5 * Float(height)
      let lit = 1 + 0.07 * light.values[i] + slopeX * x + slopeY * y
      let signal = 0.55 + contrast * (seen.values[i] * lit - 0.55) + offset
      seen.values[i] = signal + shot * max(signal, 0.02).squareRoot() * quantum.values[i]
    }
    seen = seen.gaussianBlurred(deviation: blur)
    for i in seen.values.indices {
      let value = seen.values[i] + readout * electronic.values[i]
      seen.values[i] = (min(max(value, 0), 1) * 255).rounded() / 255
    }
    return seen
  }
}
