import TapeGrad

/// One operation to be timed on its own.
struct Operation {
  /// What bounds it on a perfect machine.
  enum Work {
    /// Operations of the direct method, two for each multiply-add.
    case arithmetic(Double)
    /// Bytes read and written, each array once for each pass that has to see it.
    case traffic(Double)
  }

  let name: String
  let work: Work
  /// Makes the inputs and hands back what is timed; they live as long as that.
  let make: () -> () -> Void

  init(_ name: String, flops: Int, make: @escaping () -> () -> Void) {
    self.name = name
    work = .arithmetic(Double(flops))
    self.make = make
  }

  /// `passes` over float32 arrays of `count` numbers.
  init(_ name: String, passes: Int, count: Int, make: @escaping () -> () -> Void) {
    self.name = name
    work = .traffic(Double(4 * passes * count))
    self.make = make
  }
}

/// The single operations that `Benchmarks operations` times.
enum OperationCatalog {
  static var all: [Operation] { convolutions + products + passes + updates }
}
