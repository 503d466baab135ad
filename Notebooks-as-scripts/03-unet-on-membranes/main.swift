// %% [markdown]
// # A U-Net on membranes
//
// An electron micrograph of nerve tissue shows cells, and between them thin dark membranes. Finding the
// membranes is the first step of tracing the cells. The task here is to say for every pixel whether it is
// membrane. It is done with nothing but the library: generated pictures, so that no data are needed, a
// small U-Net, and a training loop of a dozen lines.

import Notebooks
import TapeGrad

let notebook = Notebook(
  data:
    "Real pictures: a folder with image/NAME.png and label/NAME.png, 0 in a label being membrane.")

// %% [markdown]
// ## The pictures
//
// The generator draws what makes real micrographs hard: membranes that fade and break, mitochondria and
// vesicles as dark as membranes that are not membranes, uneven light, noise. Every picture is a function of
// the seed and its number. With `--data DIR` the pictures are read instead; of a stack such as the ISBI
// 2012 challenge's, the last sixth is held out.

// %% Reading pictures
/// The pictures of a folder, each at least `side` by `side` pixels; at least two of them.
func readPictures(in folder: String, side: Int) throws -> [SegmentationSample] {
  let samples = try readImagePairs(in: folder, channels: 1).samples(positive: 0)
  guard samples.count > 1 else {
    throw DatasetError(.empty, path: folder, expected: "at least two pictures", found: "one")
  }
  if let small = samples.first(where: { min($0.image.width, $0.image.height) < side }) {
    throw DatasetError(
      .sizesDiffer, path: folder, expected: "pictures of at least \(side) x \(side) pixels",
      found: "one of \(small.image.width) x \(small.image.height)")
  }
  return samples
}

// %% Pictures to train on and pictures to test on
let side = notebook.isQuick ? 64 : 128
let training: [SegmentationSample]
let heldOut: [SegmentationSample]

if let folder = notebook.data {
  let samples = notebook.reading { try readPictures(in: folder, side: side) }
  let first = samples.count - max(1, samples.count / 6)
  training = Array(samples[..<first])
  heldOut = Array(samples[first...])
} else {
  let membranes = Membranes(width: side, height: side, seed: notebook.seed)
  training = membranes.samples(0..<(notebook.isQuick ? 24 : 160))
  heldOut = membranes.samples(1_000_000..<(notebook.isQuick ? 1_000_004 : 1_000_024))
}

let membranePixels = heldOut.reduce(0) { $0 + $1.mask.values.count { $0 > 0.5 } }
let allPixels = heldOut.reduce(0) { $0 + $1.mask.values.count }
notebook.record("pictures to train on", training.count)
notebook.record("pictures held out", heldOut.count)
notebook.record("share of membrane", Double(membranePixels) / Double(allPixels))

// %% Some of them
/// A plane of numbers from 0 to 1 as a picture.
func picture(_ plane: Plane) -> Picture {
  Picture(width: plane.width, height: plane.height, values: plane.values, range: 0...1)
}

notebook.show(
  ImageGrid(
    "Pictures and their membranes", headings: ["picture", "truth", "picture", "truth"],
    rows: stride(from: 0, to: min(training.count, 4), by: 2).map { first in
      training[first..<min(first + 2, training.count)].flatMap {
        [ImageGrid.Tile(picture($0.image)), ImageGrid.Tile(picture($0.mask))]
      }
    }))

// %% [markdown]
// ## How to score
//
// Calling no pixel membrane is right for most pixels, so the share of pixels called rightly says little.
// Two scores look at membrane alone. With `TP` pixels rightly called membrane, `FP` wrongly, and `FN`
// missed:
//
//     Dice = 2 TP / (2 TP + FP + FN)        IoU = TP / (TP + FP + FN)
//
// They order all results alike, since `IoU = Dice / (2 - Dice)`.

// %% Nothing, everything, and the best threshold
var rows: [[String]] = []

/// Adds a row of scores to the table.
@MainActor func score(_ name: String, _ dice: Double, _ iou: Double, _ accuracy: Double) {
  rows.append([name] + [dice, iou, accuracy].map { NumberFormat.fixed($0, 3) })
}

