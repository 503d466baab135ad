import Foundation
import Tensors

extension Plane {
  /// The plane smoothed by a Gaussian, reflected at the border.
  ///
  /// The kernel is cut at 3 standard deviations and sums to 1. Cost: two passes of
  /// `2 * ceil(3 * deviation) + 1` products a pixel. A deviation of 0 or less changes nothing.
  public func gaussianBlurred(deviation: Float) -> Plane {
    guard deviation > 0 else { return self }
    let kernel = Self.gaussianKernel(deviation: deviation)
    return convolvedAlongRows(kernel).convolvedAlongColumns(kernel)
  }

  /// The right half of the kernel, from its centre outwards.
  package static func gaussianKernel(deviation: Float) -> [Float] {
    let radius = max(1, Int((3 * deviation).rounded(.up)))
    var half = (0...radius).map { step -> Float in
      let t = Float(step) / deviation
      return Foundation.exp(-0.5 * t * t)
    }
    let sum = half[0] + 2 * half[1...].reduce(0, +)
    for step in half.indices { half[step] /= sum }
    return half
  }

  private func convolvedAlongRows(_ kernel: [Float]) -> Plane {
    let radius = kernel.count - 1
    var padded = [Float](repeating: 0, count: width + 2 * radius)
    let result = [Float](unsafeUninitializedCapacity: values.count) { out, count in
      values.withUnsafeBufferPointer { input in
        padded.withUnsafeMutableBufferPointer { line in
          for y in 0..<height {
            let row = y * width
            for x in 0..<width { line[radius + x] = input[row + x] }
            for x in 0..<radius {
              line[x] = input[row + Self.reflected(x - radius, count: width)]
              line[radius + width + x] = input[row + Self.reflected(width + x, count: width)]
            }
            for x in 0..<width { out[row + x] = kernel[0] * line[radius + x] }
            for step in 1...radius {
              let weight = kernel[step]
              for x in 0..<width {
                out[row + x] += weight * (line[radius + x - step] + line[radius + x + step])
              }
            }
          }
        }
      }
      count = values.count
    }
    return Plane(width: width, height: height, values: result)
  }

  private func convolvedAlongColumns(_ kernel: [Float]) -> Plane {
    let radius = kernel.count - 1
    let result = [Float](unsafeUninitializedCapacity: values.count) { out, count in
      values.withUnsafeBufferPointer { input in
        for y in 0..<height {
          let row = y * width
          for x in 0..<width { out[row + x] = kernel[0] * input[row + x] }
          for step in 1...radius {
            let weight = kernel[step]
            let above = Self.reflected(y - step, count: height) * width
            let below = Self.reflected(y + step, count: height) * width
            for x in 0..<width {
              out[row + x] += weight * (input[above + x] + input[below + x])
            }
          }
        }
      }
      count = values.count
    }
    return Plane(width: width, height: height, values: result)
  }

  /// Smooth random noise of mean 0 and variance 1 whose blobs are about `scale` pixels wide: a
  /// lattice of independent values, interpolated by cubic B-splines.
  ///
  /// Cost: 4 products a pixel and as many lattice values as fit into the plane.
  package static func smoothNoise<Generator: RandomNumberGenerator>(
    width: Int, height: Int, scale: Float, using generator: inout Generator
  ) -> Plane {
    let offset = (x: generator.uniform(), y: generator.uniform())
    let lattice = (
      width: Int(Float(width - 1) / scale + offset.x) + 4,
      height: Int(Float(height - 1) / scale + offset.y) + 4
    )
    // Uniform values of variance 1. Summed with spline weights they are close to normal. The sum
    // of the squared weights is on average (151 / 315)^2, which the scale makes good.
    let reach = Float(3).squareRoot() / (151.0 / 315.0)
    let values = (0..<(lattice.width * lattice.height)).map { _ in
      generator.uniform(-reach, reach)
    }
    return Plane(width: lattice.width, height: lattice.height, values: values).splineEnlarged(
      width: width, height: height, scale: scale, offset: offset)
  }

  /// A smooth surface over `width` x `height` pixels whose control points are this plane's values, `scale`
  /// pixels apart (uniform cubic B-splines). The surface is smooth, not exact: it does not pass
  /// through the values. `offset` moves it, in control points.
  ///
  /// Cost: 4 products a pixel, and 4 a pixel of a row for each row of control points.
  package func splineEnlarged(
    width newWidth: Int, height newHeight: Int, scale: Float,
    offset: (x: Float, y: Float) = (0, 0)
  ) -> Plane {
    let columns = Self.splineTaps(count: newWidth, scale: scale, offset: offset.x)
    let rows = Self.splineTaps(count: newHeight, scale: scale, offset: offset.y)
    guard columns.first.last! + 4 <= width, rows.first.last! + 4 <= height else {
      fail(
        "Plane.splineEnlarged",
        "\(width) x \(height) control points \(scale) pixels apart do not cover "
          + "\(newWidth) x \(newHeight)")
    }
    var widened = [Float](repeating: 0, count: height * newWidth)
    widened.withUnsafeMutableBufferPointer { out in
      values.withUnsafeBufferPointer { input in
        for j in 0..<(rows.first.last! + 4) {
          for x in 0..<newWidth {
            let i = j * width + columns.first[x]
            let w = columns.weights[x]
            out[j * newWidth + x] =
              w[0] * input[i] + w[1] * input[i + 1] + w[2] * input[i + 2] + w[3] * input[i + 3]
          }
        }
      }
    }
    let result = [Float](unsafeUninitializedCapacity: newWidth * newHeight) { out, count in
      widened.withUnsafeBufferPointer { input in
        for y in 0..<newHeight {
          let start = rows.first[y] * newWidth
          let w = rows.weights[y]
          for x in 0..<newWidth {
            let upper = w[0] * input[start + x] + w[1] * input[start + newWidth + x]
            let lower =
              w[2] * input[start + 2 * newWidth + x] + w[3] * input[start + 3 * newWidth + x]
            out[y * newWidth + x] = upper + lower
          }
        }
      }
      count = newWidth * newHeight
    }
    return Plane(width: newWidth, height: newHeight, values: result)
  }

  /// For each pixel of an axis, the first of its four lattice points and their weights.
  private static func splineTaps(
    count: Int, scale: Float, offset: Float
  ) -> (first: [Int], weights: [SIMD4<Float>]) {
    var first: [Int] = []
    var weights: [SIMD4<Float>] = []
    first.reserveCapacity(count)
    weights.reserveCapacity(count)
    for position in 0..<count {
      let u = Float(position) / scale + offset
      let cell = u.rounded(.down)
      let t = u - cell
      let s = 1 - t
      let inner = (3 * t - 6) * t * t + 4
      let outer = (3 * s - 6) * s * s + 4
      first.append(Int(cell))
      weights.append(SIMD4(s * s * s, inner, outer, t * t * t) / 6)
    }
    return (first, weights)
  }

  /// Independent normal values of mean 0 and variance 1 (Box and Muller).
  package static func whiteNoise<Generator: RandomNumberGenerator>(
    width: Int, height: Int, using generator: inout Generator
  ) -> Plane {
    var plane = Plane(width: width, height: height)
    plane.values.withUnsafeMutableBufferPointer { out in
      var index = 0
      while index < out.count {
        let radius = (-2 * Foundation.log(1 - generator.uniform())).squareRoot()
        let angle = 2 * Float.pi * generator.uniform()
        out[index] = radius * Foundation.cos(angle)
        if index + 1 < out.count { out[index + 1] = radius * Foundation.sin(angle) }
        index += 2
      }
    }
    return plane
  }
}
