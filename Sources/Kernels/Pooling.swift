import CKernels

/// A pooling window slid over images that are [batch, height, width, channels].
///
/// Output (p, q) sees input rows `p * strideHeight - paddingTop + h * dilationHeight` for h below
/// `windowHeight`, and columns likewise. Cells outside the input never win.
package struct WindowGeometry: Sendable, Hashable {
  package var batch: Int
  package var inputHeight: Int
  package var inputWidth: Int
  package var channels: Int
  package var outputHeight: Int
  package var outputWidth: Int
  package var windowHeight: Int
  package var windowWidth: Int
  package var strideHeight: Int
  package var strideWidth: Int
  package var paddingTop: Int
  package var paddingLeft: Int
  package var dilationHeight: Int
  package var dilationWidth: Int

  package init(
    batch: Int, inputHeight: Int, inputWidth: Int, channels: Int, outputHeight: Int,
    outputWidth: Int, windowHeight: Int, windowWidth: Int, strideHeight: Int, strideWidth: Int,
    paddingTop: Int = 0, paddingLeft: Int = 0, dilationHeight: Int = 1, dilationWidth: Int = 1
  ) {
    self.batch = batch
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.channels = channels
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.windowHeight = windowHeight
    self.windowWidth = windowWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.paddingTop = paddingTop
    self.paddingLeft = paddingLeft
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
  }

  /// What a position in the window is stored as: `uint8` up to 256 cells, beyond that `int32`.
  package var positionDType: DType { windowHeight * windowWidth <= 256 ? .uint8 : .int32 }

  fileprivate var isWide: Int32 { positionDType == .int32 ? 1 : 0 }
  fileprivate var outputRows: Int { batch * outputHeight }
  /// The work of one row of the output, in elements read.
  fileprivate var outputRowCost: Int { outputWidth * channels * windowHeight * windowWidth }

  fileprivate var inC: tg_window_geometry {
    tg_window_geometry(
      batch: Int64(batch), input_height: Int64(inputHeight), input_width: Int64(inputWidth),
      channels: Int64(channels), output_height: Int64(outputHeight),
      output_width: Int64(outputWidth), window_height: Int64(windowHeight),
      window_width: Int64(windowWidth), stride_height: Int64(strideHeight),
      stride_width: Int64(strideWidth), padding_top: Int64(paddingTop),
      padding_left: Int64(paddingLeft), dilation_height: Int64(dilationHeight),
      dilation_width: Int64(dilationWidth))
  }
}

/// The maximum of each window into `y` and its place in the window, row by row, into `positions`.
///
/// The first of equal maxima wins, and a NaN wins over everything. A window that lies wholly
/// outside the input gives minus infinity and position 0.
package func maxPool(
  _ dtype: DType, _ geometry: WindowGeometry, _ x: UnsafeRawPointer,
  into y: UnsafeMutableRawPointer, positions: UnsafeMutableRawPointer
) {
  poolRows(dtype, geometry, x, y, positions)
}

/// The place of each window's maximum alone; see ``maxPool(_:_:_:into:positions:)``.
package func windowArgmax(
  _ dtype: DType, _ geometry: WindowGeometry, _ x: UnsafeRawPointer,
  into positions: UnsafeMutableRawPointer
) {
  poolRows(dtype, geometry, x, nil, positions)
}

private func poolRows(
  _ dtype: DType, _ geometry: WindowGeometry, _ x: UnsafeRawPointer,
  _ y: UnsafeMutableRawPointer?, _ positions: UnsafeMutableRawPointer
) {
  let table = Processor.kernels.pointee.arrays.pointee
  let pool = dtype.isFloat64 ? table.max_pool.1! : table.max_pool.0!
  let inC = geometry.inC
  Threads.launch(items: geometry.outputRows, elementsPerItem: geometry.outputRowCost) { rows in
    withUnsafePointer(to: inC) {
      pool($0, x, Int64(rows.lowerBound), Int64(rows.upperBound), y, positions, geometry.isWide)
    }
  }
}

/// The element of `x` at each window's position, into `y`. Positions outside the input give minus
/// infinity.
package func pickFromWindows(
  _ dtype: DType, _ geometry: WindowGeometry, _ x: UnsafeRawPointer, positions: UnsafeRawPointer,
  into y: UnsafeMutableRawPointer
) {
  let table = Processor.kernels.pointee.arrays.pointee
  let pick = dtype.isFloat64 ? table.pick_from_windows.1! : table.pick_from_windows.0!
  withUnsafePointer(to: geometry.inC) { g in
    Threads.run(items: geometry.outputRows, elementsPerItem: geometry.outputRowCost) { rows in
      pick(g, x, Int64(rows.lowerBound), Int64(rows.upperBound), y, positions, geometry.isWide)
    }
  }
}

/// The adjoint of ``pickFromWindows(_:_:_:positions:into:)``: each element of `dy` is added to `dx`
/// at its window's position, all else is zero. Where windows overlap, output positions add in order.
package func placeInWindows(
  _ dtype: DType, _ geometry: WindowGeometry, _ dy: UnsafeRawPointer, positions: UnsafeRawPointer,
  into dx: UnsafeMutableRawPointer
) {
  let table = Processor.kernels.pointee.arrays.pointee
  let place = dtype.isFloat64 ? table.place_in_windows.1! : table.place_in_windows.0!
  // A band of input rows for each block, at least a few windows high: neighbours read the windows
  // they share twice.
  let height = geometry.inputHeight
  let rowCost = max(1, geometry.inputWidth * geometry.channels)
  let reach = (geometry.windowHeight - 1) * geometry.dilationHeight + 1
  let stride = geometry.strideHeight
  let least = max(32768 / rowCost, 4 * reach)
  let band = (least + stride - 1) / stride * stride
  let bands = (height + band - 1) / band
  let inC = geometry.inC
  Threads.launch(items: geometry.batch * bands, elementsPerItem: min(band, height) * rowCost) {
    items in
    withUnsafePointer(to: inC) { g in
      for item in items {
        let from = item % bands * band
        place(
          g, dx, Int64(item / bands), Int64(from), Int64(min(height, from + band)), dy, positions,
          geometry.isWide)
      }
    }
  }
}