for (name, value) in [("call nothing membrane", Float(0)), ("call everything membrane", 1)] {
  var counts = SegmentationCounts()
  for sample in heldOut {
    let called = [Float](repeating: value, count: sample.mask.values.count)
    counts.add(probability: called, mask: sample.mask.values)
  }
  score(name, counts.dice, counts.intersectionOverUnion, counts.pixelAccuracy)
}

let threshold = bestThresholdScore(training: training, heldOut: heldOut)
score(
  "the best threshold", threshold.dice, threshold.intersectionOverUnion, threshold.pixelAccuracy)
notebook.show(columns: ["held-out pictures", "Dice", "IoU", "pixels right"], rows: rows)
notebook.record("threshold, Dice", threshold.dice)
notebook.record("threshold, IoU", threshold.intersectionOverUnion)

// %% [markdown]
// The threshold is a fair opponent: smoothing and grey level are chosen to be best on the training
// pictures. It cannot win, because a mitochondrion is as dark as a membrane. What tells them apart is
// their surroundings, and a pixel's surroundings are what a convolution sees.
//
// ## The network
//
// A U-Net goes down to small maps that see far, and up again to the full size; at each size the map from
// the way down is handed across, so that what is where is not lost. It is a struct like any other; this
// one has eight kernels at the top for a quick run and sixteen otherwise.

// %% A small U-Net
let model = withRandomSource(RandomSource(seed: notebook.seed)) {
  UNet(depth: notebook.isQuick ? 2 : 3, base: notebook.isQuick ? 8 : 16, channels: 1, classes: 1)
}
let summary = model.summary(input: [1, side, side, 1])
notebook.record("parameters", summary.parameters)
notebook.record("multiply-adds for one picture", summary.multiplyAdds)

// %% [markdown]
// ## Training
//
// Every batch is made of pictures turned, mirrored, warped and shaded at random, the mask with the
// picture. The loss is the cross entropy of each pixel plus half the Dice loss: the first is smooth
// everywhere, the second looks at what is scored. After each pass over the pictures the held-out ones are
// segmented once, to see the curve; nothing is chosen by it.

// %% Batches
/// Batches of changed crops, made ahead on a thread of their own; as many crops of each picture as would
/// cover it, within the limit.
func loader(
  _ samples: [SegmentationSample], side: Int, limit: Int, seed: UInt64
) -> Loader<SegmentationSample, SegmentationBatch> {
  let size = samples[0].image
  let crops = min(limit, max(1, size.width * size.height / (side * side)))
  return Loader(count: samples.count * crops, batchSize: 8, seed: seed) { index, generator in
    Augmentation.micrographs(samples[index / crops], using: &generator)
      .randomCrop(side: side, using: &generator)
  } collate: { crops in
    SegmentationBatch(crops, mean: 0.5, deviation: 0.2)
  }
}

let batches = loader(
  training, side: side, limit: notebook.isQuick ? 2 : 64, seed: notebook.seed)

// %% What the network says of the held-out pictures
/// The probability of membrane for every pixel, sides being continued by reflection where need be.
func probabilities(_ model: UNet, _ samples: [SegmentationSample]) throws -> [Plane] {
  let predictor = SegmentationPredictor(
    normalization: .fixed(mean: [0.5], deviation: [0.2]), multiple: 1 << model.encoder.count,
    averagesOrientations: false)
  return try samples.map { try predictor.probability(of: [$0.image], by: model) }
}

/// The scores of probability maps.
func counts(_ maps: [Plane], _ samples: [SegmentationSample]) -> SegmentationCounts {
  var counts = SegmentationCounts()
  for (map, sample) in zip(maps, samples) {
    counts.add(probability: map.values, mask: sample.mask.values)
  }
  return counts
}

// %% The loop
let epochs = notebook.isQuick ? 4 : 16
let schedule = OneCycleRate(peak: 4e-3, steps: epochs * batches.batchCount)
var optimizer = AdamW(model, decay: 1e-2, groups: .noDecayOnNormsAndBiases)
var losses: [Double] = []
var scores: [Double] = []

