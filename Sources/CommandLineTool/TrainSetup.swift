import ArgumentParsing
import Foundation
import TapeGrad

/// From the arguments of `train` to a session that can run.
enum TrainSetup {
  /// A new run.
  static func fresh(_ arguments: Arguments) throws -> TrainingSession {
    guard let model = arguments.operand else {
      throw arguments.error(
        "wants a MODEL: one of \(ModelCatalog.names.joined(separator: ", "))")
    }
    try requireModel(model, arguments)
    let dataset = try arguments.choice("dataset", among: DatasetCatalog.names)
    var configuration = try TrainingConfiguration.recommended(
      model: model, dataset: dataset, seed: try arguments.seed("seed") ?? 1,
      quick: arguments.has("quick"))
    try apply(arguments, to: &configuration)
    try requireData(arguments, configuration)

    let name = "\(model)-\(configuration.data.name)-seed\(configuration.seed)"
    let folder = arguments.string("out").map(RunFolder.init) ?? .unused("runs/\(name)")
    if folder.holdsRun, !arguments.has("overwrite") {
      throw arguments.error(
        "\(folder.path) holds a run; --resume goes on with it, --overwrite replaces it")
    }
    return try session(in: folder) {
      announce(configuration)
      return try TrainingSession(configuration, folder: folder)
    }
  }

  /// Makes the folder, then what `make` reads and builds for it, then empties the folder of a run that
  /// is to be replaced.
  ///
  /// The folder comes first, so that one that cannot be written is known before the data are read; it
  /// is emptied last, so that bad data do not cost the run that is there, and a folder made for nothing
  /// goes again.
  private static func session(
    in folder: RunFolder, replacing replaces: Bool = true, _ make: () throws -> TrainingSession
  ) throws -> TrainingSession {
    let isNew = !FileManager.default.fileExists(atPath: folder.path)
    try folder.create()
    do {
      let session = try make()
      if replaces { try folder.clear() }
      return session
    } catch {
      // Only empty folders can be removed this way.
      if isNew { for path in [folder.figures, folder.path] { rmdir(path) } }
      throw error
    }
  }

