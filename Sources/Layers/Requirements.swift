import Operations
import Tensors

/// Stops unless every size is at least 1; names all of them.
func requirePositive(_ layer: String, _ sizes: KeyValuePairs<String, Int>) {
  guard sizes.allSatisfy({ $0.value > 0 }) else {
    let given = sizes.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    fail(layer, "sizes are at least 1, given \(given)")
  }
}

/// Stops unless `groups` divides both numbers of channels.
func requireGroups(_ layer: String, _ groups: Int, inputs: Int, outputs: Int) {
  guard inputs % groups == 0, outputs % groups == 0 else {
    fail(
      layer,
      "groups divide both numbers of channels, given \(groups) groups for \(inputs) inputs and "
        + "\(outputs) outputs")
  }
}

/// Stops when a padding has a negative side.
func requirePadding(_ layer: String, _ padding: Padding) {
  let isNegative: Bool
  switch padding {
  case .valid, .same, .full: isNegative = false
  case .all(let amount): isNegative = amount < 0
  case .explicit(let top, let bottom, let left, let right):
    isNegative = min(top, bottom, left, right) < 0
  }
  if isNegative { fail(layer, "padding is not negative, given \(padding)") }
}

/// The same for a volume.
func requirePadding(_ layer: String, _ padding: VolumePadding) {
  let isNegative: Bool
  switch padding {
  case .valid, .same, .full: isNegative = false
  case .all(let amount): isNegative = amount < 0
  case .explicit(let front, let back, let top, let bottom, let left, let right):
    isNegative = min(front, back, top, bottom, left, right) < 0
  }
  if isNegative { fail(layer, "padding is not negative, given \(padding)") }
}

/// Stops unless each output padding lies below the stride or the dilation of its axis.
func requireOutputPadding(
  _ layer: String, _ amounts: [Int], strides: [Int], dilation: [Int]
) {
  for (axis, amount) in amounts.enumerated() {
    guard amount >= 0, amount < max(strides[axis], dilation[axis]) else {
      fail(
        layer,
        "output padding is not negative and smaller than the stride or the dilation, given "
          + amounts.map(String.init).joined(separator: " and "))
    }
  }
}
