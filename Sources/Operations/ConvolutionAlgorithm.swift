import Kernels

/// How 3 x 3 convolutions are computed: `automatic`, `direct`, `winograd2` or `winograd4`.
public typealias ConvolutionAlgorithm = Kernels.ConvolutionAlgorithm

/// Runs `body` with an algorithm selected for its 3 x 3 convolutions of stride 1 without dilation and
/// groups, their gradients included; all others are always computed directly.
///
/// Elsewhere the algorithm is `automatic`: chosen by shape, from a model of costs compiled in, among
/// direct sums and minimal filtering (Winograd) on tiles of 2 x 2 or 4 x 4 pixels; in float64 always
/// direct. Nothing is tried out at run time, so the same shape carries the same bits in every run.
/// Minimal filtering needs 2.25 to 4 times fewer multiplications, and its result differs from the
/// direct one by rounding: by 1e-6 to 3e-6 of a typical element for 4 x 4 tiles in float32.
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
