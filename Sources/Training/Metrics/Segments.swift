import Tensors

/// A picture cut into segments: each pixel carries the number of its segment from 1 upwards, or 0
/// for a pixel of no segment (a border).
public struct Segments: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public let labels: [Int32]
  /// The number of segments; labels run from 1 to this.
  public let count: Int

  /// The connected components of the pixels that are `true`: pixels that share a side belong
  /// together (4-connectivity), the rest is border. Numbered column by column, in the order in which
  /// a component's first pixel is met. Stops if the number of pixels does not fit.
  ///
  /// Cost: two looks at each pixel.
  public init(componentsOf inside: [Bool], width: Int, height: Int) {
    guard width > 0, height > 0, inside.count == width * height else {
      fail("Segments", "\(width) x \(height) pixels wanted, there are \(inside.count)")
    }
    var labels = [Int32](repeating: 0, count: inside.count)
    var next: Int32 = 0
    var queue: [Int] = []
    for x in 0..<width {
      for y in 0..<height where inside[y * width + x] && labels[y * width + x] == 0 {
        next += 1
        labels[y * width + x] = next
        queue.append(y * width + x)
        while let pixel = queue.popLast() {
          Segments.neighbors(of: pixel, width: width, height: height) { other in
            if inside[other] && labels[other] == 0 {
              labels[other] = next
              queue.append(other)
            }
          }
        }
      }
    }
    self.init(width: width, height: height, labels: labels, count: Int(next))
  }

  private init(width: Int, height: Int, labels: [Int32], count: Int) {
    self.width = width
    self.height = height
    self.labels = labels
    self.count = count
  }

  /// The same segments grown into the borders until only lines one pixel wide are left between
  /// them.
  ///
  /// This is the flooding of the watershed transform (Vincent and Soille 1991) for a picture of two
  /// levels, in the order in which the reference implementation of the ISBI 2012 scores floods: the
  /// border pixels are visited breadth first, from those that touch a segment, column by column. A
  /// pixel whose neighbours carry one number takes it; one that touches two different segments, or
  /// only lines, becomes a line. Without any segment the whole picture becomes one.
  ///
  /// Cost: one visit for each border pixel.
  public func bordersThinned() -> Segments {
    guard count > 0 else {
      return Segments(
        width: width, height: height, labels: [Int32](repeating: 1, count: labels.count), count: 1)
    }
    var grown = labels
    var seen = labels.map { $0 != 0 }
    var queue: [Int] = []
    queue.reserveCapacity(labels.count)
    for x in 0..<width {
      for y in 0..<height where labels[y * width + x] == 0 {
        var touches = false
        Segments.neighbors(of: y * width + x, width: width, height: height) {
          if labels[$0] != 0 { touches = true }
        }
        if touches {
          queue.append(y * width + x)
          seen[y * width + x] = true
        }
      }
    }
    var head = 0
    while head < queue.count {
      let pixel = queue[head]
      head += 1
      var label: Int32 = 0
      var conflict = false
      Segments.neighbors(of: pixel, width: width, height: height) { other in
        let found = grown[other]
        if found != 0 {
          if label == 0 { label = found } else if label != found { conflict = true }
        } else if !seen[other] {
          seen[other] = true
          queue.append(other)
        }
      }
      if !conflict { grown[pixel] = label }
    }
    return Segments(width: width, height: height, labels: grown, count: count)
  }

  /// The pixels left of, above, right of and below a pixel, as far as they exist.
  @inline(__always)
  private static func neighbors(
    of pixel: Int, width: Int, height: Int, _ body: (Int) -> Void
  ) {
    let x = pixel % width
    if x > 0 { body(pixel - 1) }
    if pixel >= width { body(pixel - width) }
    if x < width - 1 { body(pixel + 1) }
    if pixel < width * (height - 1) { body(pixel + width) }
  }
}
