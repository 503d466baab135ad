import Tensors

/// Stops unless every number is finite and not negative.
func requireSizes(_ optimizer: String, _ numbers: KeyValuePairs<String, Double>) {
  for (name, value) in numbers where !(value >= 0 && value.isFinite) {
    fail(optimizer, "\(name) is not negative, given \(value)")
  }
}

/// Stops unless every number lies in [0, 1).
func requireShares(_ optimizer: String, _ numbers: KeyValuePairs<String, Double>) {
  for (name, value) in numbers where !(value >= 0 && value < 1) {
    fail(optimizer, "\(name) lies in [0, 1), given \(value)")
  }
}
