import Datasets
import Layers
import Operations
import Tensors

/// Probability maps of images of any size, with the scaling that the model was trained with.
///
/// Sides are continued by reflection to a multiple of what the model's halvings need. An image larger
/// than `tileSize` squared is taken in tiles that overlap, and the overlaps are blended, so memory is
/// bounded.
public struct SegmentationPredictor: Sendable {
  public var normalization: Normalization
  /// Sides handed to the model are multiples of this: two to the number of halvings.
  public var multiple: Int
  /// Whether probabilities are averaged over the four quarter turns of the image and of its mirror
  /// image. Eight times the work.
  public var averagesOrientations: Bool
  /// The side of a tile; images of at most so many pixels squared are taken whole.
  public var tileSize: Int
  /// Pixels that neighbouring tiles share.
  public var overlap: Int

  /// Stops if a tile is not a multiple of `multiple` or not larger than two overlaps.
  public init(
    normalization: Normalization, multiple: Int, averagesOrientations: Bool, tileSize: Int = 768,
    overlap: Int = 128
  ) {
    guard multiple >= 1, tileSize % multiple == 0, overlap >= 1, tileSize > 2 * overlap else {
      fail(
        "SegmentationPredictor",
        "a tile of \(tileSize) must be a multiple of \(multiple) and larger than twice the overlap "
          + "of \(overlap)")
    }
    self.normalization = normalization
    self.multiple = multiple
    self.averagesOrientations = averagesOrientations
    self.tileSize = tileSize
    self.overlap = overlap
  }

  /// The probability of the class looked for, for every pixel.
  public func probability(
    of planes: [Plane], by model: any Layer, progress: Progress = { _, _ in }
  ) throws -> Plane {
    let scaled = normalization(planes)
    let orientations = averagesOrientations ? Orientation.all : [Orientation.all[0]]
    var sum = Plane(width: planes[0].width, height: planes[0].height)
    for (done, orientation) in orientations.enumerated() {
      try progress(done, orientations.count)
      let seen = try probabilityAsSeen(scaled.map(orientation.apply), model)
      let back = orientation.undo(seen)
      for i in sum.values.indices { sum.values[i] += back.values[i] }
    }
    let share = 1 / Float(orientations.count)
    return sum.mapValues { $0 * share }
  }

  private func probabilityAsSeen(_ planes: [Plane], _ model: any Layer) throws -> Plane {
    let width = planes[0].width
    let height = planes[0].height
    if width * height <= tileSize * tileSize { return whole(planes, model) }
    var sum = Plane(width: width, height: height)
    var weights = sum
    for y in starts(height) {
      for x in starts(width) {
        let tileWidth = min(tileSize, width)
        let tileHeight = min(tileSize, height)
        let tile = whole(
          planes.map { $0.cropped(x: x, y: y, width: tileWidth, height: tileHeight) }, model)
        for row in 0..<tileHeight {
          let across = ramp(row, tileHeight)
          for column in 0..<tileWidth {
            let weight = across * ramp(column, tileWidth)
            sum[x + column, y + row] += weight * tile[column, row]
            weights[x + column, y + row] += weight
          }
        }
      }
    }
    for i in sum.values.indices { sum.values[i] /= weights.values[i] }
    return sum
  }

  /// Where tiles start along a side: evenly, at most a tile less the overlap apart.
  private func starts(_ length: Int) -> [Int] {
    guard length > tileSize else { return [0] }
    let last = length - tileSize
    let steps = (last + tileSize - overlap - 1) / (tileSize - overlap)
    return (0...steps).map { last * $0 / steps }
  }

  /// The weight of a pixel in its tile: rising from the border over the overlap.
  private func ramp(_ position: Int, _ length: Int) -> Float {
    min(1, Float(min(position, length - 1 - position) + 1) / Float(overlap))
  }

  private func whole(_ planes: [Plane], _ model: any Layer) -> Plane {
    let width = planes[0].width
    let height = planes[0].height
    func up(_ side: Int) -> Int { (side + multiple - 1) / multiple * multiple }
    let padded = planes.map { $0.reflected(toWidth: up(width), height: up(height)) }
    let logits = withMode(.inference) { model(imageTensor([padded])) }
    let values = sigmoid(logits).scalars(of: Float.self)
    return Plane(width: up(width), height: up(height), values: values)
      .cropped(x: 0, y: 0, width: width, height: height)
  }
}

/// One of the eight ways to lay a square picture on the table.
struct Orientation: Sendable {
  let transposes: Bool
  let mirrorsColumns: Bool
  let mirrorsRows: Bool

  /// The picture as it is first.
  static let all: [Orientation] = [false, true].flatMap { transposes in
    [false, true].flatMap { columns in
      [false, true].map { rows in
        Orientation(transposes: transposes, mirrorsColumns: columns, mirrorsRows: rows)
      }
    }
  }

  func apply(_ plane: Plane) -> Plane { mirrored(transposes ? Self.transposed(plane) : plane) }

  func undo(_ plane: Plane) -> Plane {
    let straight = mirrored(plane)
    return transposes ? Self.transposed(straight) : straight
  }

  private func mirrored(_ plane: Plane) -> Plane {
    guard mirrorsColumns || mirrorsRows else { return plane }
    var result = plane
    for y in 0..<plane.height {
      let row = (mirrorsRows ? plane.height - 1 - y : y) * plane.width
      for x in 0..<plane.width {
        result.values[y * plane.width + x] =
          plane.values[row + (mirrorsColumns ? plane.width - 1 - x : x)]
      }
    }
    return result
  }

  private static func transposed(_ plane: Plane) -> Plane {
    var result = Plane(width: plane.height, height: plane.width)
    for y in 0..<plane.height {
      for x in 0..<plane.width {
        result.values[x * plane.height + y] = plane.values[y * plane.width + x]
      }
    }
    return result
  }
}
