/// Correlates: output[n, oy, ox, o] = sum over i, j, c of input[n, y, x, c] kernel[i, j, c, o], with
/// y and x as in ``ConvolutionGeometry``.
///
/// Computed directly, it costs 2 multiplyAdds operations. How, and in which order an element's terms are
/// added, is chosen by the shape alone, the batch included: its bits do not depend on the number of
/// threads, but an image's may on how many come with it.
package func correlate(
  _ dtype: DType, _ g: ConvolutionGeometry, input: UnsafeRawPointer, kernel: UnsafeRawPointer,
  into output: UnsafeMutableRawPointer
) {
  guard g.outputCount > 0 else { return }
  guard g.multiplyAdds > 0, g.inputCount > 0 else {
    fillWithZeros(output, byteCount: g.outputCount * dtype.byteWidth)
    return
  }
  if let merged = MergedGroups(g, Tiles(dtype)) {
    Threads.landOwn()
    let whole = merged.expand(kernel)
    return correlate(dtype, merged.geometry, input: input, kernel: whole.pointer, into: output)
  }
  if g.isMatrixProduct {
    Threads.landOwn()
    matrixProduct(
      dtype, batch: 1, rows: g.batch * g.outputPixels, columns: g.outputChannels,
      inner: g.inputChannels, a: input, aTransposed: false, aBatchStride: 0, b: kernel,
      bTransposed: false, bBatchStride: 0, into: output)
    return
  }
  if g.isMatrixProductOfPixels {
    Threads.landOwn()
    var product = MatrixProduct(
      tiles: Tiles(dtype), m: g.batch * g.outputPixels, n: g.outputChannels, k: g.inputChannels,
      a: input, aTransposed: false, aStep: g.inputChannels, b: kernel, bTransposed: false,
      bStep: g.outputChannels, c: output)
    let row = g.inputWidth * g.inputChannels
    product.pixels = MatrixProduct.Pixels(
      height: g.outputHeight, width: g.outputWidth, imageStep: g.inputHeight * row,
      rowStep: g.strideHeight * row, pixelStep: g.strideWidth * g.inputChannels)
    if product.canRunByTiles { return product.run() }
  }
  if g.isDepthwise {
    Threads.landOwn()
    return DepthwiseRun.run([
      DepthwiseRun(
        .forward(g), Tiles(dtype), source: input, kernel: kernel, kernelWidth: g.kernelWidth,
        target: output)
    ])
  }
  let direct = runUnlessDirect(
    .forward(g), dtype, g, source: input, kernel: kernel, transposed: false, target: output)
  if let direct { ConvolutionRun.run([direct]) }
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
    fillWithZeros(input, byteCount: g.inputCount * dtype.byteWidth)
    return
  }
  if let merged = MergedGroups(g, Tiles(dtype)) {
    Threads.landOwn()
    let whole = merged.expand(kernel)
    return correlateTransposed(
      dtype, merged.geometry, cotangent: cotangent, kernel: whole.pointer, into: input)
  }
  if g.isMatrixProduct {
    Threads.landOwn()
    matrixProduct(
      dtype, batch: 1, rows: g.batch * g.outputPixels, columns: g.inputChannels,
      inner: g.outputChannels, a: cotangent, aTransposed: false, aBatchStride: 0, b: kernel,
      bTransposed: true, bBatchStride: 0, into: input)
    return
  }
  let plans = ConvolutionPlan.transposed(g)
  if plans.contains(where: { $0.terms == 0 }) {
    // Some pixels meet no output at all.
    fillWithZeros(input, byteCount: g.inputCount * dtype.byteWidth)
  }
  if g.isDepthwise {
    Threads.landOwn()
    return DepthwiseRun.run(
      plans.filter { $0.terms > 0 }.map { plan in
        DepthwiseRun(
          plan, Tiles(dtype), source: cotangent, kernel: kernel, kernelWidth: g.kernelWidth,
          target: input)
      })
  }
  var together: [ConvolutionRun] = []
  for plan in plans where plan.terms > 0 {
    let direct = runUnlessDirect(
      plan, dtype, g, source: cotangent, kernel: kernel, transposed: true, target: input)
    if let direct { together.append(direct) }
  }
  ConvolutionRun.run(together)
}

/// Where the algorithm is chosen: carries out a plan, or returns how it is carried out directly.
private func runUnlessDirect(
  _ plan: ConvolutionPlan, _ dtype: DType, _ g: ConvolutionGeometry, source: UnsafeRawPointer,
  kernel: UnsafeRawPointer, transposed: Bool, target: UnsafeMutableRawPointer
) -> ConvolutionRun? {
  let tiles = Tiles(dtype)
  if let tile = plan.winogradTile(tiles, dtype) {
    let parts = plan.withoutDilation
    Threads.run(
      parts: parts.count * g.groups, multiplyAdds: plan.multiplyAdds
    ) { index in
      WinogradRun(
        parts[index / g.groups], tiles, tile: tile, group: index % g.groups, source: source,
        kernel: kernel, kernelWidth: g.kernelWidth, transposed: transposed, target: target
      ).run()
    }
    return nil
  }
  if (ConvolutionRun.costOfDots(plan, tiles) ?? .infinity) > ImageLanes.cost(plan, tiles),
    let run = ImageLanesRun(
      plan, tiles, source: source, kernel: kernel, kernelWidth: g.kernelWidth,
      transposed: transposed, target: target)
  {
    run.run()
    return nil
  }
  return ConvolutionRun(
    plan, tiles, source: source, kernel: kernel, kernelWidth: g.kernelWidth,
    transposed: transposed, target: target)
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
    fillWithZeros(kernel, byteCount: g.kernelCount * dtype.byteWidth)
    return
  }
  let tiles = Tiles(dtype)
  if let merged = MergedGroups(g, tiles) {
    let whole = Memory(byteCount: merged.geometry.kernelCount * dtype.byteWidth)
    correlateForKernel(
      dtype, merged.geometry, input: input, cotangent: cotangent, into: whole.pointer)
    Threads.landOwn()
    merged.extract(whole.pointer, into: kernel)
    return
  }
  if g.isDepthwise {
    Threads.landOwn()
    DepthwiseKernelGradient(g, tiles, input: input, cotangent: cotangent).run(into: kernel)
    return
  }
  if let tile = ConvolutionPlan.forward(g).winogradTile(tiles, dtype, forKernel: true) {
    Threads.run(parts: g.groups, multiplyAdds: g.multiplyAdds) { group in
      WinogradKernelGradient(
        g, tiles, tile: tile, group: group, input: input, cotangent: cotangent, kernel: kernel
      ).run()
    }
    return
  }
  if let gradient = ImageLanesKernelGradient(g, tiles, input: input, cotangent: cotangent) {
    gradient.run(into: kernel)
  } else {
    ConvolutionKernelGradient(g, tiles, input: input, cotangent: cotangent).run(into: kernel)
  }
}

extension Threads {
  /// Runs `body` for each of several convolutions that together have so many multiply-adds: large ones
  /// in turn, as each has work for all threads, and small ones side by side.
  fileprivate static func run(parts: Int, multiplyAdds: Int, _ body: (Int) -> Void) {
    if multiplyAdds / parts < 40 * MatrixProduct.worthABlock {
      run(blocks: parts, body)
    } else {
      for part in 0..<parts { body(part) }
    }
  }
}
