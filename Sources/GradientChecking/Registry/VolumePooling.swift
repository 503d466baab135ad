import Operations
import Tensors

extension Registry {
  private struct Windows: Sendable {
    let x: Shape
    let window: Triple
    var strides: Triple?
    var padding = VolumePadding.valid
    var dilation: Triple = 1
    var roundsUp = false

    var details: String {
      var text = "window \(window.depth) \(window.height) \(window.width)"
      if let strides { text += " strides \(strides.depth) \(strides.height) \(strides.width)" }
      if padding != .valid { text += " padding \(padding)" }
      if dilation != 1 {
        text += " dilation \(dilation.depth) \(dilation.height) \(dilation.width)"
      }
      return text + (roundsUp ? " rounds up" : "")
    }
  }

  private static let asymmetric = VolumePadding.explicit(
    front: 1, back: 0, top: 0, bottom: 1, left: 0, right: 1)

  private static let windows: [Windows] = [
    Windows(x: [1, 2, 2, 2, 1], window: 2), Windows(x: [2, 4, 2, 4, 2], window: 2),
    Windows(x: [1, 3, 3, 5, 2], window: 2), Windows(x: [1, 5, 3, 3, 2], window: 3, strides: 2),
    Windows(x: [1, 3, 4, 3, 2], window: 3, strides: 1, padding: .same),
    Windows(x: [1, 4, 3, 4, 1], window: Triple(2, 3, 1), strides: Triple(1, 2, 3)),
    Windows(x: [2, 3, 3, 3, 1], window: Triple(3, 1, 1), strides: 1),
    Windows(x: [2, 3, 4, 4, 1], window: Triple(1, 2, 2)),
    Windows(x: [1, 3, 3, 3, 2], window: 2, strides: 2, padding: asymmetric),
    Windows(x: [1, 3, 3, 3, 2], window: 2, strides: 1, padding: .all(1)),
    Windows(x: [1, 4, 4, 4, 1], window: 3, strides: 2, padding: .all(1)),
    Windows(x: [1, 3, 2, 3, 1], window: 2, padding: .full),
    Windows(x: [1, 4, 3, 4, 1], window: 3, strides: 2, padding: .same),
    Windows(x: [2, 2, 3, 2, 2], window: 1), Windows(x: [1, 3, 3, 3, 2], window: 1, strides: 2),
    Windows(x: [2, 1, 1, 1, 3], window: 1), Windows(x: [2, 1, 4, 4, 1], window: Triple(1, 3, 3)),
    Windows(x: [0, 2, 2, 2, 2], window: 2), Windows(x: [1, 2, 2, 2, 17], window: 2),
    Windows(x: [2, 3, 2, 2, 2], window: Triple(3, 2, 2)),
  ]

  static let volumePooling = {
    var family = Family("pooling")
    let more = [
      Windows(x: [1, 4, 4, 3, 1], window: 2, strides: 1, dilation: 2),
      Windows(x: [1, 5, 3, 4, 1], window: 2, strides: 1, dilation: Triple(3, 1, 2)),
      Windows(x: [1, 3, 3, 3, 2], window: 2, roundsUp: true),
      Windows(x: [1, 4, 2, 4, 1], window: Triple(3, 2, 3), strides: 2, roundsUp: true),
    ]
    for w in windows + more {
      family.add("maxPool3D", w.details, .distinct(w.x)) {
        maxPool3D(
          $0, window: w.window, strides: w.strides, padding: w.padding, dilation: w.dilation,
          roundsUp: w.roundsUp)
      }
    }
    for w in windows {
      family.add("avgPool3D", w.details, .any(w.x)) {
        avgPool3D($0, window: w.window, strides: w.strides, padding: w.padding)
      }
      if w.padding != .valid {
        family.add("avgPool3D", w.details + " without padding", .any(w.x)) {
          avgPool3D(
            $0, window: w.window, strides: w.strides, padding: w.padding, countsPadding: false)
        }
      }
      family.add("l2Pool3D", w.details, .any(w.x)) {
        l2Pool3D($0, window: w.window, strides: w.strides, padding: w.padding)
      }
    }
    family.add("maxPool3D", "times input", .distinct([1, 3, 2, 3, 2])) {
      maxPool3D($0, window: 3, strides: 1, padding: .same) * $0
    }
    return family
  }()
}
