import Tensors

extension PixelImage {
  /// The image as `[height, width, channels]`, float32 from 0 to 1.
  public var tensor: Tensor {
    Tensor(
      pixels.map { Float($0) / 255 }, shape: [height, width, channels], dtype: .float32)
  }
}

extension IDXArray {
  /// The array as a tensor of its own shape. The dtype is that of the elements; int8 and int16,
  /// which tensors do not have, become int32.
  public var tensor: Tensor {
    let shape = Shape(shape)
    switch element {
    case .uint8: return Tensor(bytes, shape: shape)
    case .int8, .int16, .int32: return Tensor(integers ?? [], shape: shape)
    case .float32: return Tensor(doubles, shape: shape, dtype: .float32)
    case .float64: return Tensor(doubles, shape: shape, dtype: .float64)
    }
  }
}
