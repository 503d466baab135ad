import CKernels

/// losses[r] = log(sum(exp(logits[r]))) - logits[r, `labels[r]`], for logits that are [rows, columns].
///
/// The largest logit is taken out first, unless it is not finite. One pass; the sum is formed in
/// double. Returns the first row whose label is out of range, and then has done nothing.
package func crossEntropy(
  _ dtype: DType, _ logits: UnsafeRawPointer, rows: Int, columns: Int, labels: UnsafeRawPointer,
  labelDType: DType, into losses: UnsafeMutableRawPointer
) -> Int? {
  let labels = Labels(labels, labelDType, count: rows)
  if let bad = labels.firstBad(classes: columns) { return bad }
  let table = Processor.kernels.pointee.arrays.pointee
  let loop = dtype.isFloat64 ? table.cross_entropy.1! : table.cross_entropy.0!
  Threads.run(items: rows, elementsPerItem: 4 * columns) {
    loop(logits, Int64(columns), labels.pointer, Int64($0.lowerBound), Int64($0.upperBound), losses)
  }
  return nil
}

/// The gradient for the logits: dlogits[r] = (softmax(logits[r]) - the label's unit vector) * dy[r].
///
/// Returns the first row whose label is out of range, and then has done nothing.
package func crossEntropyGradient(
  _ dtype: DType, _ logits: UnsafeRawPointer, rows: Int, columns: Int, labels: UnsafeRawPointer,
  labelDType: DType, dy: UnsafeRawPointer, into dlogits: UnsafeMutableRawPointer
) -> Int? {
  let labels = Labels(labels, labelDType, count: rows)
  if let bad = labels.firstBad(classes: columns) { return bad }
  let table = Processor.kernels.pointee.arrays.pointee
  let loop =
    dtype.isFloat64 ? table.cross_entropy_gradient.1! : table.cross_entropy_gradient.0!
  Threads.run(items: rows, elementsPerItem: 4 * columns) {
    loop(
      logits, Int64(columns), labels.pointer, dy, Int64($0.lowerBound), Int64($0.upperBound),
      dlogits)
  }
  return nil
}

/// Labels as the loops want them: 64 bits each.
private struct Labels: @unchecked Sendable {
  let pointer: UnsafePointer<Int64>
  private let count: Int
  private let widened: Memory?

  init(_ labels: UnsafeRawPointer, _ dtype: DType, count: Int) {
    self.count = count
    if dtype == .int64 {
      pointer = labels.assumingMemoryBound(to: Int64.self)
      widened = nil
      return
    }
    let memory = Memory(byteCount: count * 8)
    let target = memory.pointer.bindMemory(to: Int64.self, capacity: count)
    let source = labels.assumingMemoryBound(to: Int32.self)
    for index in 0..<count { target[index] = Int64(source[index]) }
    pointer = UnsafePointer(target)
    widened = memory
  }

  func firstBad(classes: Int) -> Int? {
    for index in 0..<count where pointer[index] < 0 || pointer[index] >= classes { return index }
    return nil
  }
}
