import Autodiff
import Operations
import Tensors

extension Registry {
  private struct Windows: Sendable {
    let x: Shape
    let window: Pair
    var strides: Pair?
    var padding = Padding.valid
    var dilation: Pair = 1
    var roundsUp = false

    var details: String {
      var text = "window \(window.height) \(window.width)"
      if let strides { text += " strides \(strides.height) \(strides.width)" }
      if padding != .valid { text += " padding \(padding)" }
      if dilation != 1 { text += " dilation \(dilation.height) \(dilation.width)" }
      return text + (roundsUp ? " rounds up" : "")
    }
  }

  private static let windows: [Windows] = [
    Windows(x: [1, 4, 4, 1], window: 2), Windows(x: [2, 4, 6, 3], window: 2),
    Windows(x: [2, 5, 5, 2], window: 2), Windows(x: [2, 5, 5, 2], window: 3, strides: 2),
    Windows(x: [1, 5, 6, 2], window: 3, strides: 1, padding: .same),
    Windows(x: [1, 6, 7, 2], window: Pair(3, 2), strides: Pair(2, 3)),
    Windows(
      x: [2, 5, 4, 2], window: 3, strides: 2,
      padding: .explicit(top: 1, bottom: 0, left: 0, right: 2)),
    Windows(x: [2, 7, 6, 2], window: 3, strides: 2, padding: .all(1)),
    Windows(x: [1, 3, 3, 2], window: 1), Windows(x: [1, 1, 5, 3], window: Pair(1, 2)),
    Windows(x: [0, 4, 4, 2], window: 2), Windows(x: [1, 4, 4, 19], window: 2),
  ]

  private static let l2Windows: [Windows] = [
    Windows(x: [2, 4, 4, 2], window: Pair(2, 1)), Windows(x: [2, 4, 4, 2], window: Pair(1, 4)),
    Windows(x: [1, 3, 3, 2], window: 3), Windows(x: [1, 3, 3, 2], window: 2, strides: 1),
    Windows(x: [1, 5, 5, 1], window: 3, strides: 2, padding: .same),
    Windows(x: [3, 2, 2, 1], window: 2, padding: .full), Windows(x: [2, 1, 1, 3], window: 1),
    Windows(x: [1, 5, 5, 2], window: 1, strides: 2),
  ]

  static let pooling = {
    var family = Family("pooling")
    let more = [
      Windows(x: [1, 7, 7, 2], window: 2, strides: 1, dilation: 2),
      Windows(x: [1, 8, 7, 2], window: Pair(2, 3), strides: 2, dilation: Pair(3, 1)),
      Windows(x: [2, 5, 6, 2], window: 2, roundsUp: true),
      Windows(x: [1, 6, 6, 1], window: 3, strides: 2, roundsUp: true),
      Windows(x: [2, 2, 2, 1], window: 2, padding: .full),
      Windows(x: [1, 3, 7, 2], window: Pair(1, 3), strides: 1, dilation: Pair(1, 3)),
      Windows(x: [3, 4, 2, 2], window: Pair(4, 2)),
      Windows(x: [1, 5, 5, 1], window: 2, strides: 3, padding: .all(1), roundsUp: true),
    ]
    for w in windows + more {
      let pool = { @Sendable (x: Tensor) in
        maxPool2D(
          x, window: w.window, strides: w.strides, padding: w.padding, dilation: w.dilation,
          roundsUp: w.roundsUp)
      }
      let y = pool(.zeros(w.x, dtype: .float64)).shape
      family.add("maxPool", w.details, .distinct(w.x)) { pool($0) }
      family.add("placeInWindows", w.details, [.distinct(w.x), .any(y)]) { inputs in
        // The positions are constants: only the cotangent is differentiated.
        let x = inputs[0].detached
        return pullback(at: x, of: pool).pullback(inputs[1]) + inputs[0]
      }
      let pick = { @Sendable (inputs: [Tensor]) in
        let x = inputs[0].detached
        let place = { (dy: Tensor) in pullback(at: x, of: pool).pullback(dy) }
        return pullback(at: Tensor.zeros(y, dtype: x.dtype), of: place).pullback(inputs[1])
      }
      family.add("pickFromWindows", w.details, [.distinct(w.x), .any(w.x)]) {
        pick($0) + $0[0].sum()
      }
      family.add("pickFromWindows", w.details + ", squared", [.distinct(w.x), .any(w.x)]) {
        let y = pick($0)
        return y * y + $0[0].sum()
      }
    }
    for w in windows {
      for counts in [true, false] {
        family.add("avgPool", w.details + (counts ? "" : " without padding"), .any(w.x)) {
          avgPool2D(
            $0, window: w.window, strides: w.strides, padding: w.padding, countsPadding: counts)
        }
      }
    }
    for w in windows + l2Windows {
      family.add("l2Pool2D", w.details, .any(w.x)) {
        l2Pool2D($0, window: w.window, strides: w.strides, padding: w.padding)
      }
    }
    return family
  }()
}
