import Operations
import Tensors

extension Registry {
  private struct Windows: Sendable {
    let x: Shape
    let window: Int
    var stride: Int?
    var padding = Padding.valid
    var dilation = 1
    var roundsUp = false

    var details: String {
      var text = "window \(window)"
      if let stride { text += " stride \(stride)" }
      if padding != .valid { text += " padding \(padding)" }
      if dilation != 1 { text += " dilation \(dilation)" }
      return text + (roundsUp ? " rounds up" : "")
    }
  }

  private static func sides(_ left: Int, _ right: Int) -> Padding {
    .explicit(top: 0, bottom: 0, left: left, right: right)
  }

  private static let windows: [Windows] = [
    Windows(x: [1, 4, 1], window: 2), Windows(x: [2, 6, 3], window: 2),
    Windows(x: [2, 7, 2], window: 2), Windows(x: [2, 7, 2], window: 3, stride: 2),
    Windows(x: [1, 6, 2], window: 3, stride: 1, padding: .same),
    Windows(x: [1, 7, 2], window: 2, stride: 3), Windows(x: [2, 5, 2], window: 4, stride: 1),
    Windows(x: [2, 5, 2], window: 3, stride: 2, padding: sides(1, 0)),
    Windows(x: [2, 6, 2], window: 3, stride: 2, padding: sides(0, 2)),
    Windows(x: [2, 7, 2], window: 3, stride: 2, padding: .all(1)),
    Windows(x: [2, 6, 2], window: 3, stride: 3, padding: .full),
    Windows(x: [1, 3, 2], window: 1), Windows(x: [1, 5, 3], window: 1, stride: 2),
    Windows(x: [2, 1, 3], window: 1), Windows(x: [2, 3, 2], window: 3),
    Windows(x: [0, 4, 2], window: 2), Windows(x: [1, 4, 19], window: 2),
    Windows(x: [3, 9, 1], window: 4, stride: 3, padding: .same),
    Windows(x: [1, 8, 2], window: 5, stride: 2, padding: .all(2)),
    Windows(x: [5, 2, 1], window: 2),
  ]

  static let sequencePooling = {
    var family = Family("pooling")
    let more = [
      Windows(x: [1, 7, 2], window: 2, stride: 1, dilation: 2),
      Windows(x: [2, 9, 2], window: 3, stride: 2, dilation: 3),
      Windows(x: [2, 6, 2], window: 2, padding: .all(1), dilation: 2),
      Windows(x: [2, 5, 2], window: 2, roundsUp: true),
      Windows(x: [1, 6, 1], window: 3, stride: 2, roundsUp: true),
      Windows(x: [1, 3, 2], window: 2, padding: .all(1), roundsUp: true),
    ]
    for w in windows + more {
      family.add("maxPool1D", w.details, .distinct(w.x)) {
        maxPool1D(
          $0, window: w.window, stride: w.stride, padding: w.padding, dilation: w.dilation,
          roundsUp: w.roundsUp)
      }
    }
    for w in windows {
      family.add("avgPool1D", w.details, .any(w.x)) {
        avgPool1D($0, window: w.window, stride: w.stride, padding: w.padding)
      }
      if w.padding != .valid {
        family.add("avgPool1D", w.details + " without padding", .any(w.x)) {
          avgPool1D(
            $0, window: w.window, stride: w.stride, padding: w.padding, countsPadding: false)
        }
      }
      family.add("l2Pool1D", w.details, .any(w.x)) {
        l2Pool1D($0, window: w.window, stride: w.stride, padding: w.padding)
      }
    }
    family.add("maxPool1D", "times input", .distinct([2, 4, 2])) {
      maxPool1D($0, window: 3, stride: 1, padding: .same) * $0
    }
    family.add("avgPool1D", "times input", .any([2, 4, 2])) {
      avgPool1D($0, window: 3, stride: 1, padding: .same) * $0
    }
    return family
  }()
}
