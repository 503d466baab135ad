import Foundation
import TapeGrad

/// PyTorch in a process of its own, at its best settings unless another manner is asked for.
///
/// The script is part of this program (`Peers/torch_peer.py`), so nothing has to be found on disk.
enum TorchPeer {
  enum Manner {
    /// Channels last, float32, bound threads, memory in huge pages.
    case best
    /// The same with its contractions in bfloat16.
    case bfloat16
    /// Without a setting but the number of threads.
    case installed
  }

  static let installation =
    "it takes Python with torch: python3 -m venv venv && venv/bin/pip install "
    + "\"torch==2.13.0+cpu\" numpy --extra-index-url https://download.pytorch.org/whl/cpu, "
    + "then --python venv/bin/python"

  /// Starts it, and makes sure that it can do what it is for.
  static func start(
    python: String, threads: Int, _ manner: Manner = .best, patience: Double
  ) throws -> LineProcess {
    let script = String(decoding: PackageResources.torch_peer_py, as: UTF8.self)
    do {
      let peer = try LineProcess(
        "torch", try executable(python), ["-c", script],
        settings: manner == .installed ? [:] : bestSettings(threads), patience: patience)
      let hello = try peer.ask(["request": "hello", "threads": .integer(threads)])
      if let version = hello["version"]?.string, let pinned = hello["pinned"]?.string,
        version != pinned
      {
        Benchmarks.complain("torch is \(version); the published figures are of \(pinned)")
      }
      return peer
    } catch let error as PeerError where error.isMissing {
      throw PeerError("\(error.description); \(installation)", true)
    }
  }

  /// Bound threads; an allocator that keeps its memory, in huge pages.
  static func bestSettings(_ threads: Int) -> [String: String] {
    let tunables = [
      "mmap_threshold=4294967296", "trim_threshold=17179869184", "top_pad=268435456", "hugetlb=1",
    ]
    return [
      "OMP_PROC_BIND": "true", "OMP_NUM_THREADS": "\(threads)",
      "GLIBC_TUNABLES": tunables.map { "glibc.malloc.\($0)" }.joined(separator: ":"),
    ]
  }

  /// A path as it stands, or a name to be looked for where the shell would.
  private static func executable(_ python: String) throws -> URL {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let candidates =
      python.contains("/") ? [python] : path.split(separator: ":").map { "\($0)/\(python)" }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
      throw PeerError("there is no program '\(python)'", true)
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: found, isDirectory: &isFolder), isFolder.boolValue {
      throw PeerError("'\(python)' is a folder, not a program", true)
    }
    return URL(fileURLWithPath: found)
  }
}
