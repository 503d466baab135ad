#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Correlates: output[n, oy, ox, o] = sum over i, j, c of input[n, y, x, c] kernel[i, j, c, o], with
/// y and x as in ``ConvolutionGeometry``.
///
/// Costs 2 multiplyAdds operations. Each element is one sum over its terms in the order kernel row,
/// kernel column, channel, so its bits do not depend on the batch or the number of threads.
package func correlate(
  _ dtype: DType, _ g: ConvolutionGeometry, input: UnsafeRawPointer, kernel: UnsafeRawPointer,
  into output: UnsafeMutableRawPointer
) {
  guard g.outputCount > 0 else { return }
  guard g.multiplyAdds > 0, g.inputCount > 0 else {
    memset(output, 0, g.outputCount * dtype.byteWidth)
    return
  }
  if g.isMatrixProduct {
    matrixProduct(
      dtype, batch: 1, rows: g.batch * g.outputPixels, columns: g.outputChannels,
      inner: g.inputChannels, a: input, aTransposed: false, aBatchStride: 0, b: kernel,
      bTransposed: false, bBatchStride: 0, into: output)
    return
  }
  runPlan(
    .forward(g), Tiles(dtype), g, source: input, kernel: kernel, transposed: false, target: output)
}

/// The adjoint of ``correlate(_:_:input:kernel:into:)`` in the input, which is the transposed
/// convolution: input[n, y, x, c] = sum over the output positions and kernel positions that meet
/// (y, x) of cotangent[n, oy, ox, o] kernel[i, j, c, o].
package func correlateTransposed(
  _ dtype: DType, _ g: ConvolutionGeometry, cotangent: UnsafeRawPointer,
  kernel: UnsafeRawPointer, into input: UnsafeMutableRawPointer
) {
  guard g.inputCount > 0 else { return }
  guard g.multiplyAdds > 0 else {
    memset(input, 0, g.inputCount * dtype.byteWidth)
    return
  }
  if g.isMatrixProduct {
    matrixProduct(
      dtype, batch: 1, rows: g.batch * g.outputPixels, columns: g.inputChannels,
      inner: g.outputChannels, a: cotangent, aTransposed: false, aBatchStride: 0, b: kernel,
      bTransposed: true, bBatchStride: 0, into: input)
    return
  }
  let tiles = Tiles(dtype)
  let plans = ConvolutionPlan.transposed(g)
  if plans.contains(where: { $0.terms == 0 }) {
    // Some pixels meet no output at all.
    memset(input, 0, g.inputCount * dtype.byteWidth)
  }
  for plan in plans where plan.terms > 0 {
    runPlan(plan, tiles, g, source: cotangent, kernel: kernel, transposed: true, target: input)
  }
}

private func winogradTile(_ g: ConvolutionGeometry) -> Int? {
  guard g.allowsWinograd else { return nil }
  switch ConvolutionAlgorithm.current {
  case .automatic, .direct: return nil
  case .winograd2: return 2
  case .winograd4: return 4
  }
}

/// Where the algorithm is chosen.
private func runPlan(
  _ plan: ConvolutionPlan, _ tiles: Tiles, _ g: ConvolutionGeometry, source: UnsafeRawPointer,
  kernel: UnsafeRawPointer, transposed: Bool, target: UnsafeMutableRawPointer
) {
  if g.isDepthwise {
    DepthwiseRun(
      plan, tiles, source: source, kernel: kernel, kernelWidth: g.kernelWidth, target: target
    ).run()
  } else if let tile = winogradTile(g) {
    WinogradRun(
      plan, tiles, tile: tile, source: source, kernel: kernel, transposed: transposed,
      target: target
    ).run()
  } else {
    ConvolutionRun(
      plan, tiles, source: source, kernel: kernel, kernelWidth: g.kernelWidth,
      transposed: transposed, target: target
    ).run()
  }
}

/// The adjoint of ``correlate(_:_:input:kernel:into:)`` in the kernel: kernel[i, j, c, o] = sum over
/// the images and output positions of input[n, y, x, c] cotangent[n, oy, ox, o].
///
/// The positions are cut into at most 16 parts by the problem's size; each part is summed in
/// stretches of some hundred positions and the parts are added in order: the same bits for any
/// number of threads, and an error that grows with the number of stretches, not of positions.
package func correlateForKernel(
  _ dtype: DType, _ g: ConvolutionGeometry, input: UnsafeRawPointer,
  cotangent: UnsafeRawPointer, into kernel: UnsafeMutableRawPointer
) {
  guard g.kernelCount > 0 else { return }
  guard g.multiplyAdds > 0, g.inputCount > 0 else {
    memset(kernel, 0, g.kernelCount * dtype.byteWidth)
    return
  }
  let tiles = Tiles(dtype)
  if g.isDepthwise {
    DepthwiseKernelGradient(g, tiles, input: input, cotangent: cotangent).run(into: kernel)
  } else if let tile = winogradTile(g) {
    WinogradKernelGradient(
      g, tiles, tile: tile, input: input, cotangent: cotangent, kernel: kernel
    ).run()
  } else {
    ConvolutionKernelGradient(g, tiles, input: input, cotangent: cotangent).run(into: kernel)
  }
}
