import Interchange
import TestSupport
import Testing

@Suite struct CompareTests {
  private func compare(_ peer: StandInPeer, _ more: [String]) throws -> Program {
    let outcome = try Program(
      [
        "compare", "--peer", "torch", "--python", peer.path, "--workloads", "lenet", "--rounds",
        "2",
        "--seconds", "0.01",
      ] + more)
    #expect(outcome.code == 0, "\(outcome.errors)")
    return outcome
  }

  @Test func sidesTakeTurns() throws {
    let peer = try StandInPeer()
    let lines = try compare(peer, ["--bfloat16", "--second-thread", "--json"]).lines()
    let line = try #require(lines.first)
    #expect(lines.count == 1)
    #expect(
      line.object?.keys == [
        "workload", "threads", "ours", "PyTorch", "PyTorch bfloat16", "one thread",
      ])
    let ours = try #require(line["ours"]?["median_ms"]?.double)
    let theirs = try #require(line["PyTorch"])
    #expect(theirs["median_ms"]?.double == StandInPeer.step)
    #expect(theirs["peak_rss_mb"]?.double == 1000)
    #expect(theirs["first_step_ms"]?.double == 1500)
    let ratio = try #require(theirs["ratio"]?.double)
    // The ratio is the median of two, and so is our time: they agree as closely as the rounds do.
    let least = try #require(line["ours"]?["least_ms"]?.double)
    let largest = try #require(line["ours"]?["largest_ms"]?.double)
    #expect(least > 0 && least <= ours && ours <= largest)
    #expect(ratio > 0.99 * StandInPeer.step / largest && ratio < 1.01 * StandInPeer.step / least)

    // Two rounds of one process each in both number formats, four turns in each.
    let training = try peer.requests("training")
    #expect(training.count == 4)
    #expect(training.allSatisfy { $0["workload"]?.string == "lenet" })
    #expect(training.compactMap { $0["bfloat16"]?.bool }.count { $0 } == 2)
    #expect(try peer.requests("steps").count == 16)
    #expect(try peer.requests("hello").allSatisfy { $0["threads"]?.int == 2 })
  }

  /// The environment in which the peer is fastest.
  @Test func thePeerHasItsBestSettings() throws {
    let peer = try StandInPeer()
    _ = try compare(peer, [])
    let start = try #require(try peer.notes().first)
    #expect(
      start == "-c true 2 glibc.malloc.mmap_threshold=4294967296:"
        + "glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=268435456:"
        + "glibc.malloc.hugetlb=1")
  }

  @Test func theTableOfTheReadMe() throws {
    let lines = try compare(try StandInPeer(), ["--markdown"]).output.split(separator: "\n")
      .map(String.init)
    #expect(
      lines[0]
        == "`swift run -c release Benchmarks compare --peer torch --python PATH --workloads lenet "
        + "--rounds 2 --seconds 0.01 --markdown`")
    #expect(lines[1].contains("2 threads, 2 rounds"))
    #expect(lines[1].contains(/\d{4}-\d\d-\d\d/))
    #expect(lines[2] == "|  | ours, ms | PyTorch, ms | ratio | peak MB, ours / PyTorch |")
    #expect(lines[3] == "|---|---|---|---|---|")
    #expect(
      lines[4].contains(
        /^\| `lenet` \| [\d.]+ \([\d.]+-[\d.]+\) \| 40.0 \(40.0-40.0\) \| [\d.]+ \| \d+ \/ 1000 = 0/
      ))
  }
}

/// A peer that is not there, or not as it should be.
@Suite struct MissingPeerTests {
  private func compare(_ python: String, _ more: [String] = []) throws -> Program {
    try Program(["compare", "--peer", "torch", "--python", python, "--workloads", "lenet"] + more)
  }

