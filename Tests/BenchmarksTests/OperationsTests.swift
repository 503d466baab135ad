import Interchange
import Testing

@Suite struct OperationsTests {
  @Test(.timeLimit(.minutes(1)), arguments: [2, 8])
  func aLineThereAndBack(threads: Int) throws {
    let outcome = try Program([
      "operations", "--only", "matmul: 64x64 by", "--seconds", "0.01", "--threads", "\(threads)",
      "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    // No core answers another within a nanosecond; a switch of threads takes less than ten milliseconds.
    let handover = try #require(try outcome.lines()[0]["handover_ns"]?.double)
    #expect((1...1e7).contains(handover), "\(handover)")
  }

  @Test func anOperationAndItsShareOfThePeak() throws {
    let outcome = try Program([
      "operations", "--only", "matmul: 64x64 by", "--seconds", "0.01", "--threads", "1", "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = try outcome.lines()
    try #require(lines.count == 2)
    let peak = try #require(lines[0]["peak_gflops"]?.double)
    #expect(try #require(lines[0]["peak_gigabytes_per_second"]?.double) > 0.1)
    #expect(lines[0]["handover_ns"]?.double == nil)
    #expect(lines[1]["operation"]?.string == "matmul: 64x64 by 64x64")
    let median = try #require(lines[1]["median_ms"]?.double)
    let gflops = try #require(lines[1]["gflops"]?.double)
    #expect(abs(gflops * median * 1e6 / Double(2 * 64 * 64 * 64) - 1) < 0.05)
    #expect(abs(try #require(lines[1]["share"]?.double) - gflops / peak) < 0.002)
  }

  @Test func bytesWhereMemoryIsTheBound() throws {
    let outcome = try Program([
      "operations", "--only", "a + b: [128", "--seconds", "0.01", "--threads", "1", "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let line = try #require(try outcome.lines().last)
    let median = try #require(line["median_ms"]?.double)
    let rate = try #require(line["gigabytes_per_second"]?.double)
    // Two arrays are read and one is written.
    #expect(abs(rate * median * 1e6 / Double(12 * 128 * 32 * 32 * 16) - 1) < 0.05)
  }

  private func random(_ seed: String, _ peer: StandInPeer) throws -> [JSON] {
    let outcome = try Program([
      "operations", "--random", "3", "--seed", seed, "--rounds", "1", "--peer", "torch", "--python",
      peer.path, "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    return try outcome.lines()
  }

  /// The peer is asked for the sizes that are reported, and the ratios are its times by ours.
  @Test func randomConvolutionsInTurn() throws {
    let peer = try StandInPeer()
    let lines = try random("7", peer)
    try #require(lines.count == 4)
    let requests = try peer.requests("convolution")
    try #require(requests.count == 3)
    #expect(try peer.requests("functions").count == 3)
    var totals: [Double] = []
    for (line, request) in zip(lines, requests) {
      func size(_ name: String) throws -> Int { try #require(request[name]?.int) }
      let sizes = try #require(line["sizes"]?.string)
      let (kernel, inputs, outputs) = (try size("kernel"), try size("inputs"), try size("outputs"))
      #expect(
        sizes.hasPrefix(
          "\(try size("batch"))x\(try size("height"))x\(try size("width"))x\(inputs) -> \(outputs), "
            + "\(kernel)x\(kernel)"))
      func positions(_ axis: String) throws -> Int {
        let reach = try size("dilation") * (kernel - 1)
        return (try size(axis) + 2 * (try size("padding")) - reach - 1) / (try size("stride")) + 1
      }
      let pixels = try size("batch") * (try positions("height")) * (try positions("width"))
      let perPixel = kernel * kernel * (inputs / (try size("groups"))) * outputs
      #expect(line["multiply_adds"]?.int == pixels * perPixel)
      for (function, theirs) in [("forward", 1.0), ("input", 2), ("kernel", 4), ("total", 8)] {
        let result = try #require(line[function])
        let ours = try #require(result["ours_ms"]?.double)
        let ratio = try #require(result["ratio"]?.double)
        #expect(result["peer_ms"]?.double == theirs)
        #expect(abs(ratio * ours / theirs - 1) < 0.02 + 0.001 / ratio)
        if function == "total" { totals.append(ratio) }
      }
    }
    let summary = try #require(lines[3]["summary"])
    #expect(summary["functions"]?["count"]?.int == 9)
    let total = try #require(summary["total"])
    #expect(total["median_ratio"]?.double == totals.sorted()[1])
    #expect(total["least_ratio"]?.double == totals.min())
    #expect(total["below_1.0"]?.int == totals.count { $0 < 1 })
  }

  @Test func aSeedMeansTheSameConvolutions() throws {
    func sizes(_ seed: String) throws -> [String] {
      try random(seed, StandInPeer()).compactMap { $0["sizes"]?.string }
    }
    let first = try sizes("7")
    #expect(first.count == 3)
    #expect(try sizes("7") == first)
    #expect(try sizes("8") != first)
  }
}
