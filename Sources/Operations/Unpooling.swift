import Autodiff
import Tensors

// MARK: - Pooling that says where

/// The largest element of each window of a sequence, and its place: position `0..<w`, as int32.
///
/// See `maxPool2DWithIndices`.
public func maxPool1DWithIndices(
  _ x: Tensor, window: Int, stride: Int? = nil, padding: Padding = .valid, dilation: Int = 1
) -> (values: Tensor, indices: Tensor) {
  let (largest, places) = maxPool1D(
    "maxPool1DWithIndices", x, alongside: [x.places(axes: 1)], window: window, stride: stride,
    padding: padding, dilation: dilation)
  return (largest, places[0].cast(to: .int32))
}

/// The largest element of each window and channel, and its place in the image.
///
/// Shapes: `[n, h, w, c]` to two of `[n, h', w', c]`. The indices are int32: `row w + column`, what
/// `maxUnpool2D` wants. Pullback of the values: that of `maxPool2D`; the indices have none. Costs a pool
/// and a read of as many numbers as there are windows. Stops as `maxPool2D` does.
public func maxPool2DWithIndices(
  _ x: Tensor, window: Pair, strides: Pair? = nil, padding: Padding = .valid, dilation: Pair = 1
) -> (values: Tensor, indices: Tensor) {
  let (largest, places) = maxPool2D(
    "maxPool2DWithIndices", x, alongside: [x.places(axes: 2)], window: window, strides: strides,
    padding: padding, dilation: dilation)
  return (largest, places[0].cast(to: .int32))
}

/// The largest element of each window of a volume, and its place: `(slice h + row) w + column`, as
/// int32.
///
/// See `maxPool2DWithIndices`.
public func maxPool3DWithIndices(
  _ x: Tensor, window: Triple, strides: Triple? = nil, padding: VolumePadding = .valid,
  dilation: Triple = 1
) -> (values: Tensor, indices: Tensor) {
  let (largest, places) = maxPool3D(
    "maxPool3DWithIndices", x, alongside: [x.places(axes: 3)], window: window, strides: strides,
    padding: padding, dilation: dilation)
  return (largest, places[0].cast(to: .int32))
}

// MARK: - Putting back

/// Zeros with each element where it was in the sequence: `[n, w', c]` to `[n, width, c]`.
///
/// See `maxUnpool2D`.
public func maxUnpool1D(_ values: Tensor, indices: Tensor, width: Int) -> Tensor {
  values.unpooled("maxUnpool1D", indices, to: [width])
}

/// Zeros with each element where it was in the image: the way back from `maxPool2DWithIndices`.
///
/// Shapes: values and indices `[n, h', w', c]` to `[n, height, width, c]`; an index is
/// `row width + column`. Elements with the same index, from overlapping windows, are added. Pullback:
/// `dy` at the indices. One pass over the result. Stops when an index lies outside the image, naming it.
/// Source: Zeiler and Fergus, 2014; Noh et al., 2015.
public func maxUnpool2D(
  _ values: Tensor, indices: Tensor, height: Int, width: Int
) -> Tensor {
  values.unpooled("maxUnpool2D", indices, to: [height, width])
}

/// Zeros with each element where it was in the volume: `[n, d', h', w', c]` to
/// `[n, depth, height, width, c]`.
///
/// See `maxUnpool2D`.
public func maxUnpool3D(
  _ values: Tensor, indices: Tensor, depth: Int, height: Int, width: Int
) -> Tensor {
  values.unpooled("maxUnpool3D", indices, to: [depth, height, width])
}

extension Tensor {
  /// The number of each element among those of its sample and channel, in float64, which holds it.
  fileprivate func places(axes: Int) -> Tensor {
    guard rank == axes + 2 else { return self }  // The pool says what it wants.
    let numbers = Tensor.range(to: Double(shape.product(1..<(rank - 1))), dtype: .float64)
    return numbers.reshaped(to: [1] + Array(shape)[1..<(rank - 1)] + [1]).broadcasted(to: shape)
  }

  fileprivate func unpooled(_ operation: String, _ indices: Tensor, to sizes: [Int]) -> Tensor {
    guard rank == sizes.count + 2, indices.shape == shape, sizes.allSatisfy({ $0 > 0 }) else {
      fail(
        operation,
        "wants values and indices of one shape and positive sizes, given \(shape), "
          + "\(indices.shape), \(sizes)")
    }
    requireIndices(operation, indices)
    let length = sizes.reduce(1, *)
    requirePlaces(operation, indices, below: length)
    let (batch, channels) = (shape[0], shape[-1])
    let ones = [Int](repeating: 1, count: rank - 1)
    let sample = Tensor.range(to: Double(batch), dtype: .float64).reshaped(to: [batch] + ones)
    let channel = Tensor.range(to: Double(channels), dtype: .float64)
    let flat =
      (indices.cast(to: .float64) + sample * Double(length)) * Double(channels) + channel
    return flattened().scatterAdded(
      at: flat.flattened().cast(to: .int64), length: batch * length * channels
    ).reshaped(to: [batch] + sizes + [channels])
  }
}

/// Stops when an index lies outside the map: among the flat ones it would fall into the next sample.
private func requirePlaces(_ operation: String, _ indices: Tensor, below length: Int) {
  if case .shapesOnly = Surroundings.current.execution { return }
  let places = indices.scalars(of: Int.self)
  requireInside(operation, indices, places.firstIndex { $0 < 0 || $0 >= length }, length)
}
