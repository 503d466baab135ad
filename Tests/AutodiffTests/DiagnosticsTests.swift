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
    #expect(svg.components(of: "<g class=\"entry\"") == tape.count)
    #expect(
      svg.components(of: "<path class=\"line\"")
        == tape.entries.reduce(0) { $0 + Set($1.parents).count })
    #expect(svg.contains("<title>Products.first (Linear)</title>"))
    #expect(svg.contains("%2 matmul") || svg.contains("%1 matmul"), "\(tape)")
  }

  @Test func modulesHaveFramesOrAreNamedInTheirOnlyBox() {
    let model = Products()
    let svg = recordedTape(at: [.ones([2, 64])]) { model($0[0]) }.svg
    #expect(svg.components(of: "class=\"module\"") == 1)
    #expect(svg.contains(">Products</text>"))
    // Those of one operation are named in its box.
    #expect(svg.contains(">first (Linear)</text>") && svg.contains(">second (Linear)</text>"))
  }

  /// A rectangle that a line must not pass.
  private struct Box {
    let x, y, width, height: Double
  }

  private func numbers(_ text: Substring, _ names: [String]) -> [Double] {
    names.map { name in
      let start = text.firstRange(of: " \(name)=\"")!.upperBound
      return Double(text[start...].prefix { $0 != "\"" })!
    }
  }

  /// The boxes of entries, and the points of every line, curves sampled.
  private func drawn(_ svg: String) -> (boxes: [Box], lines: [[(x: Double, y: Double)]]) {
    var boxes: [Box] = []
    var lines: [[(x: Double, y: Double)]] = []
    for part in svg.split(separator: "<") {
      if part.hasPrefix("rect x"), part.contains("rx=\"4\"") {
        let found = numbers(part, ["x", "y", "width", "height"])
        boxes.append(Box(x: found[0], y: found[1], width: found[2], height: found[3]))
      } else if part.hasPrefix("path class") {
        let start = part.firstRange(of: " d=\"")!.upperBound
        lines.append(points(part[start...].prefix { $0 != "\"" }))
      }
    }
    return (boxes, lines)
  }

  private func points(_ path: Substring) -> [(x: Double, y: Double)] {
    var points: [(x: Double, y: Double)] = []
    var rest = path
    while let command = rest.popFirst() {
      let text = rest.prefix { !$0.isLetter }
      rest = rest.dropFirst(text.count)
      let n = text.split(separator: " ").map { Double($0)! }
      let last = points.last ?? (0, 0)
      switch command {
      case "M": points.append((n[0], n[1]))
      case "V": points += (1...20).map { (last.x, last.y + (n[0] - last.y) * Double($0) / 20) }
      case "H": points += (1...20).map { (last.x + (n[0] - last.x) * Double($0) / 20, last.y) }
      default:
        points += (1...20).map { step in
          let t = Double(step) / 20
          let (a, b, c, d) = (
            (1 - t) * (1 - t) * (1 - t), 3 * t * (1 - t) * (1 - t), 3 * t * t * (1 - t), t * t * t
          )
          return (
            a * last.x + b * n[0] + c * n[2] + d * n[4], a * last.y + b * n[1] + c * n[3] + d * n[5]
          )
        }
      }
    }
    return points
  }

  @Test func aSkipConnectionIsLedAroundTheBoxes() {
    let skip = recordedTape(at: [.ones([2])]) { inputs in
      var y = inputs[0]
      for _ in 0..<4 { y = sin(y) }
      return y + inputs[0]
    }
    let mixed = recordedTape(at: [.ones([2]), .ones([2]), .ones([2])]) { inputs in
      let a = inputs[0] * inputs[1]
      let b = inputs[2] * inputs[1]
      return sin(sin(sin(a + b))) + a + inputs[0]
    }
    for tape in [skip, mixed] {
      let (boxes, lines) = drawn(tape.svg)
      #expect(boxes.count == tape.count)
      #expect(lines.count == tape.entries.reduce(0) { $0 + Set($1.parents).count })
      for point in lines.joined() {
        let isInside = boxes.contains {
          point.x > $0.x + 0.5 && point.x < $0.x + $0.width - 0.5 && point.y > $0.y + 0.5
            && point.y < $0.y + $0.height - 0.5
        }
        #expect(!isInside, "\(point)")
      }
      for (number, box) in boxes.enumerated() {
        for other in boxes[(number + 1)...] {
          let isApart =
            box.x + box.width <= other.x || other.x + other.width <= box.x
            || box.y + box.height <= other.y || other.y + other.height <= box.y
          #expect(isApart, "\(box) \(other)")
        }
      }
    }
  }

  @Test func aParameterStandsBesideItsReader() {
    let (x, w) = (Tensor.ones([2, 3]), Tensor.ones([3, 4]))
    let (boxes, _) = drawn(recordedTape(at: [x, w]) { tanh(matmul(tanh($0[0]), $0[1])) }.svg)
    // The last box drawn before the second tanh is the label of the product's second input.
    let label = boxes[3]
    let product = boxes[2]
    #expect(label.x > product.x + product.width)
    #expect(label.y >= product.y && label.y + label.height <= product.y + product.height)
  }

  @Test func aLongChainDrawsInLinearTime() {
    let tape = recordedTape(at: [.ones([1])]) { inputs in
      (0..<5_000).reduce(inputs[0]) { y, _ in y + inputs[0] }
    }
    #expect(tape.svg.components(of: "<path class=\"line\"") == 2 * 5_000 - 1)
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
