import CKernels

/// Mean and biased variance of each channel of `x`, which is [rows, channels], into [2, channels].
///
/// Means go to the first row of the result, variances (the mean squared deviation) to the second.
/// One pass: blocks of rows are summed in double around a shift of their own and merged by the
/// parallel rule of Chan, Golub and LeVeque (1979), so a mean far larger than the deviation costs no
/// digits. The bits do not depend on the number of threads. No rows give NaN.
package func moments(
  _ dtype: DType, _ x: UnsafeRawPointer, rows: Int, channels: Int,
  into result: UnsafeMutableRawPointer
) {
  guard channels > 0 else { return }
  MemoryTraffic.add(read: rows * channels * dtype.byteWidth, written: 0)
  let isDouble = dtype.isFloat64
  let table = Processor.kernels.pointee.arrays.pointee
  let blockMoments = isDouble ? table.moments.1! : table.moments.0!
  let columnsPerBlock = min(channels, 1024)
  let columnBlocks = (channels + columnsPerBlock - 1) / columnsPerBlock
  let rowsPerBlock = max(64, 65536 / columnsPerBlock)
  let rowBlocks = max(1, (rows + rowsPerBlock - 1) / rowsPerBlock)

  // For each block of rows the means, then the sums of squared deviations.
  let memory = Memory(byteCount: rowBlocks * 2 * channels * 8)
  let parts = memory.pointer.assumingMemoryBound(to: Double.self)
  let work = { (index: Int) in
    let row = index / columnBlocks * rowsPerBlock
    let column = index % columnBlocks * columnsPerBlock
    let mean = parts + (index / columnBlocks) * 2 * channels + column
    blockMoments(
      x + (row * channels + column) * dtype.byteWidth, Int64(min(rowsPerBlock, rows - row)),
      Int64(channels), Int64(min(columnsPerBlock, channels - column)), mean, mean + channels)
  }
  let merge = {
    for block in 1..<max(2, rowBlocks) where block < rowBlocks {
      let before = Double(block * rowsPerBlock)
      let added = Double(min(rowsPerBlock, rows - block * rowsPerBlock))
      let part = parts + block * 2 * channels
      for c in 0..<channels {
        let delta = part[c] - parts[c]
        parts[c] += delta * (added / (before + added))
        parts[channels + c] +=
          part[channels + c] + delta * delta * (before * (added / (before + added)))
      }
    }
    let scale = 1 / Double(max(rows, 1))
    for c in 0..<channels { parts[channels + c] *= scale }
    if isDouble {
      result.copyMemory(from: parts, byteCount: 2 * channels * 8)
    } else {
      let out = result.assumingMemoryBound(to: Float.self)
      for index in 0..<2 * channels { out[index] = Float(parts[index]) }
    }
    withExtendedLifetime(memory) {}
  }
  if rows == 0 {
    for index in 0..<2 * channels { parts[index] = .nan }
    merge()
  } else if rows * channels < 65536 {
    Threads.landOwn()
    for index in 0..<rowBlocks * columnBlocks { work(index) }
    merge()
  } else {
    Threads.launch(blocks: rowBlocks * columnBlocks, end: merge, work)
  }
}
