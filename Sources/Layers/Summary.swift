import Autodiff
import Tensors

/// What a model does to an input of one shape: its layers with output shapes, parameters and
/// multiply-adds. Print it for a table.
public struct ModelSummary: Sendable, CustomStringConvertible {
  /// One call of a layer.
  public struct Row: Sendable {
    /// The property path in the model, such as `stage2.0.conv1`; empty for the model itself.
    public let path: String
    public let type: String
    /// The shape of the result; nil for a module that does not return one tensor.
    public let output: Shape?
    /// The numbers in parameters that stand here for the first time.
    public let parameters: Int
    /// The multiply-adds of the contractions called here, for the whole batch.
    public let multiplyAdds: Int
  }

  public let model: String
  public let input: Shape
  public let output: Shape
  public let dtype: DType
  /// The calls in order; layers that only call others are left out.
  public let rows: [Row]
  /// The numbers in all parameters of the model, called or not.
  public let parameters: Int
  /// Those of them that take gradients.
  public let trainable: Int
  /// The numbers in buffers, such as running averages.
  public let buffers: Int
  public let multiplyAdds: Int

  /// A table with aligned columns and the totals below.
  public var description: String {
    let header = ["layer", "type", "output", "parameters", "multiply-adds"]
    let cells = rows.map { row in
      [
        row.path.isEmpty ? "(itself)" : row.path, row.type, row.output.map { "\($0)" } ?? "-",
        grouped(row.parameters), grouped(row.multiplyAdds),
      ]
    }
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { column, text in
        let blanks = String(repeating: " ", count: widths[column] - text.count)
        return column < 3 ? text + blanks : blanks + text
      }
      return padded.joined(separator: "  ")
    }
    let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let listed = rows.reduce(0) { $0 + $1.parameters }
    var totals = [
      ("input", "\(dtype) \(input)"), ("output", "\(dtype) \(output)"),
      ("parameters", grouped(parameters)),
      ("trainable", grouped(trainable)), ("in buffers", grouped(buffers)),
      ("multiply-adds", grouped(multiplyAdds)),
    ]
    if listed < parameters { totals.append(("not called", grouped(parameters - listed))) }
    let longest = totals.map(\.0.count).max() ?? 0
    let lines = totals.map { name, value in
      name + String(repeating: " ", count: longest - name.count + 2) + value
    }
    return ([model, rule, line(header), rule] + cells.map(line) + [rule] + lines)
      .joined(separator: "\n")
  }
}

extension Layer {
  /// The layers, shapes, parameters and multiply-adds of a call with an input of this shape.
  ///
  /// Runs the model without arithmetic, in inference mode unless a mode is set. Stops where a call
  /// with such an input would.
  public func summary(input: Shape, dtype: DType? = nil) -> ModelSummary {
    let dtype = dtype ?? Surroundings.current.defaultDType
    let observer = CallObserver()
    let tape = withoutArithmetic {
      CallFrame.$current.withValue(nil) {
        CallObserver.$current.withValue(observer) {
          recordedTape(at: [absentTensor(input, dtype)]) { self($0[0]) }
        }
      }
    }
    return ModelSummary(of: self, input: input, dtype: dtype, calls: observer.calls, tape: tape)
  }
}

extension ModelSummary {
  fileprivate init(
    of model: any Layer, input: Shape, dtype: DType, calls: [CallObserver.Call], tape: Tape
  ) {
    var costs: [ObjectIdentifier: Int] = [:]
    for entry in tape.entries where entry.multiplyAdds > 0 {
      if let frame = entry.frame {
        costs[ObjectIdentifier(frame), default: 0] += entry.multiplyAdds
      }
    }
    let callers = Set(calls.compactMap { $0.frame.caller.map { ObjectIdentifier($0) } })
    var seen: Set<ObjectIdentifier> = []
    var rows: [Row] = []
    for call in calls {
      let isInner = callers.contains(ObjectIdentifier(call.frame))
      let cost = costs[ObjectIdentifier(call.frame)] ?? 0
      guard let path = ModulePath(call.frame), !isInner || cost > 0 else { continue }
      var parameters = 0
      let inventory = isInner ? [] : path.innermost.parameters
      for named in inventory where seen.insert(ObjectIdentifier(named.box)).inserted {
        parameters += named.box.shape.elementCount
      }
      rows.append(
        Row(
          path: path.properties, type: "\(type(of: path.innermost))", output: call.output?.shape,
          parameters: parameters, multiplyAdds: cost))
    }
    let inventory = Inventory(of: model)
    self.model = "\(type(of: model))"
    self.input = input
    self.dtype = dtype
    output = calls.last?.output?.shape ?? input
    self.rows = rows
    parameters = model.parameterCount
    trainable = inventory.parameters.reduce(0) { sum, named in
      sum
        + (inventory.untrained.contains(ObjectIdentifier(named.box))
          ? 0 : named.box.shape.elementCount)
    }
    buffers = inventory.buffers.reduce(0) { $0 + $1.box.value.count }
    multiplyAdds = tape.multiplyAdds
  }
}

/// Runs `body` with shapes and dtypes only; a model made inside has parameters without values.
package func withoutArithmetic<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Surroundings.with(
    {
      $0.tape = nil
      $0.sums = nil
      $0.execution = .shapesOnly
    }, body)
}

/// A tensor that has a shape and no value.
func absentTensor(_ shape: Shape, _ dtype: DType) -> Tensor {
  Tensor(.absent(count: shape.elementCount, dtype: dtype), shape: shape)
}

/// With commas between groups of three digits.
private func grouped(_ number: Int) -> String {
  var text = ""
  for (position, digit) in String(number).reversed().enumerated() {
    if position > 0, position % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}