  /// A run that goes on.
  static func resumed(_ arguments: Arguments) throws -> TrainingSession {
    guard let given = arguments.string("resume") ?? arguments.string("out") else {
      throw arguments.error(
        "--resume wants the folder of a run or its last.safetensors, here or as --out")
    }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: given, isDirectory: &isFolder)
    let path = exists && isFolder.boolValue ? RunFolder(given).last : given
    let above = (path as NSString).deletingLastPathComponent
    let home = RunFolder(above.isEmpty ? "." : above)
    let folder = arguments.string("out").map(RunFolder.init) ?? home
    let moves = resolved(folder) != resolved(home)
    if moves, folder.holdsRun, !arguments.has("overwrite") {
      throw arguments.error(
        "\(folder.path) holds another run than \(home.path); --overwrite replaces it")
    }
    let checkpoint = try Checkpoint(path: path)
    guard let saved = try checkpoint.configuration(path: path) else {
      throw TrainingError.checkpoint(
        path: path, "it does not say what it was trained with, so it cannot be resumed")
    }
    try requireSameModel(arguments, saved, checkpoint, path: path)
    var configuration = saved
    try apply(arguments, to: &configuration)
    try requireSameSettings(arguments, saved, configuration)
    return try session(in: folder, replacing: moves) {
      announce(configuration)
      return try TrainingSession(
        resuming: checkpoint, path: path, configuration: configuration, folder: folder)
    }
  }

  private static func resolved(_ folder: RunFolder) -> String {
    URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().standardizedFileURL.path
  }

  private static func announce(_ configuration: TrainingConfiguration) {
    Terminal.show(
      "\(configuration.data.path == nil ? "making" : "reading") \(configuration.data.name) ...")
  }

  static func requireModel(_ name: String, _ arguments: Arguments) throws {
    guard ModelCatalog.entry(named: name) == nil else { return }
    let near = closest(to: name, among: ModelCatalog.names)
    throw arguments.error(
      "there is no model '\(name)'"
        + (near.map { "; did you mean \($0)?" }
          ?? "; known are \(ModelCatalog.names.joined(separator: ", "))"))
  }

  private static func requireData(
    _ arguments: Arguments, _ configuration: TrainingConfiguration
  ) throws {
    guard let entry = DatasetCatalog.entry(named: configuration.data.name) else { return }
    if entry.isGenerated, arguments.string("data") != nil {
      throw arguments.error(
        "--data names the files of a dataset, and \(entry.name) is generated; say which dataset they "
          + "are with --dataset (\(DatasetCatalog.names.joined(separator: ", ")))")
    }
    if !entry.isGenerated, configuration.data.path == nil {
      throw arguments.error("--dataset \(entry.name) wants --data DIR; \(entry.summary)")
    }
  }

  /// A model named beside `--resume` must be the one of the checkpoint.
  private static func requireSameModel(
    _ arguments: Arguments, _ saved: TrainingConfiguration, _ checkpoint: Checkpoint, path: String
  ) throws {
    guard let name = arguments.operand, name != saved.model.name else { return }
    try requireModel(name, arguments)
    var other = saved.model
    other.name = name
    let model = ModelCatalog.entry(named: name)?.model(other, source: RandomSource(seed: 0))
    if let model { try checkpoint.load(into: model, path: path) }
    throw TrainingError.checkpoint(
      path: path, "it is of another model: expected \(name), found \(saved.model.name)")
  }

  /// A resumed run has the settings of the checkpoint. Its length may change, and where its files are.
  private static func requireSameSettings(
    _ arguments: Arguments, _ saved: TrainingConfiguration, _ wanted: TrainingConfiguration
  ) throws {
    var comparable = wanted
    comparable.optimization.epochs = saved.optimization.epochs
    comparable.optimization.stepLimit = saved.optimization.stepLimit
    comparable.data.path = saved.data.path
    if let seed = try arguments.seed("seed") { comparable.seed = seed }
    if arguments.string("dataset").map({ $0 != saved.data.name }) ?? false || comparable != saved {
      throw arguments.error(
        "a resumed run keeps its settings; only --epochs, --steps, --data, --out, --threads and "
          + "--stop-after may be given anew")
    }
  }

  // MARK: - Settings

  /// Puts the options given in place of the recommended settings.
  private static func apply(
    _ arguments: Arguments, to configuration: inout TrainingConfiguration
  ) throws {
    let isSegmentation =
      ModelCatalog.entry(named: configuration.model.name)?.purpose == .segmentation
    func positive(_ name: String) throws -> Double? {
      try arguments.double(name, "a number above 0") { $0 > 0 }
    }
    func share(_ name: String) throws -> Double? {
      try arguments.double(name, "a number from 0 to below 1") { $0 >= 0 && $0 < 1 }
    }
    func only(_ names: [String], _ purpose: String) throws {
      for name in names where arguments.string(name) != nil {
        throw arguments.error("--\(name) is for \(purpose), not for \(configuration.model.name)")
      }
    }
    if isSegmentation {
      try only(["label-smoothing"], "classification")
    } else {
      try only(["crop", "base", "depth", "loss"], "segmentation")
    }

    if let path = arguments.string("data") { configuration.data.path = path }
    if let count = try arguments.int("validation", atLeast: 1, atMost: 1_000_000) {
      configuration.data.validationCount = count
    }
    if let count = try arguments.int("images", atLeast: 1, atMost: 1_000_000) {
      configuration.data.trainingCount = count
    }
    if let side = try arguments.int("crop", atLeast: 8, atMost: 16_384) {
      configuration.data.cropSize = side
    }
    if arguments.has("no-augmentation") { configuration.data.augments = false }
    if arguments.has("average-orientations") { configuration.data.averagesOrientations = true }
    if arguments.has("no-average-orientations") { configuration.data.averagesOrientations = false }
    if let base = try arguments.int("base", atLeast: 1, atMost: 1024) {
      configuration.model.baseChannels = base
    }
    if let depth = try arguments.int("depth", atLeast: 1, atMost: 8) {
      configuration.model.depth = depth
    }

    if let epochs = try arguments.int("epochs", atLeast: 1, atMost: 1_000_000) {
      configuration.optimization.epochs = epochs
    }
    if let steps = try arguments.int("steps", atLeast: 1, atMost: 1_000_000_000) {
      configuration.optimization.stepLimit = steps
      // Steps alone say how long: as many epochs as they take.
      if arguments.string("epochs") == nil { configuration.optimization.epochs = max(1, steps) }
    }
    if let batch = try arguments.int("batch", atLeast: 1) {
      configuration.optimization.batchSize = batch
    }
    if let rate = try positive("lr") { configuration.optimization.learningRate = rate }
    if let name = try arguments.choice(
      "convolution", among: ConvolutionAlgorithm.allCases.map(\.rawValue))
    {
      configuration.convolution = ConvolutionAlgorithm(rawValue: name)
    }
    if let name = try arguments.choice("optimizer", among: TrainCommand.methods) {
      configuration.optimization.method = .init(rawValue: name)!
    }
    if let name = try arguments.choice("schedule", among: TrainCommand.schedules) {
      configuration.optimization.schedule = .init(rawValue: name)!
    }
    if let decay = try arguments.double("decay", "a number of at least 0", where: { $0 >= 0 }) {
      configuration.optimization.weightDecay = decay
    }
    if let momentum = try share("momentum") { configuration.optimization.momentum = momentum }
    if let norm = try arguments.double("clip", "a number of at least 0", where: { $0 >= 0 }) {
      configuration.optimization.clippingNorm = norm == 0 ? nil : norm
    }
    if let decay = try share("ema") { configuration.optimization.averageDecay = decay }
    if let name = try arguments.choice(
      "loss", among: TrainCommand.losses.filter { $0 != "cross-entropy" })
    {
      configuration.optimization.loss = .init(rawValue: name)!
    }
    if let share = try share("label-smoothing") {
      configuration.optimization.labelSmoothing = share
    }
  }
}
