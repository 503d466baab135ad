import Kernels

/// How convolutions are computed: `automatic`, `direct`, `winograd2` or `winograd4`.
public typealias ConvolutionAlgorithm = Kernels.ConvolutionAlgorithm

/// Runs `body` with an algorithm selected for its convolutions, their gradients included. Minimal filtering
/// takes kernels of more than one row and column that mix channels, whatever their size, strides,
/// dilation and groups: what is not 3 x 3 of stride 1 is cut into such pieces. All others (1 x 1, one
/// row or column, depthwise) are always computed directly.
///
/// Elsewhere the algorithm is `automatic`: chosen by shape, from a model of costs compiled in, among
/// direct sums and minimal filtering (Winograd) on tiles of 2 x 2 or 4 x 4 pixels; in float64 always
/// direct. Nothing is tried out at run time, so the same shape carries the same bits in every run.
/// Minimal filtering needs 2.25 to 4 times fewer multiplications, and its result differs from the
/// direct one by rounding: by 1e-6 to 3e-6 of a typical element for 4 x 4 tiles in float32.
///
/// A tile mixes the pixels of its patch, 4 x 4 or 6 x 6 of them. So a value that is not finite makes the
/// whole tile not finite, mostly NaN, where direct sums keep it to the elements whose taps meet it; and
/// the patch's sums overflow early: finite inputs from about 1e36 on may give infinities and NaN. Groups
/// of few channels are computed together and spoil each other in the same way. `direct` does neither: look
/// for the origin of a NaN under it.
///
/// The setting is read where a convolution is computed: for gradients, around the call that walks the
/// tape. It does not reach tasks that are not children of this one. Source: Lavin and Gray, Fast
/// Algorithms for Convolutional Neural Networks, 2016; the points of the 4 x 4 tiles are 0, 3/4, -3/4,
/// 3/2, -3/2 and infinity, whose error is half of theirs.
///
///     let slope = withConvolutionAlgorithm(.direct) { gradient(at: x) { loss($0) } }
public func withConvolutionAlgorithm<Result>(
  _ algorithm: ConvolutionAlgorithm, _ body: () throws -> Result
) rethrows -> Result {
  try Kernels.ConvolutionAlgorithm.with(algorithm, body)
}
