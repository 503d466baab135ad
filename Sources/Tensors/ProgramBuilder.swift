import Kernels

/// The storages a walk has met. Programs are short: looking through a list costs less than hashing.
private struct SeenStorages {
  private var storages: ContiguousArray<ObjectIdentifier> = []

  /// Whether it is met for the first time.
  mutating func insert(_ storage: Storage) -> Bool {
    let identifier = ObjectIdentifier(storage)
    // What is met again was mostly met just before.
    var index = storages.count
    while index > 0 {
      index -= 1
      if storages[index] == identifier { return false }
    }
    storages.append(identifier)
    return true
  }
}

/// The registers in which a program already has a storage's elements, read in some way.
private struct KnownValues {
  private struct Entry {
    let storage: ObjectIdentifier
    let access: Access
    let register: PointwiseProgram.Register
  }

  private var entries: ContiguousArray<Entry> = []

  func register(of storage: Storage, _ access: Access) -> PointwiseProgram.Register? {
    let identifier = ObjectIdentifier(storage)
    var index = entries.count
    while index > 0 {
      index -= 1
      if entries[index].storage == identifier, entries[index].access == access {
        return entries[index].register
      }
    }
    return nil
  }

  mutating func append(
    _ storage: Storage, _ access: Access, _ register: PointwiseProgram.Register
  ) {
    entries.append(
      Entry(storage: ObjectIdentifier(storage), access: access, register: register))
  }
}

/// Compiles a graph of expressions over one domain into a program.
struct ProgramBuilder {
  var program: PointwiseProgram
  let count: Int
  private let precision: PointwiseProgram.Precision
  private var known = KnownValues()
  /// Storages that the program reads: held until it has run.
  private var held: [Storage] = []
  /// Values computed on the way, each after those it is made of.
  private var inlined:
    ContiguousArray<(storage: Storage, expression: Expression, register: PointwiseProgram.Register)> =
      []
  private(set) var operations = 0
  private var finished: [(target: Storage, memory: Memory)] = []

  init(count: Int, precision: PointwiseProgram.Precision) {
    self.count = count
    self.precision = precision
    program = PointwiseProgram(count: count, precision: precision)
  }

  /// Runs the program and hands over its results, and with them those values on the way to them that
  /// are still wanted and dear: see ``storesWantedValues(besides:)``.
  mutating func runAndPublish(_ results: [(target: Storage, memory: Memory)]) {
    finish(results)
    Threads.leaving { program.run() }
    publish()
  }

  /// The first step: nothing more will be asked of the program. The second, `program.run()`, may take
  /// place on another thread.
  mutating func finish(_ results: [(target: Storage, memory: Memory)]) {
    finished =
      results + storesWantedValues(besides: results.map(\.target)).map { ($0.value, $0.memory) }
  }

  /// The last step.
  func publish() {
    for (target, memory) in finished { target.publish(memory) }
    withExtendedLifetime(held) {}
  }

  /// Stores those values inside the program that expressions outside it still wait for, if forming them
  /// again would read several streams or compute much: the cotangent where a residual branch
  /// joins, for one, which the statistics, the input's gradient and the branch all need.
  ///
  /// A value only read by what is itself finished with this program goes with it.
  private mutating func storesWantedValues(
    besides targets: [Storage]
  ) -> [(value: Storage, memory: Memory)] {
    var results: [(value: Storage, memory: Memory)] = []
    // Places that will no longer name a value once the program has run.
    var freed = ContiguousArray(repeating: 0, count: inlined.count)
    func free(_ expression: Expression) {
      expression.forEachOperand { operand in
        if let index = inlined.lastIndex(where: { $0.storage === operand }) { freed[index] += 1 }
      }
    }
    for target in targets {
      if let expression = target.pending, !inlined.contains(where: { $0.storage === target }) {
        free(expression)
      }
    }
    for index in inlined.indices.reversed() {
      let (storage, expression, register) = inlined[index]
      if targets.contains(where: { $0 === storage }) {
        free(expression)
      } else if storage.consumerCount <= freed[index] {
        free(expression)
      } else if storage.dtype == precision.dtype, isDear(register) {
        free(expression)
        let memory = Memory(byteCount: storage.byteCount)
        program.store(register, to: memory.pointer, dtype: storage.dtype)
        results.append((storage, memory))
      }
    }
    return results
  }

