import GoldenFiles
import Operations
import Tensors
import Testing

/// Operations against PyTorch in float64: `Golden/README.md` says how the files were made and are compared.
@Suite struct GoldenOperationTests {
  @Test func pointwise() throws { try compare("pointwise", GoldenCall.pointwise, atLeast: 90) }

  @Test func activations() throws {
    try compare("activations", GoldenCall.activations, atLeast: 70)
  }

  @Test func reductions() throws { try compare("reductions", GoldenCall.reductions, atLeast: 150) }

  @Test func contractions() throws {
    try compare("contractions", GoldenCall.contractions, atLeast: 70)
  }

  @Test func indexing() throws { try compare("indexing", GoldenCall.indexing, atLeast: 70) }

  @Test func losses() throws { try compare("losses", GoldenCall.losses, atLeast: 130) }

  private func compare(
    _ file: String, _ functions: [String: @Sendable (GoldenCall) -> Tensor], atLeast count: Int
  ) throws {
    let golden = try goldenFile(file, of: "OperationsTests", as: GoldenCases.self)
    #expect(golden.cases.count >= count)
    for entry in golden.cases {
      let function = try #require(functions[entry.operation], "nothing for \(entry.operation)")
      let (inputs, constants) = entry.operands(seed: golden.seed, dtype: .float64)
      let found = entry.differences(
        at: inputs, seed: golden.seed, dtype: .float64, tolerance: 1e-12
      ) { inputs in
        let output = function(
          GoldenCall(inputs: inputs, constants: constants, attributes: entry.attributes))
        #expect(Array(output.shape) == entry.output.shape ?? [], "\(file): \(entry.name)")
        return output
      }
      #expect(found.isEmpty, "\(file): \(entry.name)")
    }
  }
}

/// What a case calls its function with.
struct GoldenCall {
  let inputs: [Tensor]
  let constants: [String: Tensor]
  let attributes: [String: Attribute]

  var x: Tensor { inputs[0] }
  var y: Tensor { inputs[1] }
  var indices: Tensor { constants["indices"]! }
  var labels: Tensor { constants["labels"]! }
  var mask: Tensor { constants["mask"]! }
  var signs: Tensor { constants["signs"]! }

  var axis: Int { attributes.integer("axis")! }
  var axes: [Int] { attributes.integers("axes")! }
  var keeps: Bool { truth("keeps") }

  func integer(_ name: String) -> Int { attributes.integer(name)! }
  func integers(_ name: String) -> [Int] { attributes.integers(name)! }
  func number(_ name: String) -> Double { attributes.number(name)! }
  func truth(_ name: String) -> Bool { attributes.truth(name)! }

  var norm: VectorNorm {
    switch attributes.number("order") {
    case 1: .l1
    case 2: .l2
    case let p?: .p(p)
    case nil: .max
    }
  }

  var reduction: LossReduction {
    switch attributes.word("reduction") {
    case "sum": .sum
    case "none": .none
    default: .mean
    }
  }

  var classWeights: Tensor? {
    attributes.numbers("weights").map { Tensor($0, dtype: .float64) }
  }

  var mode: PaddingMode {
    switch attributes.word("mode") {
    case "reflect": .reflect
    case "replicate": .replicate
    case "circular": .circular
    default: .constant(0.5)
    }
  }

  var equation: String { attributes.word("equation")! }
}
