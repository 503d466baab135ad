import Autodiff
import Layers
import Operations
import Tensors
import Testing

private struct Logarithm: Layer {
  func forward(_ x: Tensor) -> Tensor { log(x) }
}

private struct Outer: Layer {
  let inner = Logarithm()
  func forward(_ x: Tensor) -> Tensor { inner(x - 1) * 2 }
}

@Suite(.serialized) struct DiagnosticsTests {
  // MARK: - Anomalies

  @Test func theFirstForwardAnomalyHasPlaceAndRanges() throws {
    let (_, first) = detectAnomalies { Outer()(Tensor([1.0, 3.0, 0.5])).evaluated() }
    let anomaly = try #require(first)
    #expect(anomaly.operation == "log")
    #expect(anomaly.place == "Outer.inner (Logarithm)")
    #expect(anomaly.backwardOf == nil)
    #expect(anomaly.inputs.count == 1)
    #expect(anomaly.inputs[0].finite == -0.5...2)
    // log 0 = -inf, log -0.5 = NaN
    #expect(anomaly.output.infinite == 1 && anomaly.output.notANumber == 1)
    #expect(anomaly.description == "log in Outer.inner (Logarithm)")
    #expect(anomaly.details.contains("input 0: [3], -5.000e-01 to 2.000e+00"), "\(anomaly.details)")
  }

  @Test func aBackwardAnomalyNamesTheOperationItIsTheRuleOf() throws {
    let (_, first) = detectAnomalies {
      gradient(at: Tensor([0.0, 4.0])) { x in sqrt(x).sum() }
    }
    let anomaly = try #require(first)
    #expect(anomaly.backwardOf == "sqrt")
    #expect(anomaly.description.contains("in the backward pass of sqrt"))
  }

  @Test func theModuleOfABackwardAnomalyIsThatOfTheCall() throws {
    struct Root: Layer {
      func forward(_ x: Tensor) -> Tensor { sqrt(x) }
    }
    let layer = Root()
    let (_, first) = detectAnomalies { gradient(at: Tensor([0.0])) { layer($0).sum() } }
    #expect(try #require(first).place == "Root")
  }

  @Test func finiteComputationsHaveNone() {
    let (value, first) = detectAnomalies { gradient(at: Tensor([1.0, 2.0])) { exp($0).sum() } }
    #expect(first == nil)
    #expect(value.hasSameBits(as: gradient(at: Tensor([1.0, 2.0])) { exp($0).sum() }))
  }

  @Test func constantsAmongTheInputsAreSeenToo() throws {
    let (_, first) = detectAnomalies { Tensor([1.0, 2.0]) / Tensor([1.0, 0.0]) }
    #expect(try #require(first).inputs.map(\.finite) == [1...2, 0...1])
  }

  // MARK: - Comparing tapes

  private func tape(_ function: (Tensor) -> Tensor) -> Tape {
    recordedTape(at: [Tensor([1.0, 2.0], dtype: .float64)], keepsValues: true) { function($0[0]) }
  }

  @Test func equalTapesDoNotDiffer() {
    #expect(tape { exp($0) * 2 }.firstDifference(from: tape { exp($0) * 2 }) == nil)
  }

  @Test func theFirstOtherBitIsFound() throws {
    let difference = try #require(
      tape { exp($0 * 2).sum() }.firstDifference(
        from: tape { exp($0 * Tensor([2.0, 2.0 + 0x1p-51], dtype: .float64)).sum() }))
    #expect(difference.entry == 1 && difference.operation == "multiply")
    #expect(difference.kind == .values(count: 1, of: 2, first: [1], 4, 4 + 0x1p-50))
    #expect("\(difference)".contains("%1 multiply: 1 of 2 elements differ, the first at [1]"))
  }

  @Test func otherStructureIsFound() {
    let a = tape { exp($0).sum() }
    #expect(a.firstDifference(from: tape { log($0).sum() })?.kind == .operation("exp", "log"))
    #expect(a.firstDifference(from: tape { exp($0) })?.kind == .length(a.count, 2))
    #expect(
      tape { exp(exp($0)) + $0 }.firstDifference(from: tape { exp(exp($0)) + exp($0) })?.kind
        != nil)
    let single = recordedTape(at: [Tensor([1.0, 2.0])], keepsValues: true) { exp($0[0]).sum() }
    #expect(a.firstDifference(from: single)?.kind == .type("float64 [2]", "float32 [2]"))
  }

  // MARK: - Cost

  private struct Products: Layer {
    let first = Linear(inputs: 64, outputs: 128, bias: false)
    let second = Linear(inputs: 128, outputs: 32, bias: false)
    func forward(_ x: Tensor) -> Tensor { second(tanh(first(x))) }
  }

  @Test func flopsAndBytesByModule() throws {
    let model = Products()
    let cost = recordedTape(at: [.ones([256, 64])]) { model($0[0]) }.cost
    #expect(
      cost.rows.map(\.place) == [
        "", "Products.first (Linear)", "Products", "Products.second (Linear)",
      ])
    #expect(cost.rows[1].flops == 2 * 256 * 64 * 128)
    #expect(cost.rows[2].flops == 256 * 128)
    #expect(cost.rows[3].flops == 2 * 256 * 128 * 32)
    #expect(cost.flops == cost.rows.reduce(0) { $0 + $1.flops })
    #expect("\(cost)".contains("Products.second (Linear)"))
  }

  /// In a process of its own, because the pool counts the bytes of all threads.
  @Test func bytesKeptByModule() async {
    await #expect(processExitsWith: .success) {
      let model = Products()
      let cost = recordedTape(at: [.ones([256, 64])]) { model($0[0]) }.cost
      // The result of tanh, 256 x 128 float32, is kept for its own rule and the second product's; the
      // input, half as large, for the first product's.
      let bytes = 256 * 128 * 4
      let kept = [cost.bytesKept, cost.rows[1].bytesKept, cost.rows[2].bytesKept]
      guard kept[0] >= bytes * 3 / 2, kept[0] < 2 * bytes, kept[1] >= bytes / 2, kept[2] >= bytes
      else { fatalError("\(cost)") }
    }
  }

  @Test func theCostIsMeasuredOnce() {
    let tape = recordedTape(at: [.ones([100])]) { exp($0[0]) }
    #expect(tape.cost.rows == tape.cost.rows)
  }

  // MARK: - Drawing

  @Test func aTapeDrawsABoxForEachEntryAndALineForEachInput() {
    let model = Products()
    let tape = recordedTape(at: [.ones([2, 64])]) { model($0[0]) }
    let svg = tape.svg
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(svg.hasSuffix("</svg>\n"))
    #expect(svg.components(of: "<rect") == tape.count + 1)
    #expect(svg.components(of: "<path") == tape.entries.reduce(0) { $0 + $1.parents.count })
    #expect(svg.contains("<title>Products.first (Linear)</title>"))
    #expect(svg.contains("%2 matmul") || svg.contains("%1 matmul"), "\(tape)")
  }

  @Test func anEmptyTapeDraws() {
    #expect(recordedTape(at: []) { _ in Tensor(1.0) }.svg.contains("</svg>"))
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of part: String) -> Int {
    var count = 0
    var rest = self[...]
    while let found = rest.firstRange(of: part) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }
}
