import TapeGrad
import Testing

@Suite struct TrainingConfigurationTests {
  @Test func everyPairHasARecipe() throws {
    for model in ModelCatalog.entries {
      for dataset in DatasetCatalog.entries where dataset.purpose == model.purpose {
        for quick in [false, true] {
          let configuration = try TrainingConfiguration.recommended(
            model: model.name, dataset: dataset.name, seed: 7, quick: quick)
          let text = configuration.jsonText()
          #expect(try TrainingConfiguration(jsonText: text, path: "x") == configuration)
          #expect(configuration.seed == 7)
        }
      }
    }
  }

  @Test func everyModelTakesTheGeneratedImages() throws {
    for entry in ModelCatalog.entries {
      var configuration = try TrainingConfiguration.recommended(model: entry.name, quick: true)
      _ = try TrainingData.load(&configuration)
      _ = try configuration.makeModel()
    }
  }

  @Test func modelsAndDatasetsMustFit() {
    #expect(
      throws: TrainingError.configuration("unet is for segmentation, shapes for classification")
    ) {
      try TrainingConfiguration.recommended(model: "unet", dataset: "shapes")
    }
    #expect(throws: TrainingError.self) { try TrainingConfiguration.recommended(model: "nonet") }
    #expect(throws: TrainingError.self) {
      try TrainingConfiguration.recommended(model: "unet", dataset: "nowhere")
    }
  }

  @Test func anImageTooSmallIsToldBeforeTraining() {
    let description = ModelDescription(
      name: "vgg11", channels: 1, classes: 10, imageHeight: 28, imageWidth: 28)
    let error = #expect(throws: TrainingError.self) {
      try ModelCatalog.model(description, source: RandomSource(seed: 0))
    }
    #expect("\(error!)".hasPrefix("vgg11 cannot take images of 28 x 28 x 1: "))
  }

  @Test func sameSeedSameWeights() throws {
    let description = ModelDescription(
      name: "lenet", channels: 1, classes: 10, imageHeight: 28, imageWidth: 28)
    func weights(_ seed: UInt64) throws -> Tensor {
      try ModelCatalog.model(description, source: RandomSource(seed: seed))
        .parameters[0].box.value
    }
    #expect(try weights(1).hasSameBits(as: weights(1)))
    #expect(try !weights(1).hasSameBits(as: weights(2)))
  }

  @Test func aMissingKeyIsNamed() {
    let error = #expect(throws: TrainingError.self) {
      try TrainingConfiguration(jsonText: "{\"model\": {\"name\": \"lenet\"}}", path: "run")
    }
    #expect("\(error!)" == "run: its configuration: 'model.channels' is missing")
  }
}
