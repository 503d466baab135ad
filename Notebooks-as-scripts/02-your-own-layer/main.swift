// %% [markdown]
// # Your own layer
//
// A layer is a struct with parameters and a `forward`. There is no backward pass to write: `forward` is
// made of operations, the tape records them, and each operation knows its own rule. So a layer cannot
// have a wrong gradient, unless you write a rule yourself. This notebook writes a layer and checks it;
// then it writes wrong rules on purpose and reads what the checker says; then it trains the layer.

import GradientChecking
import Notebooks
import TapeGrad

let notebook = Notebook()

// %% [markdown]
// ## A layer and its check
//
// Squeeze and excite: the mean of each channel goes through two small dense layers, and what comes out
// scales the channel. Channels that matter for this image are let through, others are damped.

// %% Squeeze and excite
/// Scales every channel by how much it has to say (Hu et al., 2018).
struct SqueezeExcite: Layer {
  let squeeze: Linear
  let excite: Linear

  init(channels: Int, reduction: Int = 4) {
    squeeze = Linear(inputs: channels, outputs: channels / reduction)
    excite = Linear(inputs: channels / reduction, outputs: channels)
  }

  func forward(_ x: Tensor) -> Tensor {
    let gate = sigmoid(excite(relu(squeeze(x.mean(axes: [1, 2])))))
    return x * gate.reshaped(to: [x.shape[0], 1, 1, x.shape[3]])
  }
}

let report = checkGradients(of: SqueezeExcite(channels: 8), at: .normal([2, 5, 5, 8]))

// %% What the check says
notebook.show("\(report)")
notebook.record("squeeze and excite passes", report.passes)
notebook.record("parameters of squeeze and excite", SqueezeExcite(channels: 8).parameterCount)

// %% [markdown]
// The module stands in the call as an expression and is built inside the check, in float64, so that its
// parameters and constants are float64 too. Every input and every parameter is displaced a little, the
// change of the value is compared with what the rule says, and the same is done once more for the rule
// itself: that is the second order. With eight channels and a reduction of 4 the layer has 42 numbers in
// four parameters: `8·2 + 2` and `2·8 + 8`.
//
// A mistake in a shape stops with the place in the model, what is wanted and what came. `checkShapes`
// says the same without stopping and without computing anything.

// %% Wrong channels
do {
  try checkShapes(SqueezeExcite(channels: 8), input: [2, 5, 5, 16])
  notebook.show("no complaint")
} catch {
  notebook.record("wrong channels", "\(error)")
}

// %% [markdown]
// ## A rule of your own, and how it goes wrong
//
// `customGradient` is the one place where you write a rule: for a faster formula, a more stable one, or
// one that is meant to differ. Take the map that subtracts its own mean. Each input changes the mean
// too, so the rule is `dy - mean(dy)`. The commonest mistake is to forget the second term: to treat a
// statistic of the input as a constant.

// %% A forgotten term
/// `x` less its mean, with the rule of somebody in a hurry.
func centered(_ x: Tensor) -> Tensor {
  customGradient(at: [x]) { inputs in
    inputs[0] - inputs[0].mean()
  } pullback: { dy, _, _ in
    [dy]
  }
}

let forgotten = checkGradients(at: Tensor([0.5, -1, 2, 0.25]), of: centered)
notebook.show("\(forgotten)")

// %% [markdown]
// The report names the input, the element, what the rule gave and what was measured, and where one of
// the usual mistakes explains all the numbers, which one. With the term in place it passes.

// %% With the term
let complete = checkGradients(at: Tensor([0.5, -1, 2, 0.25])) { x in
  customGradient(at: [x]) { inputs in
    inputs[0] - inputs[0].mean()
  } pullback: { dy, _, _ in
    [dy - dy.mean()]
  }
}
notebook.show("\(complete)")
notebook.record("forgotten term", forgotten.verdict.rawValue)
notebook.record("with the term", complete.verdict.rawValue)

// %% [markdown]
// More wrong rules, each for a right function, and what the checker finds. The last is right at first
// order and wrong at second: its rule reads a detached copy of the input, so the rule itself seems
// constant. It trains well and breaks the day somebody adds a gradient penalty.

// %% A collection of mistakes
/// A rule for a function of one tensor: the cotangent and the input to the input's cotangent.
typealias Rule = (_ dy: Tensor, _ x: Tensor) -> Tensor

let mistakes: [(name: String, function: (Tensor) -> Tensor, rule: Rule)] = [
  ("cos, the sign forgotten", { cos($0) }, { dy, x in dy * sin(x) }),
  ("cube, the factor forgotten", { $0 * $0 * $0 }, { dy, x in dy * x * x }),
  ("exp, cut off the tape", { exp($0) }, { dy, x in dy * 0.0 }),
  ("transpose, handed on as it came", { $0.transposed([1, 0]) }, { dy, _ in dy }),
  ("square, from a detached copy", { $0 * $0 }, { dy, x in dy * x.detached * 2 }),
]
let point = Tensor([[0.5, -1.25], [2, 0.75]])

var rows: [[String]] = []
for (name, function, rule) in mistakes {
  let report = checkGradients(at: point) { x in
    customGradient(at: [x]) {
      function($0[0])
    } pullback: { dy, x, _ in
      [rule(dy, x[0])]
    }
  }
  let wrong = report.rows.first { $0.verdict == .wrong }
  rows.append([
    name, report.verdict.rawValue, wrong.map { $0.order == 1 ? "first" : "second" } ?? "",
    report.rows.compactMap(\.cause).first ?? "",
  ])
  notebook.record(name, report.verdict.rawValue)
}
notebook.show(columns: ["mistake", "verdict", "order", "usual cause"], rows: rows)

