import Foundation

/// A linear map of the plane and a move: x' = xx x + xy y + x0, y' = yx x + yy y + y0.
struct AffineMap: Equatable {
  var xx: Float = 1
  var xy: Float = 0
  var yx: Float = 0
  var yy: Float = 1
  var x0: Float = 0
  var y0: Float = 0

  static let identity = AffineMap()

  /// The map that first applies `first`, then this one.
  func after(_ first: AffineMap) -> AffineMap {
    AffineMap(
      xx: xx * first.xx + xy * first.yx, xy: xx * first.xy + xy * first.yy,
      yx: yx * first.xx + yy * first.yx, yy: yx * first.xy + yy * first.yy,
      x0: xx * first.x0 + xy * first.y0 + x0, y0: yx * first.x0 + yy * first.y0 + y0)
  }
}

/// The geometric steps of one augmentation, drawn: where each pixel of the result comes from.
struct GeometricWarp {
  let width: Int
  let height: Int
  /// From a pixel of the result (seen from the centre) to the original (seen from the centre).
  private(set) var source = AffineMap.identity
  /// Elastic displacement in x and y, of every pixel of the result.
  private(set) var displacement: (x: Plane, y: Plane)?

  /// Draws the geometric steps among `steps`; the others draw nothing here.
  init<Generator: RandomNumberGenerator>(
    steps: [Augmentation.Step], width: Int, height: Int, using generator: inout Generator
  ) {
    self.width = width
    self.height = height
    for step in steps { draw(step, using: &generator) }
  }

  private mutating func draw<Generator: RandomNumberGenerator>(
    _ step: Augmentation.Step, using generator: inout Generator
  ) {
    switch step {
    case .brightness, .contrast, .noise: return
    default: guard generator.chance(step.probability) else { return }
    }
    // The inverse of each step is appended: the first step of the list is undone last.
    switch step {
    case .flipHorizontally:
      source = source.after(AffineMap(xx: -1))
    case .flipVertically:
      source = source.after(AffineMap(yy: -1))
    case .quarterTurns:
      let turns = width == height ? generator.below(4) : 2 * generator.below(2)
      let maps = [
        AffineMap.identity, AffineMap(xx: 0, xy: 1, yx: -1, yy: 0), AffineMap(xx: -1, yy: -1),
        AffineMap(xx: 0, xy: -1, yx: 1, yy: 0),
      ]
      source = source.after(maps[turns])
    case .rotation(let degrees, _):
      let angle = generator.uniform(degrees.lowerBound, degrees.upperBound) * .pi / 180
      let c = Foundation.cos(angle)
      let s = Foundation.sin(angle)
      source = source.after(AffineMap(xx: c, xy: s, yx: -s, yy: c))
    case .shear(let degrees, _):
      let angle = generator.uniform(degrees.lowerBound, degrees.upperBound) * .pi / 180
      source = source.after(AffineMap(xy: -Foundation.tan(angle)))
    case .shift(let pixels, _):
      let x = generator.uniform(pixels.lowerBound, pixels.upperBound)
      let y = generator.uniform(pixels.lowerBound, pixels.upperBound)
      source = source.after(AffineMap(x0: -x, y0: -y))
    case .scale(let range, _):
      let factor = generator.uniform(range.lowerBound, range.upperBound)
      source = source.after(AffineMap(xx: 1 / factor, yy: 1 / factor))
    case .elastic(let amount, let smoothness, _):
      let field = Self.elasticField(
        width: width, height: height, amount: amount, smoothness: smoothness, using: &generator)
      if let earlier = displacement {
        displacement = (Self.sum(earlier.x, field.x), Self.sum(earlier.y, field.y))
      } else {
        displacement = field
      }
    case .brightness, .contrast, .noise:
      return
    }
  }

  private static func sum(_ a: Plane, _ b: Plane) -> Plane {
    Plane(width: a.width, height: a.height, values: zip(a.values, b.values).map { $0 + $1 })
  }

