import Autodiff
import GradientChecking
import Operations
import Tensors
import Testing

/// The checker is checked by rules that are broken on purpose, in the walk.
@Suite struct MutantTests {
  private static let summary = runMutants(seed: 5)

  @Test func everyBrokenRuleIsCaught() {
    let summary = Self.summary
    #expect(summary.survivors.isEmpty, "\(summary.survivors)")
    #expect(summary.mutants == summary.caught)
    #expect(summary.mutants > 500)
  }

  /// The list is short, and each has its reason; another that changes nothing must be understood first.
  @Test func theMutantsThatChangeNothingAreListed() {
    let found = Set(Self.summary.changingNothing.map(\.description))
    let listed = Set(changingNothing.keys)
    #expect(found == listed, "\(found.symmetricDifference(listed).sorted())")
  }

  @Test func everyPrimitiveIsBrokenForEachOfItsInputs() {
    var broken: Set<String> = []
    for row in Self.summary.rows { broken.insert("\(row.mutant.primitive) \(row.mutant.input)") }
    for item in Registry.cases {
      for entry in item.record(5).entries
      where Registry.checkedPrimitives.contains(entry.primitive) {
        for link in entry.links {
          #expect(broken.contains("\(entry.primitive) \(link.position)"), "\(entry.primitive)")
        }
      }
    }
    for primitive in Registry.checkedPrimitives {
      #expect(broken.contains { $0.hasPrefix("\(primitive) ") }, "\(primitive)")
    }
  }

  @Test func aSumOverABroadcastIsBrokenWhereThereIsOne() {
    let rows = Self.summary.rows.filter { $0.mutant.kind == "firstOfBroadcast" }
    let sites = Set(rows.map { "\($0.mutant.primitive) \($0.mutant.input)" })
    for site in ["add 0", "add 1", "multiply 0", "multiply 1", "subtract 1", "normalize 2"] {
      #expect(sites.contains(site), "\(sites.sorted())")
    }
    #expect(!sites.contains { $0.hasPrefix("exp ") })
  }

  @Test func withoutAProbeNothingIsBroken() {
    let x = Tensor([0.5, 1.5], dtype: .float64)
    let right = gradient(at: x) { exp($0).sum() }
    var probe = WalkProbe()
    probe.mutation = Mutation(.init(.exp, input: 0), .negated)
    let wrong = probe.watching { gradient(at: x) { exp($0).sum() } }
    let after = gradient(at: x) { exp($0).sum() }
    #expect(wrong.hasSameBits(as: -right))
    #expect(after.hasSameBits(as: right))
  }

  /// What each kind does to a part, on a rule whose right part is known: the identity.
  @Test(arguments: [
    (Mutation.Kind.scaled, [1.0, 2, 3, 4, 5, 6].map { $0 * 1.001 }),
    (.negated, [-1, -2, -3, -4, -5, -6]), (.zeroed, [0, 0, 0, 0, 0, 0]),
    (.dropped, [0, 0, 0, 0, 0, 0]), (.rolled, [6, 1, 2, 3, 4, 5]),
    (.transposed, [1, 4, 2, 5, 3, 6]), (.detached, [1, 2, 3, 4, 5, 6]),
  ])
  func kinds(kind: Mutation.Kind, expected: [Double]) {
    let dy = Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3], dtype: .float64)
    var probe = WalkProbe()
    probe.mutation = Mutation(.init(.add, input: 0), kind)
    let (_, pullback) = pullback(at: Tensor.zeros([2, 3], dtype: .float64)) { $0 + 1 }
    let broken = probe.watching { pullback(dy) }
    #expect(broken.scalars(of: Double.self) == expected)
  }

  @Test(arguments: [
    (Mutation.Kind.firstOfBroadcast, [1.0, 2, 3]), (.meanOfBroadcast, [2.5, 3.5, 4.5]),
  ])
  func kindsOfBroadcasts(kind: Mutation.Kind, expected: [Double]) {
    let dy = Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3], dtype: .float64)
    var probe = WalkProbe()
    probe.mutation = Mutation(.init(.add, input: 0), kind)
    let matrix = Tensor.zeros([2, 3], dtype: .float64)
    let (_, pullback) = pullback(at: Tensor.zeros([3], dtype: .float64)) { $0 + matrix }
    let broken = probe.watching { pullback(dy) }
    #expect(broken.scalars(of: Double.self) == expected)
  }
}

/// Broken rules that give the same numbers as the right ones, and why.
private let changingNothing: [String: String] = [:]