  /// Answers everything, a request for steps with `steps`.
  private func peer(_ folder: TemporaryFolder, steps: String, end: String = "") throws -> String {
    try folder.write(
      "python",
      """
      #!/bin/sh
      while read -r line; do
        case $line in
          *hello*) echo '{"name": "torch", "version": "1", "pinned": "1"}' ;;
          *training*) echo '{"first_step_ms": 1.0}' ;;
          *steps*) \(steps) ;;
        esac
      done
      \(end)

      """, isProgram: true)
  }

  @Test(arguments: [
    #"{"peak_rss_mb": 10.0}"#, #"{"peak_rss_mb": 10.0, "times_ms": []}"#,
    #"{"peak_rss_mb": 10.0, "times_ms": [1.0, "2"]}"#, #"{"peak_rss_mb": 10.0, "times_ms": 2.0}"#,
    #"{"peak_rss_mb": 10.0, "times_ms": [1.0, 0]}"#, #"[1]"#,
  ])
  func timesThatAreNone(answer: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try compare(
      try peer(folder, steps: "echo '\(answer)'"), ["--rounds", "1", "--seconds", "0.01"])
    #expect(outcome.code == 1, "\(answer)")
    #expect(outcome.errors == "Benchmarks: torch did not say 'times_ms', numbers above 0\n")
  }

  @Test(.timeLimit(.minutes(1))) func onePeerThatHangs() throws {
    let folder = try TemporaryFolder()
    let outcome = try compare(
      try peer(folder, steps: "exec sleep 600"),
      ["--rounds", "1", "--seconds", "0.01", "--timeout", "1"])
    #expect(outcome.code == 1)
    #expect(outcome.errors == "Benchmarks: torch gave no answer in 1.0 seconds\n")
  }

  /// It has answered everything, but its standard input is over and it stays.
  @Test(.timeLimit(.minutes(1))) func onePeerThatDoesNotEnd() throws {
    let folder = try TemporaryFolder()
    let steps = #"echo '{"peak_rss_mb": 10.0, "times_ms": [2.0]}'"#
    let outcome = try compare(
      try peer(folder, steps: steps, end: "exec sleep 600"),
      ["--rounds", "1", "--seconds", "0.01", "--timeout", "1"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("2 threads, 1 round; medians.\n"))
  }

  @Test func aFolder() throws {
    let outcome = try compare("/")
    #expect(outcome.code == 3)
    #expect(outcome.errors.hasPrefix("Benchmarks: '/' is a folder, not a program; it takes Python"))
  }

  @Test func noPython() throws {
    let outcome = try compare("no-such-python")
    #expect(outcome.code == 3)
    #expect(
      outcome.errors.hasPrefix("Benchmarks: there is no program 'no-such-python'; it takes Python"))
    #expect(outcome.errors.contains("pip install \"torch=="))
  }

  @Test func noTorch() throws {
    let folder = try TemporaryFolder()
    let python = try folder.write(
      "python",
      "#!/bin/sh\necho '{\"error\": \"torch cannot be imported\", \"missing\": \"torch\"}'",
      isProgram: true)
    let outcome = try compare(python)
    #expect(outcome.code == 3)
    #expect(outcome.errors.hasPrefix("Benchmarks: torch: torch cannot be imported; it takes"))
    #expect(outcome.errors.contains("pip install"))
  }

  @Test func onePeerThatDies() throws {
    let folder = try TemporaryFolder()
    let python = try folder.write(
      "python", "#!/bin/sh\nread -r line\necho '{\"version\": \"1\"}'\nread -r line\nexit 7\n",
      isProgram: true)
    let outcome = try compare(python)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("torch ended with code 7 and no answer"))
  }

  @Test func onePeerThatSaysSomethingElse() throws {
    let folder = try TemporaryFolder()
    let python = try folder.write("python", "#!/bin/sh\necho 'Hello!'\n", isProgram: true)
    let outcome = try compare(python)
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("torch answered 'Hello!', not JSON"))
  }
}