// %% [markdown]
// ## Where there is no derivative
//
// ReLU has a kink at 0: to the left its slope is 0, to the right 1. No rule is right there and none is
// wrong. The checker sees that the two sides differ, says so, moves the input a little and checks there.
// The check passes, and the note is worth reading: if your data sit on a kink, your gradient is a choice.

// %% A kink
let kink = checkGradients(at: Tensor([-1, 0, 1.5])) { relu($0) }
notebook.show("\(kink)")
notebook.record("kink passes", kink.passes)
notebook.record("kink", kink.verdict.rawValue)

// %% [markdown]
// ## A check that says nothing
//
// The entries of a softmax sum to one. Their sum has gradient zero whatever the rules say, so a check of
// it would pass for broken rules too. Such a check is called *vacuous*, and does not pass.

// %% Vacuous
let vacuous = checkGradients(at: Tensor([0.5, -1, 2])) { softmax($0).sum() }
notebook.show("\(vacuous)")
notebook.record("sum of a softmax", vacuous.verdict.rawValue)

// %% [markdown]
// ## A rule that is meant to differ
//
// Rounding has slope zero nearly everywhere, which would stop all learning. The straight-through estimator
// pretends that it is the identity. Against the derivative it is wrong, the checker says so, and that is
// as it should be: such a rule is a decision, and belongs in a comment and not in a check that passes.

// %% Straight through
func straightThrough(_ x: Tensor) -> Tensor {
  customGradient(at: [x]) {
    round($0[0])
  } pullback: { dy, _, _ in
    [dy]
  }
}

let estimator = checkGradients(at: Tensor([0.2, 0.7, -1.4]), of: straightThrough)
notebook.record("straight-through estimator", estimator.verdict.rawValue)

// %% [markdown]
// ## In a network
//
// The layer is used like any other. A small network on generated pictures of ten shapes, trained for
// some fifteen hundred steps; what matters here is that nothing but `forward` was written.

// %% The network and the pictures
let model = withRandomSource(RandomSource(seed: notebook.seed)) {
  Sequential {
    Conv2D(inputs: 1, outputs: 16, kernel: 3, padding: .same)
    ReLU()
    MaxPool2D(window: 2)
    Conv2D(inputs: 16, outputs: 32, kernel: 3, padding: .same)
    SqueezeExcite(channels: 32)
    ReLU()
    MaxPool2D(window: 2)
    Conv2D(inputs: 32, outputs: 32, kernel: 3, padding: .same)
    ReLU()
    GlobalAvgPool()
    Linear(inputs: 32, outputs: 10)
  }
}
notebook.show("\(model.summary(input: [1, 28, 28, 1]))")

let shapes = Shapes()
let pictures = shapes.images(0..<(notebook.isQuick ? 320 : 4000))
let unseen = shapes.images(1_000_000..<(notebook.isQuick ? 1_000_100 : 1_001_000))
let statistics = pictures.channelStatistics
notebook.show(
  ImageGrid(
    "Ten shapes", columns: 10,
    tiles: (0..<10).map { label in
      ImageGrid.Tile(
        Picture(width: 28, height: 28, grey: Array(pictures.image(label))),
        pictures.classNames[Int(pictures.labels[label])])
    }))

// %% Training
let loader = pictures.loader(batchSize: 32, seed: notebook.seed, normalizedBy: statistics)
let epochs = notebook.isQuick ? 2 : 12
let schedule = OneCycleRate(peak: 1e-2, steps: epochs * loader.batchCount)
var optimizer = AdamW(model)
var losses: [Double] = []

for epoch in 0..<epochs {
  let batches = loader.batches(epoch: epoch)
  while let batch = notebook.reading({ try batches.next() }) {
    let (loss, gradients) = valueAndGradient(of: model) {
      crossEntropy(model(batch.images), batch.labels)
    }
    optimizer.learningRate = schedule.rate(at: losses.count)
    optimizer.update(with: gradients)
    losses.append(loss.item)
  }
  notebook.progress("epoch \(epoch + 1) of \(epochs): loss \(NumberFormat.fixed(losses.last!, 3))")
}

// %% What came of it
// The mean of twenty losses, so that the curve can be read.
let smooth = losses.indices.map { end in
  let window = losses[max(0, end - 19)...end]
  return window.reduce(0, +) / Double(window.count)
}
notebook.show(
  LineChart(
    "Loss of the network with squeeze and excite", x: "step", y: "cross entropy",
    [.init("each step", losses, isFaint: true), .init("mean of twenty", smooth)]))

let test = unseen.batch(0..<unseen.count, normalizedBy: statistics)
let predicted = model(test.images).argmax().scalars(of: Int.self)
let truth = test.labels.scalars(of: Int.self)
let right = zip(predicted, truth).count { $0 == $1 }
notebook.record("first loss", losses[0])
notebook.record("last loss", smooth[losses.count - 1])
notebook.record("accuracy on unseen pictures", Double(right) / Double(truth.count))

// %% [markdown]
// ## What this leaves out
//
// - Whether squeeze and excite helps: that takes a network without it, several seeds of each, and a task
//   that is hard enough.
// - Modules that take more than one tensor, and checks in inference mode: `checkGradients` takes the
//   function that calls the module, and `running: .inference`.
// - Rules for which even float64 is too coarse; the checker calls them ill-conditioned and says at which
//   step of the differences it was nearest.
// - The register of cases in which every operation and layer of the library itself is checked:
//   `swift run -c release tapegrad gradcheck`.

// %% Writing it down
notebook.finish()
