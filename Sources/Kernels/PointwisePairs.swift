import CKernels

extension PointwiseProgram {
  /// A step before it has a place: an operation, or two in one, and their operands.
  struct Step {
    var operation: Int32
    var a: Int32
    var b: Int32
    var c: Int32
    var e: Int32

    init(_ operation: Int32, _ a: Int32, _ b: Int32? = nil, _ c: Int32? = nil, _ e: Int32? = nil) {
      self.operation = operation
      self.a = a
      self.b = b ?? a
      self.c = c ?? a
      self.e = e ?? a
    }
  }

  /// The operand of a value that can be computed in the same step, and that step; nil if there is none.
  ///
  /// It must be wanted by nothing else, and not itself be the second of a pair. Both operations round
  /// as they would apart: the bits are the same.
  func pair(
    at value: Int32, _ uses: UnsafePointer<Int32>, _ first: UnsafePointer<Int32>
  ) -> (inner: Int32, step: Step)? {
    let node = nodes[Int(value)]
    guard node.operation >= 0, node.operation < StepCode.endOfOperations else { return nil }
    func free(_ operand: Int32) -> Bool { uses[Int(operand)] == 1 && first[Int(operand)] == -1 }
    if free(node.a), let step = step(node, after: node.a, isLeft: true) { return (node.a, step) }
    if free(node.b), let step = step(node, after: node.b, isLeft: false) { return (node.b, step) }
    return nil
  }

  /// The step that computes a value, together with one of its operands if that is not -1.
  func step(of value: Int32, _ inner: Int32) -> Step {
    let node = nodes[Int(value)]
    if inner >= 0, let step = step(node, after: inner, isLeft: node.a == inner) { return step }
    return Step(node.operation, node.a, node.b, node.c)
  }

  /// The step of an operation whose left or right operand is computed with it; nil if there is none such.
  private func step(_ outer: Node, after operand: Int32, isLeft: Bool) -> Step? {
    let inner = nodes[Int(operand)]
    guard let first = PointwiseOperation(rawValue: inner.operation),
      let second = PointwiseOperation(rawValue: outer.operation)
    else { return nil }
    switch (first, second) {
    case (.greater, .select) where isLeft:
      return Step(Int32(TG_PAIR_GREATER_SELECT), inner.a, inner.b, outer.b, outer.c)
    case (.select, .multiply) where isLeft:
      return Step(Int32(TG_PAIR_SELECT_MULTIPLY), inner.a, inner.b, inner.c, outer.b)
    default: break
    }
    let row: Int
    switch first {
    case .add: row = 0
    case .subtract: row = 1
    case .multiply: row = 2
    default: return nil
    }
    let column: Int
    switch (second, isLeft) {
    case (.add, true): column = TG_PAIR_ADD
    case (.add, false): column = TG_PAIR_ADD_RIGHT
    case (.subtract, true): column = TG_PAIR_SUBTRACT
    case (.subtract, false): column = TG_PAIR_SUBTRACT_RIGHT
    case (.multiply, true): column = TG_PAIR_MULTIPLY
    case (.multiply, false): column = TG_PAIR_MULTIPLY_RIGHT
    case (.maximum, true): column = TG_PAIR_MAXIMUM
    case (.greater, true): column = TG_PAIR_GREATER
    default: return nil
    }
    return Step(
      Int32(TG_PAIRS + row * TG_PAIR_SECONDS + column), inner.a, inner.b, isLeft ? outer.b : outer.a
    )
  }
}
