import Interchange
import Testing

@Suite struct TrainingTests {
  /// One line with these members, and numbers that fit each other.
  @Test func oneLineOfJSON() throws {
    let outcome = try Program([
      "training", "--workload", "lenet", "--threads", "1", "--seconds", "0.01", "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = try outcome.lines()
    #expect(lines.count == 1)
    let line = try #require(lines.first)
    #expect(
      line.object?.keys == [
        "workload", "threads", "median_ms", "min_ms", "images_per_second", "peak_rss_mb",
        "page_faults_per_step", "gflops", "steps", "first_step_ms",
      ])
    #expect(line["workload"]?.string == "lenet")
    #expect(line["threads"]?.int == 1)
    let median = try #require(line["median_ms"]?.double)
    let least = try #require(line["min_ms"]?.double)
    #expect(least > 0 && least <= median)
    let images = try #require(line["images_per_second"]?.double)
    #expect(abs(images * median / 64e3 - 1) < 0.01)
    // LeNet has 416,520 multiply-adds an image, 117,600 of them (6 x 28 x 28 x 25) in the first
    // convolution, whose input takes no gradient.
    let gflops = try #require(line["gflops"]?.double)
    let operations = 2 * 64 * Double(3 * 416_520 - 117_600)
    #expect(abs(gflops * median * 1e6 / operations - 1) < 0.05)
    #expect(try #require(line["steps"]?.int) >= 7)
    #expect(try #require(line["peak_rss_mb"]?.int) > 5)
    let first = try #require(line["first_step_ms"]?.double)
    #expect(first >= 0 && first < 60_000)
  }

  @Test func aHandwrittenActivationIsAnotherNetwork() throws {
    let outcome = try Program([
      "training", "--workload", "resnet20", "--activation", "handwritten", "--algorithm", "direct",
      "--seconds", "0.01",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("resnet20, 2 threads: "))
  }

  /// A step reuses the memory of the one before. Time's own bookkeeping and the system cost a page now and
  /// then; a step that took its tensors anew would touch hundreds.
  @Test(arguments: ["lenet", "resnet20"])
  func stepsTouchNoNewPages(workload: String) throws {
    let outcome = try Program([
      "training", "--workload", workload, "--threads", "2", "--seconds", "0.01", "--json",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let line = try #require(try outcome.lines().first)
    let faults = try #require(line["page_faults_per_step"]?.double)
    #expect(faults >= 0 && faults < 5, "\(faults)")
    // A fraction of the steps, to two digits.
    let steps = Double(try #require(line["steps"]?.int))
    #expect(abs(faults * steps - (faults * steps).rounded()) <= 0.005 * steps + 1e-9)
  }

  /// What `compare` speaks with: a line when it is warm, then an answer for each request.
  @Test func stepsOnRequest() throws {
    let outcome = try Program(
      ["training", "--workload", "lenet", "--serve"], input: "{\"seconds\": 0.01}\nnonsense\n")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = try outcome.lines()
    try #require(lines.count == 3)
    #expect(lines[0]["first_step_ms"] != nil)
    let times = try #require(lines[1]["times_ms"]?.array).compactMap { $0.double }
    #expect(!times.isEmpty && times.allSatisfy { $0 > 0 })
    #expect(try #require(lines[1]["peak_rss_mb"]?.double) > 5)
    #expect(lines[2]["error"]?.string?.contains("nonsense") == true)
  }
}
