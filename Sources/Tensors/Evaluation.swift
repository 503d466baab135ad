import Kernels

/// Turns deferred expressions into values: one pass over the domain for each graph.
enum Evaluation {
  /// Computes and publishes the value of `target`, and of sums that can share its pass.
  static func force(_ target: Storage) {
    guard let expression = target.pending else { return }
    switch expression {
    case .absent:
      fail("reading a value", "shapes are being checked: no operation has run, no value exists")
    case .sum(let source, let access):
      forceSums(with: target, over: source, access)
    case .constant, .copy, .pointwise:
      forceElements(target, expression)
    }
  }

  private static func forceElements(_ target: Storage, _ expression: Expression) {
    var builder = ProgramBuilder(count: target.count, precision: expression.precision)
    builder.prepareOperands(of: expression)
    let memory = Memory(byteCount: target.byteCount)
    let value = builder.value(of: expression)
    builder.program.store(value, to: memory.pointer, dtype: target.dtype)
    builder.runAndPublish([(target, memory)])
  }

  /// Computes and publishes several groups of values: those of a group that stand over one domain in one
  /// pass, and small passes shared out among the threads.
  ///
  /// An optimiser's step gives parameters and what it keeps for each this way: every operand is read
  /// once, and one hand-out to the threads serves all parameters.
  static func force(together groups: [[Storage]]) {
    var passes = ContiguousArray(groups.compactMap { Pass($0) })
    passes.withUnsafeMutableBufferPointer { passes in
      Threads.run(pieces: passes.map(\.builder.count)) { passes[$0].run() }
      for index in passes.indices { passes[index].builder.publish() }
    }
    for target in groups.joined() { _ = target.address }
  }

  /// Several values over one domain, in one program.
  private struct Pass {
    var builder: ProgramBuilder
    let targets: [Storage]

    /// Evaluates what the program will read; nil where nothing is left to do.
    init?(_ group: [Storage]) {
      let waiting = group.filter { target in
        switch target.pending {
        case .pointwise, .copy: target.dtype.isCompute
        default: false
        }
      }
      guard let first = waiting.first, let precision = PointwiseProgram.Precision(first.dtype)
      else {
        return nil
      }
      builder = ProgramBuilder(count: first.count, precision: precision)
      let sharing = waiting.filter { $0.count == first.count && $0.dtype == first.dtype }
      for target in sharing { builder.prepare(target) }
      targets = sharing.filter { !$0.isEvaluated }
      if targets.isEmpty { return nil }
    }

    /// Builds the program and runs it, on whatever thread: all it reads is there.
    mutating func run() {
      let results = targets.map { target in
        let memory = Memory(byteCount: target.byteCount)
        let value = builder.value(of: target, .flat(target.count))
        builder.program.store(value, to: memory.pointer, dtype: target.dtype)
        return (target: target, memory: memory)
      }
      builder.finish(results)
      Threads.leaving { builder.program.run() }
    }
  }

  /// One pass for `first` and every other waiting sum over the same domain, to the same places,
  /// whose operands are all there.
  ///
  /// The order in which a sum adds depends on its domain and access alone, so its bits do not depend
  /// on which others happen to share the pass.
  private static func forceSums(with first: Storage, over source: Storage, _ access: Access) {
    guard let precision = PointwiseProgram.Precision(source.dtype) else {
      fail("sum", "wants float32 or float64, given \(source.dtype)")
    }
    var builder = ProgramBuilder(count: source.count, precision: precision)
    builder.prepare(source)
    var results: [(target: Storage, memory: Memory)] = []
    var sources: [Storage] = []

    func include(_ sum: Storage, _ source: Storage) {
      defer { sources.append(source) }
      // Batch norm's offset and mean both ask for the sum of the cotangent.
      if let same = sources.firstIndex(where: { $0 === source }),
        results[same].target.dtype == sum.dtype
      {
        return results.append((sum, results[same].memory))
      }
      let memory = Memory(byteCount: sum.byteCount)
      let value = builder.value(of: source, .flat(source.count))
      builder.program.sum(
        value, inner: access.inner, span: access.span, to: memory.pointer, dtype: sum.dtype)
      results.append((sum, memory))
    }

    include(first, source)
    for other in Surroundings.current.sums?.remaining() ?? [] where other !== first {
      guard case .sum(let otherSource, access)? = other.pending,
        otherSource.count == source.count, otherSource.dtype == source.dtype,
        builder.operations < Expression.operationLimit, builder.isReady(otherSource)
      else { continue }
      include(other, otherSource)
    }
    builder.runAndPublish(results)
  }
}
