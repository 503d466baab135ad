import Kernels

/// How a deferred value comes about: one node of a graph whose leaves are evaluated storages.
package indirect enum Expression {
  /// A pointwise operation on one to three operands.
  case pointwise(PointwiseOperation, Operand, Operand?, Operand?, PointwiseProgram.Precision)
  /// The same values, repeated as the access says, or in another dtype.
  case copy(Storage, Access)
  /// One value everywhere.
  case constant(Double)
  /// The sum over all elements that `access` sends to the same place.
  case sum(Storage, Access)
  /// Nothing: shapes are being checked.
  case absent

  /// One operand of a pointwise operation.
  package enum Operand {
    case elements(Storage, Access)
    case constant(Double)
  }

  /// Calls `body` for each storage named, once for each time.
  func forEachOperand(_ body: (Storage) -> Void) {
    switch self {
    case .pointwise(_, let a, let b, let c, _):
      if case .elements(let storage, _) = a { body(storage) }
      if case .elements(let storage, _)? = b { body(storage) }
      if case .elements(let storage, _)? = c { body(storage) }
    case .copy(let storage, _), .sum(let storage, _): body(storage)
    case .constant, .absent: break
    }
  }

  /// What a node costs: the number of operations that would run when it is evaluated, counted
  /// without regard to sharing, and how deeply deferred values stand on one another.
  package struct Size: Sendable {
    package var operations: Int
    package var depth: Int
    package static let none = Size(operations: 0, depth: 0)
  }

  /// Above this many operations a graph is evaluated before it grows further.
  static let operationLimit = 48
  /// Values that wait on one another across domains (a sum of a broadcast of a sum ...) go no deeper.
  static let depthLimit = 96
}

extension Storage {
  /// The one evaluated storage that a deferred value reads element by element, whatever small ones it
  /// broadcasts besides; nil if there are several or none, and if the value is there.
  package var soleSource: Storage? {
    guard pending != nil else { return nil }
    var found: Storage?
    var waiting = [self]
    var next = 0
    while next < waiting.count {
      guard let expression = waiting[next].pending else { return nil }
      next += 1
      var several = false
      expression.forEachOperand { operand in
        guard operand.count == count else { return }
        if !operand.isEvaluated {
          if !waiting.contains(where: { $0 === operand }) { waiting.append(operand) }
        } else if found == nil {
          found = operand
        } else if found !== operand {
          several = true
        }
      }
      if several || waiting.count > Expression.operationLimit { return nil }
    }
    return found
  }

  /// The deferred result of a pointwise operation over a domain of `count` elements.
  package static func pointwise(
    _ operation: PointwiseOperation, count: Int, dtype: DType,
    _ a: Expression.Operand, _ b: Expression.Operand? = nil, _ c: Expression.Operand? = nil,
    precision: PointwiseProgram.Precision
  ) -> Storage {
    let size = Expression.admit([a, b, c], into: count)
    let result = Storage(
      count: count, dtype: dtype, deferred: .pointwise(operation, a, b, c, precision), size: size)
    return result.settled()
  }

  /// The deferred conversion to another dtype.
  ///
  /// Conversion to `bool` is a comparison with zero instead: a mask holds 0 and 1 only.
  package func cast(to dtype: DType) -> Storage {
    guard dtype != .bool else {
      return .pointwise(
        .notEqual, count: count, dtype: .bool, .elements(self, .flat(count)), .constant(0),
        precision: .init(holding: self.dtype))
    }
    return copied(count: count, .flat(count), dtype: dtype)
  }

  /// The deferred broadcast to a domain of `count` elements.
  package func broadcast(to count: Int, _ access: Access) -> Storage {
    copied(count: count, access, dtype: dtype)
  }

  private func copied(count: Int, _ access: Access, dtype: DType) -> Storage {
    let size = Expression.admit([.elements(self, access)], into: count)
    return Storage(count: count, dtype: dtype, deferred: .copy(self, access), size: size).settled()
  }

  /// A deferred constant.
  package static func constant(_ value: Double, count: Int, dtype: DType) -> Storage {
    Storage(
      count: count, dtype: dtype, deferred: .constant(value),
      size: Expression.Size(operations: 1, depth: 1)
    ).settled()
  }

  /// The deferred sum of all elements that `access` sends to the same place.
  package func sum(_ access: Access) -> Storage {
    let size = Expression.admit([.elements(self, .flat(count))], into: count)
    let result = Storage(
      count: access.operandCount(count), dtype: dtype, deferred: .sum(self, access),
      size: Expression.Size(operations: 1, depth: size.depth))
    let surroundings = Surroundings.current
    if let sums = surroundings.sums, surroundings.defers {
      sums.append(result)
    } else if case .shapesOnly = surroundings.execution {
      return result
    } else {
      Evaluation.force(result)
    }
    return result
  }

  /// Evaluates at once where deferral is switched off.
  private func settled() -> Storage {
    let surroundings = Surroundings.current
    if !surroundings.defers, case .normal = surroundings.execution { Evaluation.force(self) }
    return self
  }
}

extension Expression {
  /// The size of a node with these operands, after evaluating those that would make it too large.
  static func admit(_ operands: [Operand?], into count: Int) -> Size {
    if case .shapesOnly = Surroundings.current.execution { return .none }
    var size = measure(operands, count)
    if size.operations > operationLimit || size.depth > depthLimit {
      let distinct = distinctOperations(operands, count)
      if distinct > operationLimit || size.depth > depthLimit {
        for case .elements(let storage, _)? in operands { _ = storage.address }
        size = measure(operands, count)
      } else {
        size.operations = distinct
      }
    }
    return size
  }

  private static func measure(_ operands: [Operand?], _ count: Int) -> Size {
    var size = Size(operations: 1, depth: 1)
    for case .elements(let storage, _)? in operands where !storage.isEvaluated {
      if storage.count == count { size.operations += storage.size.operations }
      size.depth = max(size.depth, storage.size.depth + 1)
    }
    return size
  }

  /// The number of different deferred nodes over the same domain, the new one included.
  private static func distinctOperations(_ operands: [Operand?], _ count: Int) -> Int {
    var seen: Set<ObjectIdentifier> = []
    var waiting = operands.compactMap { $0 }
    while let operand = waiting.popLast() {
      guard case .elements(let storage, _) = operand, storage.count == count,
        seen.count <= operationLimit, let pending = storage.pending,
        seen.insert(ObjectIdentifier(storage)).inserted
      else { continue }
      switch pending {
      case .pointwise(_, let a, let b, let c, _):
        waiting.append(a)
        if let b { waiting.append(b) }
        if let c { waiting.append(c) }
      case .copy(let source, let access): waiting.append(.elements(source, access))
      case .constant, .sum, .absent: break
      }
    }
    return seen.count + 1
  }
}