for epoch in 0..<epochs {
  let epochBatches = batches.batches(epoch: epoch)
  while let batch = notebook.reading({ try epochBatches.next() }) {
    let (loss, gradients) = valueAndGradient(of: model) {
      let logits = model(batch.images)
      return binaryCrossEntropy(logits: logits, batch.masks)
        + diceLoss(sigmoid(logits), batch.masks) * 0.5
    }
    optimizer.learningRate = schedule.rate(at: losses.count)
    optimizer.update(with: gradients.clipped(toNorm: 1).gradients)
    losses.append(loss.item)
  }
  let maps = notebook.reading { try probabilities(model, heldOut) }
  scores.append(counts(maps, heldOut).dice)
  notebook.progress(
    "epoch \(epoch + 1) of \(epochs): loss \(NumberFormat.fixed(losses.last!, 3)), "
      + "Dice \(NumberFormat.fixed(scores.last!, 3))")
}

notebook.show(
  LineChart(
    "Loss", x: "step", y: "cross entropy + Dice loss / 2",
    [.init("each step", losses)]))
notebook.show(
  LineChart(
    "Dice on held-out pictures", x: "epoch", y: "Dice",
    [
      .init("U-Net", scores),
      .init("best threshold", [Double](repeating: threshold.dice, count: epochs)),
    ]))

// %% [markdown]
// ## What it learned

// %% Scores
let maps = notebook.reading { try probabilities(model, heldOut) }
let result = counts(maps, heldOut)
score("the U-Net", result.dice, result.intersectionOverUnion, result.pixelAccuracy)
notebook.show(columns: ["held-out pictures", "Dice", "IoU", "pixels right"], rows: rows)
notebook.record("U-Net, Dice", result.dice)
notebook.record("U-Net, IoU", result.intersectionOverUnion)
notebook.record("U-Net, precision", result.precision)
notebook.record("U-Net, recall", result.recall)
notebook.record("first loss", losses[0])
notebook.record("last loss", losses[losses.count - 1])

// %% Pictures
notebook.show(
  ImageGrid(
    "Held-out pictures", headings: ["picture", "truth", "probability", "errors"],
    rows: zip(heldOut, maps).prefix(4).map { sample, map in
      let called = map.values.map { $0 >= 0.5 }
      let truth = sample.mask.values.map { $0 > 0.5 }
      return [
        ImageGrid.Tile(picture(sample.image)), ImageGrid.Tile(picture(sample.mask)),
        ImageGrid.Tile(
          picture(map),
          "Dice "
            + NumberFormat.fixed(dice(probability: map.values, mask: sample.mask.values), 3)),
        ImageGrid.Tile(picture(sample.image).showingErrors(prediction: called, truth: truth)),
      ]
    }),
  caption:
    "Errors: orange where the network sees membrane and there is none, blue where it misses it.")

// %% [markdown]
// Look at where the errors are. Most lie along the edges of membranes that were found, a pixel too thick
// or too thin. The ones that matter for tracing cells are few: gaps, where two cells become one, and
// organelles taken for membrane. Dice counts all of them alike; the challenge's Rand and information scores,
// which `tapegrad train` reports, count cells.
//
// ## On real pictures
//
// The ISBI 2012 stack (Arganda-Carreras et al., 2015; sections of a fly's nerve cord, Cardona et al., 2010)
// as PNG files in `image` and `label` goes through the same loop:
//
//     swift run -c release 03-unet-on-membranes --data isbi2012/train
//
// For results worth having use the command line, which trains a larger network for longer, averages its
// weights, keeps a validation section apart and writes checkpoints:
//
//     swift run -c release tapegrad train unet
//     swift run -c release tapegrad train unet --dataset isbi2012 --data isbi2012
//
// ## What this leaves out
//
// - A validation set. Nothing was chosen by looking at the held-out pictures here; as soon as anything is,
//   a third part of the pictures has to decide.
// - Other seeds. One run is an anecdote; repeat with `--seed` before believing a difference.
// - Averaged weights, predictions averaged over turns and mirror images, and checkpoints, all of which
//   `tapegrad train` has.
// - What comes after: from membranes to cells, and from sections to three dimensions.

// %% Writing it down
notebook.finish()
