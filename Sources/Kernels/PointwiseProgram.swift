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

  private struct Node {
    var operation: Int32
    var a: Int32
    var b: Int32
    var c: Int32
  }

  private static let constantNode: Int32 = -1

  private let count: Int
  private let precision: Precision
  private var nodes: ContiguousArray<Node> = []
  private var streams: ContiguousArray<tg_stream> = []
  private var constants: ContiguousArray<tg_constant> = []
  private var stores: ContiguousArray<tg_store> = []
  private var sums: ContiguousArray<tg_sum> = []

  package init(count: Int, precision: Precision) {
    self.count = count
    self.precision = precision
    nodes.reserveCapacity(16)
  }

  private var computeDType: DType { precision == .float32 ? .float32 : .float64 }

  // MARK: - Building

  /// A value read from memory: element i of the domain is `base[(i / span) * inner + i % inner]`.
  ///
  /// Flat: `inner == span`. A scalar: inner 1, span `count`. Per channel: inner C, span `count`.
  /// One value for each row of Q: inner 1, span Q. `inner` divides `span`, `span` divides `count`.
  package mutating func stream(
    _ base: UnsafeRawPointer, dtype: DType, inner: Int, span: Int
  ) -> Register {
    checkAccess(inner: inner, span: span)
    let register = append(Node(operation: TG_STEP_LOAD_CODE, a: Int32(streams.count), b: 0, c: 0))
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

  // MARK: - Sizes that fix the order of sums

  /// Elements one thread takes at a time.
  private static let chunkLength = 32768
  /// Below this one thread is quicker than two.
  private static let serialCount = 65536
  /// Sums over rows wider than this go through memory, a block of columns for each thread.
  private static let widestRow = 2048

  /// Accumulators for one run of a sum: enough of them to fill the vectors and hide the latency of
  /// additions, but for short runs no more than there are results.
  private static func lanes(inner: Int, span: Int) -> Int {
    inner < 16 && span >= 64 * inner ? 32 * inner : inner
  }

  // MARK: - Running

  /// Runs the program. Call it once.
  package mutating func run() {
    guard count > 0 else { return zeroEmptySums() }
    var spills: [(memory: Memory, sum: tg_sum)] = []
    if sums.contains(where: { $0.inner > Self.widestRow }) { spills = spillWideSums() }

    let valueCount = nodes.count
    let stepCapacity = valueCount + stores.count + sums.count
    withUnsafeTemporaryAllocation(of: tg_step.self, capacity: stepCapacity) { steps in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3 * valueCount) { scratch in
        runSteps(steps, scratch)
      }
    }
    for spill in spills { Self.addColumns(of: spill.memory, spill.sum, count, precision) }
  }

  private mutating func runSteps(
    _ steps: UnsafeMutableBufferPointer<tg_step>, _ scratch: UnsafeMutableBufferPointer<Int32>
  ) {
    let count = count
    let slots = UnsafeMutableBufferPointer(rebasing: scratch[0..<nodes.count])
    let plan = plan(steps, slots, scratch.baseAddress! + nodes.count)
    let chunks = (count + Self.chunkLength - 1) / Self.chunkLength
    var partials: Memory?
    if chunks > 1 && !sums.isEmpty {
      let needed = sums.reduce(0) { $0 + 2 * Int($1.inner) * chunks }
      let memory = Memory(byteCount: needed * 8)
      var next = memory.pointer.assumingMemoryBound(to: Double.self)
      for index in sums.indices {
        sums[index].partials = next
        next += 2 * Int(sums[index].inner) * chunks
      }
      partials = memory
    }
    let table = Processor.kernels.pointee.pointwise!
    streams.withUnsafeBufferPointer { streams in
      constants.withUnsafeBufferPointer { constants in
        stores.withUnsafeBufferPointer { stores in
          sums.withUnsafeBufferPointer { sums in
            var program = tg_pointwise_program(
              count: Int64(count), chunk_length: Int64(Self.chunkLength),
              block: Int64(plan.block), steps: steps.baseAddress, streams: streams.baseAddress,
              constants: constants.baseAddress, stores: stores.baseAddress, sums: sums.baseAddress,
              slots: slots.baseAddress, step_count: Int32(plan.stepCount),
              stream_count: Int32(streams.count), constant_count: Int32(constants.count),
              store_count: Int32(stores.count), sum_count: Int32(sums.count),
              value_count: Int32(slots.count), slot_count: Int32(plan.slotCount),
              is_double: precision == .float64 ? 1 : 0)
            withUnsafePointer(to: &program) { program in
              let runChunk = table.pointee.run_chunk!
              if count < Self.serialCount {
                for chunk in 0..<chunks { runChunk(program, Int64(chunk)) }
              } else {
                Threads.run(blocks: chunks) { chunk in runChunk(program, Int64(chunk)) }
              }
              if chunks > 1 {
                for sum in sums.indices { table.pointee.merge(program, sums.baseAddress! + sum) }
              }
            }
          }
        }
      }
    }
    withExtendedLifetime(partials) {}
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

  // MARK: - Planning

  private struct Plan {
    var stepCount = 0
    var slotCount = 0
    var block = 0
  }

  /// Drops what nothing needs, gives each value a place, and lines up the steps.
  private mutating func plan(
    _ steps: UnsafeMutableBufferPointer<tg_step>, _ slots: UnsafeMutableBufferPointer<Int32>,
    _ scratch: UnsafeMutablePointer<Int32>
  ) -> Plan {
    let valueCount = nodes.count
    let end = Int32(valueCount)
    let lastUse = scratch
    let free = scratch + valueCount
    var freeCount = 0
    var plan = Plan()
    var linesInCache = 0

    for value in 0..<valueCount { lastUse[value] = -1 }
    for sum in sums { lastUse[Int(sum.value)] = sum.value }
    for index in stores.indices {
      let value = stores[index].value
      let isLate = mustWait(stores[index])
      stores[index].direct = isLate ? -1 : 0
      lastUse[Int(value)] = isLate ? end : max(lastUse[Int(value)], value)
    }
    for value in stride(from: end - 1, through: 0, by: -1) where lastUse[Int(value)] >= 0 {
      let node = nodes[Int(value)]
      guard node.operation >= 0, node.operation < TG_OPERATION_COUNT_CODE else { continue }
      lastUse[Int(node.a)] = max(lastUse[Int(node.a)], value)
      lastUse[Int(node.b)] = max(lastUse[Int(node.b)], value)
      lastUse[Int(node.c)] = max(lastUse[Int(node.c)], value)
    }

    func takeSlot() -> Int32 {
      if freeCount > 0 {
        freeCount -= 1
        return free[freeCount]
      }
      plan.slotCount += 1
      return Int32(plan.slotCount - 1)
    }
    func release(_ value: Int32, at position: Int32) {
      let slot = slots[Int(value)]
      guard lastUse[Int(value)] == position, slot >= 0, !isLasting(nodes[Int(value)]) else {
        return
      }
      free[freeCount] = slot
      freeCount += 1
      // A value named twice by one operation is released once.
      lastUse[Int(value)] = -2
    }
    func emit(_ operation: Int32, _ destination: Int32, _ a: Int32, _ b: Int32, _ c: Int32) {
      steps[plan.stepCount] = tg_step(
        operation: operation, destination: destination, a: a, b: b, c: c)
      plan.stepCount += 1
    }

    for value in 0..<end {
      slots[Int(value)] = -1
      guard lastUse[Int(value)] >= 0 else { continue }
      let node = nodes[Int(value)]
      if node.operation == Self.constantNode {
        slots[Int(value)] = takeFresh(&plan)
      } else if node.operation == TG_STEP_LOAD_CODE {
        let stream = streams[Int(node.a)]
        if stream.inner != stream.span {
          slots[Int(value)] = takeFresh(&plan)
        } else if stream.dtype != Int32(computeDType.rawValue) {
          slots[Int(value)] = takeSlot()
        } else {
          linesInCache += 1
        }
        emit(node.operation, value, node.a, 0, 0)
      } else {
        release(node.a, at: value)
        release(node.b, at: value)
        release(node.c, at: value)
        if let index = directStore(of: value) {
          stores[index].direct = 1
          linesInCache += 1
        } else {
          slots[Int(value)] = takeSlot()
        }
        emit(node.operation, value, node.a, node.b, node.c)
      }
      for index in stores.indices where stores[index].value == value && stores[index].direct == 0 {
        emit(TG_STEP_STORE_CODE, 0, Int32(index), 0, 0)
      }
      for index in sums.indices where sums[index].value == value {
        emit(TG_STEP_SUM_CODE, 0, Int32(index), 0, 0)
      }
      release(value, at: value)
    }
    for index in stores.indices where stores[index].direct < 0 {
      stores[index].direct = 0
      emit(TG_STEP_STORE_CODE, 0, Int32(index), 0, 0)
    }
    plan.block = blockLength(buffers: plan.slotCount + linesInCache)
    return plan
  }

  /// Whether a value's buffer keeps its contents from block to block, so that no other may have it.
  private func isLasting(_ node: Node) -> Bool {
    if node.operation == Self.constantNode { return true }
    guard node.operation == TG_STEP_LOAD_CODE else { return false }
    let stream = streams[Int(node.a)]
    return stream.inner != stream.span
  }

  private func takeFresh(_ plan: inout Plan) -> Int32 {
    plan.slotCount += 1
    return Int32(plan.slotCount - 1)
  }

  private func directStore(of value: Int32) -> Int? {
    stores.indices.first {
      stores[$0].value == value && stores[$0].direct == 0
        && stores[$0].dtype == Int32(computeDType.rawValue)
    }
  }

  /// Whether a store overwrites what a stream reads, and so must come after all else in a block.
  private func mustWait(_ store: tg_store) -> Bool {
    let width = DType(rawValue: UInt8(store.dtype))!.byteWidth
    let begin = UInt(bitPattern: store.destination)
    let end = begin + UInt(count * width)
    var waits = false
    for stream in streams {
      let streamWidth = DType(rawValue: UInt8(stream.dtype))!.byteWidth
      let first = UInt(bitPattern: stream.base)
      let elements = count / Int(stream.span) * Int(stream.inner)
      guard first < end, begin < first + UInt(elements * streamWidth) else { continue }
      precondition(
        first == begin && width == streamWidth && stream.inner == stream.span,
        "a pointwise program writes over what it still has to read")
      waits = true
    }
    return waits
  }

  /// How many elements a block has: as many as keep all buffers in the first-level cache, and
  /// where possible a multiple of the periods, so that repeated rows are laid out only once.
  private func blockLength(buffers: Int) -> Int {
    let width = computeDType.byteWidth
    var block = 512
    while block > 128 && block * buffers * width > 40 << 10 { block /= 2 }
    var period = 1
    for stream in streams where stream.inner > 1 && stream.inner != stream.span {
      let next = leastCommonMultiple(period, Int(stream.inner))
      if next <= block { period = next }
    }
    let aligned = leastCommonMultiple(period, 16)
    return aligned <= block ? block / aligned * aligned : block / period * period
  }
}

private func leastCommonMultiple(_ a: Int, _ b: Int) -> Int {
  var x = a
  var y = b
  while y != 0 { (x, y) = (y, x % y) }
  return a / x * b
}

// C's enumeration constants arrive in Swift with the type of their values.
private let TG_STEP_LOAD_CODE = Int32(TG_STEP_LOAD)
private let TG_STEP_STORE_CODE = Int32(TG_STEP_STORE)
private let TG_STEP_SUM_CODE = Int32(TG_STEP_SUM)
private let TG_OPERATION_COUNT_CODE = Int32(TG_OPERATION_COUNT)
