import Operations
import Tensors

// Pools whose number of windows is given, not their size: the layer after them sees one size whatever
// the input's.

/// The mean of each of `width` cells: `[n, w, c]` to `[n, width, c]`. See `adaptiveAvgPool1D`.
public struct AdaptiveAvgPool1D: Layer {
  public let width: Int

  public init(width: Int) {
    requirePositive("AdaptiveAvgPool1D", ["width": width])
    self.width = width
  }

  public func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool1D(x, width: width) }
}

/// The mean of each of `height` by `width` cells of the image, whatever its size:
/// `[n, h, w, c]` to `[n, height, width, c]`. See `adaptiveAvgPool2D`.
public struct AdaptiveAvgPool2D: Layer {
  public let height: Int
  public let width: Int

  public init(height: Int, width: Int) {
    requirePositive("AdaptiveAvgPool2D", ["height": height, "width": width])
    self.height = height
    self.width = width
  }

  public func forward(_ x: Tensor) -> Tensor {
    adaptiveAvgPool2D(x, height: height, width: width)
  }
}

/// The mean of each of `depth` by `height` by `width` cells of the volume:
/// `[n, d, h, w, c]` to `[n, depth, height, width, c]`. See `adaptiveAvgPool3D`.
public struct AdaptiveAvgPool3D: Layer {
  public let depth: Int
  public let height: Int
  public let width: Int

  public init(depth: Int, height: Int, width: Int) {
    requirePositive("AdaptiveAvgPool3D", ["depth": depth, "height": height, "width": width])
    self.depth = depth
    self.height = height
    self.width = width
  }

  public func forward(_ x: Tensor) -> Tensor {
    adaptiveAvgPool3D(x, depth: depth, height: height, width: width)
  }
}

/// The largest element of each of `width` cells: `[n, w, c]` to `[n, width, c]`. See
/// `adaptiveMaxPool1D`.
public struct AdaptiveMaxPool1D: Layer {
  public let width: Int

  public init(width: Int) {
    requirePositive("AdaptiveMaxPool1D", ["width": width])
    self.width = width
  }

  public func forward(_ x: Tensor) -> Tensor { adaptiveMaxPool1D(x, width: width) }
}

/// The largest element of each of `height` by `width` cells of the image:
/// `[n, h, w, c]` to `[n, height, width, c]`. See `adaptiveMaxPool2D`.
public struct AdaptiveMaxPool2D: Layer {
  public let height: Int
  public let width: Int

  public init(height: Int, width: Int) {
    requirePositive("AdaptiveMaxPool2D", ["height": height, "width": width])
    self.height = height
    self.width = width
  }

  public func forward(_ x: Tensor) -> Tensor {
    adaptiveMaxPool2D(x, height: height, width: width)
  }
}

/// The largest element of each of `depth` by `height` by `width` cells of the volume:
/// `[n, d, h, w, c]` to `[n, depth, height, width, c]`. See `adaptiveMaxPool3D`.
public struct AdaptiveMaxPool3D: Layer {
  public let depth: Int
  public let height: Int
  public let width: Int

  public init(depth: Int, height: Int, width: Int) {
    requirePositive("AdaptiveMaxPool3D", ["depth": depth, "height": height, "width": width])
    self.depth = depth
    self.height = height
    self.width = width
  }

  public func forward(_ x: Tensor) -> Tensor {
    adaptiveMaxPool3D(x, depth: depth, height: height, width: width)
  }
}
