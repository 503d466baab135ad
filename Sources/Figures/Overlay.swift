extension Picture {
  /// The picture with the edge of a mask drawn on it.
  ///
  /// The picture is enlarged first, so that a line, half an old pixel wide, is thinner than what
  /// it marks.
  /// The line runs inside the mask, along every border with what is outside; where the mask meets
  /// the picture's own border there is none.
  public func outlining(
    _ mask: [Bool], in color: Color = .cyan, enlargedBy factor: Int = 1
  ) -> Picture {
    precondition(
      mask.count == width * height,
      "Picture.outlining: the mask has \(mask.count) pixels, the picture \(width) x \(height)")
    var result = enlarged(by: factor)
    func isInside(_ x: Int, _ y: Int) -> Bool {
      mask[min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)]
    }
    for y in 0..<height {
      for x in 0..<width where mask[y * width + x] {
        let left = !isInside(x - 1, y)
        let right = !isInside(x + 1, y)
        let above = !isInside(x, y - 1)
        let below = !isInside(x, y + 1)
        guard left || right || above || below else { continue }
        for depth in 0..<(factor + 1) / 2 {
          for step in 0..<factor {
            let (x, y) = (x * factor, y * factor)
            if left { result[x + depth, y + step] = color }
            if right { result[x + factor - 1 - depth, y + step] = color }
            if above { result[x + step, y + depth] = color }
            if below { result[x + step, y + factor - 1 - depth] = color }
          }
        }
      }
    }
    return result
  }

  /// The picture with the pixels of a mask mixed with a colour.
  public func tinting(_ mask: [Bool], with color: Color, opacity: Double = 0.5) -> Picture {
    precondition(
      mask.count == width * height,
      "Picture.tinting: the mask has \(mask.count) pixels, the picture \(width) x \(height)")
    var result = self
    for y in 0..<height {
      for x in 0..<width where mask[y * width + x] {
        result[x, y] = self[x, y].mixed(with: color, opacity)
      }
    }
    return result
  }

  /// Where a predicted mask is wrong: what it adds to the truth in orange, what it misses in cyan,
  /// the rest of the picture paler.
  public func showingErrors(prediction: [Bool], truth: [Bool]) -> Picture {
    precondition(
      prediction.count == truth.count, "Picture.showingErrors: the masks differ in size")
    let added = zip(prediction, truth).map { $0 && !$1 }
    let missed = zip(prediction, truth).map { !$0 && $1 }
    let agreed = zip(prediction, truth).map { $0 == $1 }
    return tinting(agreed, with: .white, opacity: 0.35)
      .tinting(added, with: .orange, opacity: 0.85)
      .tinting(missed, with: .cyan, opacity: 0.85)
  }
}