  /// Two independent fields of Gaussian-smoothed white noise.
  ///
  /// Noise smoothed by a Gaussian of `smoothness` pixels holds next to nothing (3e-9 of its
  /// amplitude) above the frequencies that a lattice of half that spacing carries. So it is drawn and
  /// smoothed on that lattice and interpolated by cubic B-splines, which add a variance of 1/3
  /// cell to the smoothing.
  private static func elasticField<Generator: RandomNumberGenerator>(
    width: Int, height: Int, amount: Float, smoothness: Float, using generator: inout Generator
  ) -> (x: Plane, y: Plane) {
    let cell = max(1, smoothness / 2)
    let total = smoothness / cell
    let smoothing = max(total * total - 1.0 / 3, 0.05).squareRoot()
    // Smoothing white noise of variance 1 by a Gaussian of s cells leaves a standard deviation of
    // 1 / (2 sqrt(pi) s).
    let scale = amount * 2 * Float.pi.squareRoot() * total
    let margin = 8
    let columns = Int(Float(width) / cell) + 6 + 2 * margin
    let rows = Int(Float(height) / cell) + 6 + 2 * margin
    func field(_ generator: inout Generator) -> Plane {
      let reach = Float(3).squareRoot()
      let white = Plane(
        width: columns, height: rows,
        values: (0..<(columns * rows)).map { _ in scale * generator.uniform(-reach, reach) })
      let smooth = white.gaussianBlurred(deviation: smoothing).cropped(
        x: margin, y: margin, width: columns - 2 * margin, height: rows - 2 * margin)
      return smooth.splineEnlarged(width: width, height: height, scale: cell)
    }
    let x = field(&generator)
    return (x, field(&generator))
  }

  /// The planes as seen through the warp.
  func resample(images: [Plane], masks: [Plane]) -> (images: [Plane], masks: [Plane]) {
    if source == .identity && displacement == nil { return (images, masks) }
    var newImages = images
    var newMasks = masks
    var xs = [Float](repeating: 0, count: width)
    var ys = xs
    for row in 0..<height {
      locate(row: row, &xs, &ys)
      for plane in images.indices {
        newImages[plane].sampleRow(row, from: images[plane], xs: xs, ys: ys, nearest: false)
      }
      for plane in masks.indices {
        newMasks[plane].sampleRow(row, from: masks[plane], xs: xs, ys: ys, nearest: true)
      }
    }
    return (newImages, newMasks)
  }

  /// Where the pixels of a row of the result lie in the original.
  private func locate(row: Int, _ xs: inout [Float], _ ys: inout [Float]) {
    let centreX = 0.5 * Float(width - 1)
    let centreY = 0.5 * Float(height - 1)
    let map = source
    if let displacement {
      let start = row * width
      let v = Float(row) - centreY
      displacement.x.values.withUnsafeBufferPointer { dx in
        displacement.y.values.withUnsafeBufferPointer { dy in
          for column in 0..<width {
            let u = Float(column) - centreX + dx[start + column]
            let w = v + dy[start + column]
            xs[column] = map.xx * u + map.xy * w + map.x0 + centreX
            ys[column] = map.yx * u + map.yy * w + map.y0 + centreY
          }
        }
      }
    } else {
      let v = Float(row) - centreY
      for column in 0..<width {
        let u = Float(column) - centreX
        xs[column] = map.xx * u + map.xy * v + map.x0 + centreX
        ys[column] = map.yx * u + map.yy * v + map.y0 + centreY
      }
    }
  }
}

extension Plane {
  /// Fills one row with the values of another plane at the given points.
  fileprivate mutating func sampleRow(
    _ row: Int, from original: Plane, xs: [Float], ys: [Float], nearest: Bool
  ) {
    let start = row * width
    let right = Float(original.width - 1)
    let bottom = Float(original.height - 1)
    let stride = original.width
    let count = width
    values.withUnsafeMutableBufferPointer { out in
      original.values.withUnsafeBufferPointer { input in
        for column in 0..<count {
          let x = xs[column]
          let y = ys[column]
          if nearest {
            let nx = x + 0.5
            let ny = y + 0.5
            if nx >= 0 && ny >= 0 && nx < right + 1 && ny < bottom + 1 {
              out[start + column] = input[Int(ny) * stride + Int(nx)]
            } else {
              out[start + column] = original.nearest(x: x, y: y)
            }
          } else if x >= 0 && y >= 0 && x < right && y < bottom {
            let left = Int(x)
            let top = Int(y)
            let fx = x - Float(left)
            let fy = y - Float(top)
            let i = top * stride + left
            let upper = input[i] + fx * (input[i + 1] - input[i])
            let lower = input[i + stride] + fx * (input[i + stride + 1] - input[i + stride])
            out[start + column] = upper + fy * (lower - upper)
          } else {
            out[start + column] = original.bilinear(x: x, y: y)
          }
        }
      }
    }
  }
}
