import Foundation
import TapeGrad
import TestSupport
import Testing

@Suite struct CheckpointTests {
  @Test func comesBackWithEveryBit() throws {
    let folder = try TemporaryFolder()
    let model = ToyModel(seed: 3)
    try Checkpoint(weights: Checkpoint.weights(of: model)).write(to: folder.file("x"))
    let other = ToyModel(seed: 4)
    try Checkpoint(path: folder.file("x")).load(into: other, path: "x")
    for (a, b) in zip(model.parameters, other.parameters) {
      #expect(a.box.value.hasSameBits(as: b.box.value))
    }
  }

  @Test func namesTheFirstKeyThatDiffers() throws {
    let checkpoint = Checkpoint(weights: Checkpoint.weights(of: ToyModel()))
    let error = #expect(throws: TrainingError.self) {
      try checkpoint.load(into: Linear(inputs: 1, outputs: 1), path: "run/best.safetensors")
    }
    #expect(
      "\(error!)"
        == "run/best.safetensors: it is of another model; the first key that differs is 'weight': "
        + "expected float32 [1, 1], found no tensor of that name")
  }

  @Test func namesAShapeThatDiffers() throws {
    let checkpoint = Checkpoint(weights: Checkpoint.weights(of: Linear(inputs: 2, outputs: 1)))
    let model = Linear(inputs: 3, outputs: 1)
    let before = model.weight.value
    let error = #expect(throws: TrainingError.self) { try checkpoint.load(into: model, path: "x") }
    #expect("\(error!)".contains("'weight': expected float32 [3, 1], found float32 [2, 1]"))
    #expect(model.weight.value.hasSameBits(as: before))
  }

  @Test func refusesMoreThanTheModelHas() throws {
    var weights = Checkpoint.weights(of: Linear(inputs: 2, outputs: 1))
    weights["extra"] = Tensor([1.0])
    let error = #expect(throws: TrainingError.self) {
      try Checkpoint(weights: weights).load(into: Linear(inputs: 2, outputs: 1), path: "x")
    }
    #expect("\(error!)".contains("'extra': expected no tensor of that name"))
  }

  @Test func loadsTheAverageWhereThereIsOne() throws {
    let scribe = Scribe()
    let trainer = toyTrainer()
    trainer.observers = [scribe]
    try trainer.run()
    let model = ToyModel()
    try scribe.lastPlace!.load(into: model, path: "x")
    let expected = trainer.average!.values
    for named in model.parameters {
      #expect(named.box.value.hasSameBits(as: expected[named.name]!))
    }
  }

  @Test func weightsAloneCannotBeResumed() throws {
    let trainer = toyTrainer()
    let error = #expect(throws: TrainingError.self) {
      try trainer.resume(from: Checkpoint(weights: Checkpoint.weights(of: ToyModel())), path: "x")
    }
    #expect("\(error!)".contains("weights only"))
  }

  @Test func otherDataAreNoticed() throws {
    let scribe = Scribe()
    let trainer = toyTrainer(epochs: 1)
    trainer.observers = [scribe]
    try trainer.run()
    let other = toyTrainer(epochs: 1, task: ToyTask(seed: 6))
    let error = #expect(throws: TrainingError.self) {
      try other.resume(from: scribe.lastPlace!, path: "x")
    }
    #expect("\(error!)".contains("the data have changed"))
  }

  @Test func aForeignFileIsNoCheckpoint() throws {
    let folder = try TemporaryFolder()
    try SafetensorsFile.write(["weight": Tensor([1.0])], to: folder.file("x"))
    let error = #expect(throws: TrainingError.self) { try Checkpoint(path: folder.file("x")) }
    #expect("\(error!)".contains("not a checkpoint"))
  }

  @Test func damageIsNoticedAtEveryLength() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x")
    try Checkpoint(weights: Checkpoint.weights(of: Linear(inputs: 2, outputs: 1))).write(to: path)
    let bytes = try folder.bytes("x")
    for length in stride(from: 0, to: bytes.count, by: 7) {
      try Data(bytes[..<length]).write(to: URL(fileURLWithPath: path))
      #expect(throws: InterchangeError.self) { try Checkpoint(path: path) }
    }
  }

  /// Every bit of every weight is guarded, not only the file's form.
  @Test func aFlippedBitOfAWeightIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x")
    try Checkpoint(weights: Checkpoint.weights(of: Linear(inputs: 2, outputs: 1))).write(to: path)
    let bytes = try folder.bytes("x")
    let weights = bytes.count - 3 * 4
    for position in weights..<bytes.count {
      var damaged = bytes
      damaged[position] ^= 1 << (position % 8)
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: TrainingError.self) { try Checkpoint(path: path) }
      #expect("\(error!)".contains("do not match their checksum"))
    }
    // One of before checksums were written is read as it was.
    try SafetensorsFile.write(
      Checkpoint.weights(of: Linear(inputs: 2, outputs: 1)),
      metadata: ["tapegrad.checkpoint": "1"], to: path)
    _ = try Checkpoint(path: path)
  }
}
