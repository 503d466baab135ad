import Foundation

/// The path of a program of this package: beside the test bundle, where the build puts products.
package func builtProgram(_ name: String) -> String {
  let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  let candidates =
    [tests, URL(fileURLWithPath: CommandLine.arguments[0])] + Bundle.allBundles.map(\.bundleURL)
  for candidate in candidates {
    let program = candidate.deletingLastPathComponent().appendingPathComponent(name).path
    if FileManager.default.isExecutableFile(atPath: program) { return program }
  }
  return name
}
