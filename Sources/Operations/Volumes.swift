/// A number for each of the three axes of a volume.
public struct Triple: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public let depth: Int
  public let height: Int
  public let width: Int

  public init(_ depth: Int, _ height: Int, _ width: Int) {
    self.depth = depth
    self.height = height
    self.width = width
  }

  public init(_ all: Int) { self.init(all, all, all) }

  public init(integerLiteral all: Int) { self.init(all, all, all) }

  /// The numbers of the two axes of a slice.
  var plane: Pair { Pair(height, width) }

  var all: [Int] { [depth, height, width] }
}

/// What lies around a volume when a window reaches over its faces, in voxels: `Padding` with a third
/// axis.
public enum VolumePadding: Sendable, Hashable {
  /// Nothing: the output shrinks.
  case valid
  /// Zeros so that stride 1 keeps the size; an odd voxel goes behind, below and to the right.
  case same
  /// Zeros so that every voxel is seen by every element of the kernel.
  case full
  /// The same number of voxels on every side.
  case all(Int)
  /// A number for each side.
  case explicit(front: Int, back: Int, top: Int, bottom: Int, left: Int, right: Int)

  /// The padding of a slice.
  var plane: Padding {
    switch self {
    case .valid: .valid
    case .same: .same
    case .full: .full
    case .all(let amount): .all(amount)
    case .explicit(_, _, let top, let bottom, let left, let right):
      .explicit(top: top, bottom: bottom, left: left, right: right)
    }
  }

  /// Slices before and after.
  func depthAmounts(
    size: Int, window: Int, stride: Int, dilation: Int
  ) -> (before: Int, after: Int) {
    if case .explicit(let front, let back, _, _, _, _) = self { return (front, back) }
    return plane.amounts(
      size: size, window: window, stride: stride, dilation: dilation, vertical: true)
  }
}
