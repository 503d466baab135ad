/// Stops with the operation and what is wrong about its input.
func fail(_ operation: String, _ message: String) -> Never {
  fatalError("\(operation): \(message)")
}
