/// Groups of so few channels that several of them fill one vector. Computed as one group, with weights
/// of zero between channels that do not meet, they take no more multiplications than each on its own,
/// and longer sums of neighbouring terms.
///
/// A channel that is not finite then spoils the others of its vector, as zero times infinity is not a
/// number; not where sums are to be formed directly.
struct MergedGroups {
  let geometry: ConvolutionGeometry
  private let own: ConvolutionGeometry
  private let together: Int
  private let width: Int

  /// nil where it would not pay.
  init?(_ g: ConvolutionGeometry, _ tiles: Tiles) {
    guard g.groups > 1, !g.isDepthwise, ConvolutionAlgorithm.current != .direct else { return nil }
    // The largest number that divides the groups and leaves either side within a vector.
    let most = tiles.lanes / max(g.groupInputs, g.groupOutputs)
    guard most > 1, let together = (2...most).reversed().first(where: { g.groups % $0 == 0 }) else {
      return nil
    }
    own = g
    self.together = together
    width = tiles.width
    var geometry = g
    geometry.groups /= together
    self.geometry = geometry
  }

  /// Calls `body` for each stretch of weights of one group and input channel: where it begins in the
  /// kernel and in the merged one.
  private func forEachStretch(_ body: (_ from: Int, _ to: Int) -> Void) {
    let inputs = own.groupInputs
    for tap in 0..<own.kernelHeight * own.kernelWidth {
      for group in 0..<own.groups {
        for input in 0..<inputs {
          let column = group * own.groupOutputs
          let row = tap * inputs * together + group % together * inputs + input
          body(
            (tap * inputs + input) * own.outputChannels + column, row * own.outputChannels + column)
        }
      }
    }
  }

  /// The kernel with zeros between groups.
  func expand(_ kernel: UnsafeRawPointer) -> Memory {
    let count = geometry.kernelCount * width
    let whole = Memory(byteCount: count)
    whole.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    forEachStretch { from, to in
      (whole.pointer + to * width).copyMemory(
        from: kernel + from * width, byteCount: own.groupOutputs * width)
    }
    return whole
  }

  /// Takes the weights of its groups out of a merged kernel.
  func extract(_ whole: UnsafeRawPointer, into kernel: UnsafeMutableRawPointer) {
    forEachStretch { from, to in
      (kernel + from * width).copyMemory(
        from: whole + to * width, byteCount: own.groupOutputs * width)
    }
  }
}
