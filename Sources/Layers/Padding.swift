import Operations
import Tensors

// What lies beyond the edge as a layer of its own: before a convolution that should see something other
// than zeros there.

/// Sequences continued at both ends: `[n, w, c]` to `[n, left + w + right, c]`.
///
/// With zeros, or by a mode: see `PaddingMode`. Stops when an amount is negative, or where the mode finds
/// too little to continue with.
public struct Pad1D: Layer {
  public let left: Int
  public let right: Int
  public let mode: PaddingMode

  public init(left: Int, right: Int, mode: PaddingMode = .constant(0)) {
    requireAmounts("Pad1D", ["left": left, "right": right])
    self.left = left
    self.right = right
    self.mode = mode
  }

  public init(_ amount: Int, mode: PaddingMode = .constant(0)) {
    self.init(left: amount, right: amount, mode: mode)
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 3 else {
      fail("pad", "wants a batch of sequences [n, w, c], given \(x.shape)")
    }
    return x.padded(before: [0, left, 0], after: [0, right, 0], mode: mode)
  }
}

/// Images continued on all sides: `[n, h, w, c]` to `[n, top + h + bottom, left + w + right, c]`.
///
/// Otherwise as `Pad1D`.
public struct Pad2D: Layer {
  public let top: Int
  public let bottom: Int
  public let left: Int
  public let right: Int
  public let mode: PaddingMode

  public init(
    top: Int, bottom: Int, left: Int, right: Int, mode: PaddingMode = .constant(0)
  ) {
    requireAmounts("Pad2D", ["top": top, "bottom": bottom, "left": left, "right": right])
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
    self.mode = mode
  }

  public init(_ amount: Int, mode: PaddingMode = .constant(0)) {
    self.init(top: amount, bottom: amount, left: amount, right: amount, mode: mode)
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 4 else {
      fail("pad", "wants an image batch [n, h, w, c], given \(x.shape)")
    }
    return x.padded(before: [0, top, left, 0], after: [0, bottom, right, 0], mode: mode)
  }
}

/// Volumes continued on all sides: `[n, d, h, w, c]`, each axis longer by its two amounts.
///
/// Otherwise as `Pad1D`.
public struct Pad3D: Layer {
  public let front: Int
  public let back: Int
  public let top: Int
  public let bottom: Int
  public let left: Int
  public let right: Int
  public let mode: PaddingMode

  public init(
    front: Int, back: Int, top: Int, bottom: Int, left: Int, right: Int,
    mode: PaddingMode = .constant(0)
  ) {
    requireAmounts(
      "Pad3D",
      [
        "front": front, "back": back, "top": top, "bottom": bottom, "left": left, "right": right,
      ])
    self.front = front
    self.back = back
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
    self.mode = mode
  }

  public init(_ amount: Int, mode: PaddingMode = .constant(0)) {
    self.init(
      front: amount, back: amount, top: amount, bottom: amount, left: amount, right: amount,
      mode: mode)
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 5 else {
      fail("pad", "wants a batch of volumes [n, d, h, w, c], given \(x.shape)")
    }
    return x.padded(
      before: [0, front, top, left, 0], after: [0, back, bottom, right, 0], mode: mode)
  }
}

private func requireAmounts(_ layer: String, _ amounts: KeyValuePairs<String, Int>) {
  guard amounts.allSatisfy({ $0.value >= 0 }) else {
    let given = amounts.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    fail(layer, "amounts are not negative, given \(given)")
  }
}
