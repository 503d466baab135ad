// swift-tools-version: 6.2
import PackageDescription

// The order below is the order in which data flows: a target may know only those named before it.
// An arrow here is the only way one part of the house may know another.

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func library(_ name: String, knows others: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: others, path: "Sources/\(name)", swiftSettings: strict)
}

func tests(of name: String, knows others: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + others,
    path: "Tests/\(name)Tests", resources: resources[name] ?? [], swiftSettings: strict)
}

/// A script that is read like a chapter and run by `swift run -c release NAME`.
func notebook(_ name: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["TapeGrad", "GradientChecking", "Notebooks"],
    path: "Notebooks-as-scripts/\(name)", swiftSettings: strict)
}

let notebooks = ["01-convolution-by-hand", "02-your-own-layer", "03-unet-on-membranes"]

let resources: [String: [Resource]] = [
  "Codecs": [.copy("Golden")], "Operations": [.copy("Golden")], "Layers": [.copy("Golden")],
  "Models": [.copy("Golden")],
]

let package = Package(
  name: "TapeGrad",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "TapeGrad", targets: ["TapeGrad"]),
    .library(name: "GradientChecking", targets: ["GradientChecking"]),
    .executable(name: "tapegrad", targets: ["CommandLineTool"]),
  ],
  targets: [
    // MARK: - The engine
    .target(name: "CKernels", path: "Sources/CKernels"),
    library("Kernels", knows: ["CKernels"]),
    library("Tensors", knows: ["Kernels"]),
    library("Autodiff", knows: ["Tensors"]),
    library("Operations", knows: ["Autodiff", "Tensors", "Kernels"]),
    library("GradientChecking", knows: ["Operations", "Autodiff", "Tensors", "Layers", "Models"]),

    // MARK: - Networks
    library("Layers", knows: ["Operations", "Autodiff", "Tensors"]),
    library("Optimizers", knows: ["Layers", "Operations", "Autodiff", "Tensors"]),
    library("Models", knows: ["Layers", "Operations", "Tensors"]),

    // MARK: - The world outside
    library("Codecs"),
    library("Datasets", knows: ["Codecs", "Kernels", "Tensors", "Operations"]),
    library("Interchange", knows: ["Codecs", "Tensors", "Kernels"]),
    library("Figures", knows: ["Interchange", "Codecs", "Tensors"]),

    // MARK: - Bringing it together
    library("ArgumentParsing"),
    library(
      "Training",
      knows: [
        "Models", "Layers", "Optimizers", "Operations", "Autodiff", "Tensors", "Datasets",
        "Interchange", "Figures", "Codecs",
      ]),
    library(
      "TapeGrad",
      knows: [
        "Tensors", "Autodiff", "Operations", "Layers", "Optimizers", "Models", "Datasets",
        "Interchange", "Figures", "Training",
      ]),
    .executableTarget(
      name: "CommandLineTool", dependencies: ["TapeGrad", "GradientChecking", "ArgumentParsing"],
      path: "Sources/CommandLineTool", swiftSettings: strict),
    .target(name: "CPeaks", path: "Sources/CPeaks"),
    .executableTarget(
      name: "Benchmarks", dependencies: ["TapeGrad", "Kernels", "ArgumentParsing", "CPeaks"],
      path: "Sources/Benchmarks", exclude: ["Peers/torch_fashion_mnist.py"],
      resources: [.embedInCode("Peers/torch_peer.py")],
      swiftSettings: strict),

    // MARK: - Notebooks as scripts
    library("Notebooks", knows: ["Figures", "Interchange", "Tensors"]),

    // MARK: - Tests, one target for each source target, and what several of them read
    .target(
      name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "GoldenFiles", dependencies: ["Autodiff", "Tensors"], path: "Tests/GoldenFiles",
      swiftSettings: strict),
    tests(of: "Kernels", knows: ["CKernels"]),
    tests(of: "Tensors"),
    tests(of: "Autodiff", knows: ["Operations", "Layers", "Tensors", "Kernels"]),
    tests(of: "Operations", knows: ["Autodiff", "Tensors", "GoldenFiles"]),
    tests(
      of: "GradientChecking", knows: ["Operations", "Autodiff", "Tensors", "Layers", "Models"]),
    tests(
      of: "Layers", knows: ["GradientChecking", "Operations", "Autodiff", "Kernels", "GoldenFiles"]),
    tests(of: "Optimizers", knows: ["Layers", "Operations", "GoldenFiles"]),
    tests(
      of: "Models",
      knows: [
        "Layers", "Operations", "Optimizers", "Autodiff", "Kernels", "Tensors", "GoldenFiles",
      ]),
    tests(of: "Codecs"),
    tests(of: "Datasets", knows: ["Codecs", "Kernels", "Tensors", "TestSupport"]),
    tests(of: "Interchange", knows: ["Tensors", "Kernels", "TestSupport"]),
    tests(of: "Figures", knows: ["Interchange", "Codecs", "Tensors"]),
    tests(of: "Training", knows: ["TapeGrad", "TestSupport"]),
    tests(of: "CommandLineTool", knows: ["TapeGrad", "TestSupport"]),
    tests(of: "Benchmarks", knows: ["Interchange", "TestSupport"]),
    tests(
      of: "Notebooks",
      knows: ["Codecs", "Figures", "Interchange", "Tensors"]
        + notebooks.map { .init(stringLiteral: $0) }),
  ] + notebooks.map(notebook),
  swiftLanguageModes: [.v6]
)
