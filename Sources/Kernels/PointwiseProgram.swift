import CKernels

/// A group of pointwise operations over one domain, run together block by block in the cache.
///
/// Build it from streams and constants with ``apply(_:_:_:_:)``, say with ``store(_:to:dtype:)`` and
/// ``sum(_:inner:span:to:dtype:)`` what becomes of the values, and call ``run()`` once.
///
/// Every operation rounds its result to the program's precision, so a value has the same bits
/// whether it is stored and read again between two operations or stays in the cache. Sums are
/// formed in double in an order that depends on their own geometry alone, so neither the number of
/// threads nor what else is in the program changes a bit.
///
/// A destination must not overlap anything the program reads or writes, with one exception: it may
/// be exactly where a flat stream of elements of the same size reads.
package struct PointwiseProgram {
  package enum Precision: Sendable {
    case float32, float64
  }

  /// A value of the program.
  package struct Register: Sendable, Hashable {
    fileprivate let index: Int32
  }

  struct Node {
    var operation: Int32
    var a: Int32
    var b: Int32
    var c: Int32
  }

  static let constantNode: Int32 = -1

  let count: Int
  let precision: Precision
  var nodes: ContiguousArray<Node> = []
  var streams: ContiguousArray<tg_stream> = []
  var constants: ContiguousArray<tg_constant> = []
  var stores: ContiguousArray<tg_store> = []
  var sums: ContiguousArray<tg_sum> = []

  /// The loops in force where the program was made: it may run on another thread.
  let kernels = Processor.kernels

  package init(count: Int, precision: Precision) {
    self.count = count
    self.precision = precision
    nodes.reserveCapacity(16)
  }

  var computeDType: DType { precision == .float32 ? .float32 : .float64 }

  // MARK: - Building

  /// A value read from memory: element i of the domain is `base[(i / span) * inner + i % inner]`.
  ///
  /// Flat: `inner == span`. A scalar: inner 1, span `count`. Per channel: inner C, span `count`.
  /// One value for each row of Q: inner 1, span Q. `inner` divides `span`, `span` divides `count`.
  package mutating func stream(
    _ base: UnsafeRawPointer, dtype: DType, inner: Int, span: Int
  ) -> Register {
    checkAccess(inner: inner, span: span)
    let register = append(Node(operation: StepCode.load, a: Int32(streams.count), b: 0, c: 0))
    streams.append(
      tg_stream(
        base: base.assumingMemoryBound(to: CChar.self), inner: Int64(inner), span: Int64(span),
        dtype: Int32(dtype.rawValue), value: register.index))
    return register
  }

  package mutating func constant(_ value: Double) -> Register {
    let register = append(Node(operation: Self.constantNode, a: 0, b: 0, c: 0))
    constants.append(tg_constant(number: value, value: Int64(register.index)))
    return register
  }

  package mutating func apply(
    _ operation: PointwiseOperation, _ a: Register, _ b: Register? = nil, _ c: Register? = nil
  ) -> Register {
    precondition(
      1 + (b == nil ? 0 : 1) + (c == nil ? 0 : 1) == operation.arity,
      "an operation was given the wrong number of operands")
    return append(
      Node(
        operation: operation.rawValue, a: a.index, b: (b ?? a).index, c: (c ?? a).index))
  }

  /// Writes a value to `destination[i]`. Booleans are value != 0; integers are cut toward zero and
  /// saturate, NaN becomes 0; the short floats round to nearest, ties to even.
  package mutating func store(
    _ register: Register, to destination: UnsafeMutableRawPointer, dtype: DType
  ) {
    stores.append(
      tg_store(
        destination: destination.assumingMemoryBound(to: CChar.self),
        dtype: Int32(dtype.rawValue), value: register.index, direct: 0))
  }

  /// The adjoint of the access of a stream: `destination[(i / span) * inner + i % inner]` becomes
  /// the sum of all values that it names. Over an empty domain with `span == count` that is zero.
  package mutating func sum(
    _ register: Register, inner: Int, span: Int, to destination: UnsafeMutableRawPointer,
    dtype: DType
  ) {
    checkAccess(inner: inner, span: span)
    sums.append(
      tg_sum(
        destination: destination.assumingMemoryBound(to: CChar.self), partials: nil,
        inner: Int64(inner), span: Int64(span), lanes: Int64(Self.lanes(inner: inner, span: span)),
        dtype: Int32(dtype.rawValue), value: register.index))
  }

  /// What it takes to form a value again: how many flat streams are read for it, and how much is
  /// computed, where an addition is 1.
  package func effort(for register: Register) -> (streams: Int, work: Int) {
    var (flat, work) = (0, 0)
    withUnsafeTemporaryAllocation(of: Bool.self, capacity: nodes.count) { isNeeded in
      isNeeded.initialize(repeating: false)
      isNeeded[Int(register.index)] = true
      for index in stride(from: Int(register.index), through: 0, by: -1) where isNeeded[index] {
        let node = nodes[index]
        if node.operation == StepCode.load {
          if streams[Int(node.a)].inner == streams[Int(node.a)].span { flat += 1 }
        } else if let operation = PointwiseOperation(rawValue: node.operation) {
          work += operation.work
          isNeeded[Int(node.a)] = true
          isNeeded[Int(node.b)] = true
          isNeeded[Int(node.c)] = true
        }
      }
    }
    return (flat, work)
  }

  private mutating func append(_ node: Node) -> Register {
    nodes.append(node)
    return Register(index: Int32(nodes.count - 1))
  }

  private func checkAccess(inner: Int, span: Int) {
    precondition(
      count == 0
        || (inner > 0 && span >= inner && span % inner == 0 && count % span == 0),
      "a pointwise access needs inner to divide span and span to divide count")
  }

  /// Whether one thread runs it quicker than several.
  private var isSerial: Bool {
    count < Self.serialCount && count * (streams.count + stores.count) < 3 * Self.serialCount
  }

  // MARK: - Sizes that fix the order of sums

  /// Elements one thread takes at a time.
  static let chunkLength = 32768
  /// Below this one thread is quicker than two.
  private static let serialCount = 65536
  /// Sums over rows wider than this go through memory, a block of columns for each thread.
  private static let widestRow = 2048

  /// Accumulators for one run of a sum: enough of them to fill the vectors and hide the latency of
  /// additions, but for short runs no more than there are results.
  private static func lanes(inner: Int, span: Int) -> Int {
    inner < 16 && span >= 64 * inner ? 32 * inner : inner
  }

  /// What flat streams and stores move; what is broadcast stays in the cache.
  private var bytesRead: Int {
    streams.reduce(0) { total, stream in
      stream.inner == stream.span
        ? total + count * DType(rawValue: UInt8(stream.dtype))!.byteWidth : total
    }
  }

  private var bytesWritten: Int {
    stores.reduce(0) { $0 + count * DType(rawValue: UInt8($1.dtype))!.byteWidth }
  }

  // MARK: - Running

  /// Runs the program; its job may be left in flight. Call it once.
  package mutating func run() {
    guard count > 0 else { return zeroEmptySums() }
    MemoryTraffic.add(read: bytesRead, written: bytesWritten)
    var spills: [(memory: Memory, sum: tg_sum)] = []
    if sums.contains(where: { $0.inner > Self.widestRow }) { spills = spillWideSums() }
    let run = PointwiseRun(&self)
    if isSerial {
      Threads.landOwn()
      for chunk in 0..<run.chunks { run.runChunk(chunk) }
      run.merge()
    } else {
      Threads.launch(blocks: run.chunks, end: run.merge, run.runChunk)
    }
    if spills.isEmpty { return }
    Threads.landOwn()
    for spill in spills { Self.addColumns(of: spill.memory, spill.sum, count, precision) }
  }

  private func zeroEmptySums() {
    for sum in sums where sum.span == 0 {
      let dtype = DType(rawValue: UInt8(sum.dtype))!
      UnsafeMutableRawPointer(sum.destination)
        .initializeMemory(as: UInt8.self, repeating: 0, count: Int(sum.inner) * dtype.byteWidth)
    }
  }

  // MARK: - Wide sums

  /// Turns sums of wide rows into stores of the summand, to be added up by columns afterwards.
  private mutating func spillWideSums() -> [(memory: Memory, sum: tg_sum)] {
    var spills: [(memory: Memory, sum: tg_sum)] = []
    for sum in sums where sum.inner > Self.widestRow {
      let memory = Memory(byteCount: count * computeDType.byteWidth)
      store(Register(index: sum.value), to: memory.pointer, dtype: computeDType)
      spills.append((memory, sum))
    }
    sums.removeAll { $0.inner > Self.widestRow }
    return spills
  }

  private static func addColumns(
    of memory: Memory, _ sum: tg_sum, _ count: Int, _ precision: Precision
  ) {
    let columnsPerBlock = 512
    let inner = Int(sum.inner)
    let rows = Int(sum.span) / inner
    let blocks = (inner + columnsPerBlock - 1) / columnsPerBlock
    let width = precision == .float32 ? 4 : 8
    let dtype = DType(rawValue: UInt8(sum.dtype))!
    let add = Processor.kernels.pointee.pointwise.pointee.add_columns!
    let source = memory.pointer
    let destination = UnsafeMutableRawPointer(sum.destination)!
    Threads.run(blocks: count / Int(sum.span) * blocks) { index in
      let segment = index / blocks
      let from = index % blocks * columnsPerBlock
      add(
        precision == .float32 ? 0 : 1, source + segment * rows * inner * width, Int64(inner),
        Int64(rows), Int64(from), Int64(min(inner, from + columnsPerBlock)),
        destination + segment * inner * dtype.byteWidth, sum.dtype)
    }
  }
}