  /// Whether storing a value, which costs about two streams, is cheaper than forming it again.
  private func isDear(_ register: PointwiseProgram.Register) -> Bool {
    let effort = program.effort(for: register)
    return effort.streams >= 3 || effort.streams > 0 && effort.work >= 16
  }

  /// Whether the node can be computed inside this program: same domain, and a value that has the
  /// same bits in a register as in memory.
  private func isInlined(_ storage: Storage, _ access: Access) -> Expression? {
    guard !storage.isEvaluated, let expression = storage.pending else { return nil }
    if case .constant = expression { return storage.dtype == precision.dtype ? expression : nil }
    guard storage.count == count, access == .flat(count),
      storage.dtype == precision.dtype || storage.dtype == .bool
    else { return nil }
    switch expression {
    case .pointwise(_, _, _, _, precision), .copy:
      return expression.precision == precision ? expression : nil
    default: return nil
    }
  }

  /// Evaluates everything outside this domain that the graph under `storage` reads.
  func prepare(_ storage: Storage) {
    var seen = SeenStorages()
    prepare(.elements(storage, .flat(count)), &seen)
  }

  func prepareOperands(of expression: Expression) {
    var seen = SeenStorages()
    prepareOperands(of: expression, &seen)
  }

  private func prepareOperands(of expression: Expression, _ seen: inout SeenStorages) {
    switch expression {
    case .pointwise(_, let a, let b, let c, _):
      prepare(a, &seen)
      if let b { prepare(b, &seen) }
      if let c { prepare(c, &seen) }
    case .copy(let source, let access): prepare(.elements(source, access), &seen)
    case .constant, .sum, .absent: break
    }
  }

  private func prepare(_ operand: Expression.Operand, _ seen: inout SeenStorages) {
    guard case .elements(let storage, let access) = operand, !storage.isEvaluated,
      seen.insert(storage)
    else { return }
    if let inlined = isInlined(storage, access) {
      prepareOperands(of: inlined, &seen)
    } else {
      Evaluation.force(storage)
    }
  }

  /// Whether the graph under `storage` can be computed without waiting for another sum.
  func isReady(_ storage: Storage) -> Bool {
    var seen = SeenStorages()
    return isReady(.elements(storage, .flat(count)), &seen)
  }

  private func isReady(_ operand: Expression.Operand, _ seen: inout SeenStorages) -> Bool {
    guard case .elements(let storage, let access) = operand, !storage.isEvaluated,
      seen.insert(storage)
    else { return true }
    guard let inlined = isInlined(storage, access) else { return storage.isEvaluated }
    switch inlined {
    case .pointwise(_, let a, let b, let c, _):
      return isReady(a, &seen) && b.map { isReady($0, &seen) } ?? true
        && c.map { isReady($0, &seen) } ?? true
    case .copy(let source, let access): return isReady(.elements(source, access), &seen)
    default: return true
    }
  }

  /// The register that holds a storage's elements.
  mutating func value(of storage: Storage, _ access: Access) -> PointwiseProgram.Register {
    if let register = known.register(of: storage, access) { return register }
    held.append(storage)
    let register: PointwiseProgram.Register
    if let expression = isInlined(storage, access) {
      register = value(of: expression)
      inlined.append((storage, expression, register))
    } else {
      register = program.stream(
        storage.address, dtype: storage.dtype, inner: access.inner, span: access.span)
    }
    known.append(storage, access, register)
    return register
  }

  private mutating func value(of operand: Expression.Operand) -> PointwiseProgram.Register {
    switch operand {
    case .elements(let storage, let access): return value(of: storage, access)
    case .constant(let value): return program.constant(value)
    }
  }

  /// The register that holds an expression's value.
  mutating func value(of expression: Expression) -> PointwiseProgram.Register {
    operations += 1
    switch expression {
    case .pointwise(let operation, let a, let b, let c, _):
      let first = value(of: a)
      let second = b.map { value(of: $0) }
      let third = c.map { value(of: $0) }
      return program.apply(operation, first, second, third)
    case .copy(let source, let access): return value(of: source, access)
    case .constant(let value): return program.constant(value)
    case .sum, .absent: preconditionFailure("a sum is not an element of a program")
    }
  }
}
