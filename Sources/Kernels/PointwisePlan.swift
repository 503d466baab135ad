import CKernels

extension PointwiseProgram {
  struct Plan {
    var stepCount = 0
    var slotCount = 0
    var block = 0
  }

  static let planScratch = 4

  /// Drops what nothing needs, joins operations to pairs, gives each value a place, and lines up the
  /// steps. Of the scratch it takes ``planScratch`` numbers for each value.
  mutating func plan(
    _ steps: UnsafeMutablePointer<tg_step>, _ slots: UnsafeMutablePointer<Int32>,
    _ scratch: UnsafeMutablePointer<Int32>
  ) -> Plan {
    let valueCount = nodes.count
    let end = Int32(valueCount)
    let lastUse = scratch
    let free = scratch + valueCount
    let uses = scratch + 2 * valueCount
    // The value that each value's step computes first, or -1; -2 of one so computed.
    let first = scratch + 3 * valueCount
    var freeCount = 0
    var plan = Plan()
    var linesInCache = 0

    for value in 0..<valueCount {
      lastUse[value] = -1
      uses[value] = 0
      first[value] = -1
    }
    for sum in sums {
      lastUse[Int(sum.value)] = sum.value
      uses[Int(sum.value)] = 2
    }
    for index in stores.indices {
      let value = stores[index].value
      uses[Int(value)] = 2
      let isLate = mustWait(stores[index])
      stores[index].direct = isLate ? -1 : 0
      lastUse[Int(value)] = isLate ? end : max(lastUse[Int(value)], value)
    }
    for value in stride(from: end - 1, through: 0, by: -1) where lastUse[Int(value)] >= 0 {
      let node = nodes[Int(value)]
      guard node.operation >= 0, node.operation < StepCode.endOfOperations else { continue }
      lastUse[Int(node.a)] = max(lastUse[Int(node.a)], value)
      lastUse[Int(node.b)] = max(lastUse[Int(node.b)], value)
      lastUse[Int(node.c)] = max(lastUse[Int(node.c)], value)
      let arity = PointwiseOperation(rawValue: node.operation)!.arity
      uses[Int(node.a)] += 1
      if arity > 1 { uses[Int(node.b)] += 1 }
      if arity > 2 { uses[Int(node.c)] += 1 }
    }
    for value in 0..<end where lastUse[Int(value)] >= 0 {
      guard let (inner, _) = pair(at: value, uses, first) else { continue }
      first[Int(value)] = inner
      first[Int(inner)] = -2
      // Its operands are read when the pair is computed.
      let node = nodes[Int(inner)]
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
    func emit(_ step: Step, to destination: Int32) {
      steps[plan.stepCount] = tg_step(
        operation: step.operation, destination: destination, a: step.a, b: step.b, c: step.c,
        e: step.e)
      plan.stepCount += 1
    }

    for value in 0..<end {
      slots[Int(value)] = -1
      guard lastUse[Int(value)] >= 0, first[Int(value)] != -2 else { continue }
      let node = nodes[Int(value)]
      if node.operation == Self.constantNode {
        slots[Int(value)] = takeFresh(&plan)
      } else if node.operation == StepCode.load {
        let stream = streams[Int(node.a)]
        if stream.inner != stream.span {
          slots[Int(value)] = takeFresh(&plan)
        } else if stream.dtype != Int32(computeDType.rawValue) {
          slots[Int(value)] = takeSlot()
        } else {
          linesInCache += 1
        }
        emit(Step(node.operation, node.a), to: value)
      } else {
        let step = step(of: value, first[Int(value)])
        release(step.a, at: value)
        release(step.b, at: value)
        release(step.c, at: value)
        release(step.e, at: value)
        if let index = directStore(of: value) {
          stores[index].direct = 1
          linesInCache += 1
        } else {
          slots[Int(value)] = takeSlot()
        }
        emit(step, to: value)
      }
      for index in stores.indices where stores[index].value == value && stores[index].direct == 0 {
        emit(Step(StepCode.store, Int32(index)), to: 0)
      }
      for index in sums.indices where sums[index].value == value {
        emit(Step(StepCode.sum, Int32(index)), to: 0)
      }
      release(value, at: value)
    }
    for index in stores.indices where stores[index].direct < 0 {
      stores[index].direct = 0
      emit(Step(StepCode.store, Int32(index)), to: 0)
    }
    plan.block = blockLength(buffers: plan.slotCount + linesInCache)
    return plan
  }

  /// Whether a value's buffer keeps its contents from block to block, so that no other may have it.
  private func isLasting(_ node: Node) -> Bool {
    if node.operation == Self.constantNode { return true }
    guard node.operation == StepCode.load else { return false }
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

  /// How many elements a block has: as many as keep all buffers in half of the first-level cache, whose
  /// other half is for what comes from memory and goes there, and where possible a multiple of the
  /// periods, so that repeated rows are laid out only once.
  private func blockLength(buffers: Int) -> Int {
    let width = computeDType.byteWidth
    var block = 512
    while block > 128 && block * buffers * width > 24 << 10 { block /= 2 }
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

/// The steps that are not arithmetic, and the first number beyond those that are, as C counts them.
enum StepCode {
  static let load = Int32(TG_STEP_LOAD)
  static let store = Int32(TG_STEP_STORE)
  static let sum = Int32(TG_STEP_SUM)
  static let endOfOperations = Int32(TG_OPERATION_COUNT)
}
