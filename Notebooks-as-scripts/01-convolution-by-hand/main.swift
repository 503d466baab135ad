// %% [markdown]
// # Convolution and pooling by hand
//
// Everything a convolutional network does to an image can be worked out on paper for a small one.
// This notebook does so, with numbers small enough to check in the head, and asks the library for the
// same numbers: forwards, and backwards.
//
// Two conventions hold throughout. Images are `[batch, height, width, channels]`, kernels are
// `[height, width, channels in, channels out]`. And *convolution* means what networks mean by it: the
// kernel is laid over the image as it is, not flipped. Mathematicians call that cross-correlation.

import GradientChecking
import Notebooks
import TapeGrad

let notebook = Notebook()

// %% [markdown]
// ## One dimension
//
// A signal of six numbers, a kernel of two. Each output is the sum of a window of the signal times the
// kernel: the first is `1·1 + 2·2 = 5`, the second `2·1 + 3·2 = 8`. Six numbers have five windows of
// two, so there are five outputs: `[5, 8, 7, 12, 7]`.

// %% A convolution layer of one channel
/// Numbers as a signal: a batch of one, with one channel.
func signal(_ numbers: [Double]) -> Tensor { Tensor(numbers, shape: [1, numbers.count, 1]) }

/// Numbers as a kernel from one channel to one.
func kernel(_ numbers: [Double]) -> Tensor { Tensor(numbers, shape: [numbers.count, 1, 1]) }

let x = signal([1, 2, 3, 2, 5, 1])
let w = kernel([1, 2])

notebook.record("layer", conv1D(x, w).flattened())

// %% [markdown]
// A **stride** of 2 takes every second window, and leaves `[5, 7, 7]`. A zero **padded** to each end
// makes one more window at each: `[2, 5, 8, 7, 12, 7, 1]`.

// %% Stride and padding
notebook.record("stride 2", conv1D(x, w, stride: 2).flattened())
notebook.record("padding 1", conv1D(x, w, padding: .all(1)).flattened())

// %% [markdown]
// How many windows are there? With `n` numbers, `p` zeros at each end, a kernel of `k` spread by a
// dilation `d`, and stride `s`:
//
//     floor((n + 2p - d (k - 1) - 1) / s) + 1
//
// The library is asked for every case of a range of sizes; the formula must never differ. Three paddings
// have names. For `n = 6` and `k = 3`: *valid* (none) gives 4, *same* keeps 6, *full* gives 8, a window
// for every overlap.

// %% The size of the output
var cases = 0
var differences = 0
for n in 5...9 {
  for k in 1...4 {
    for p in 0...2 {
      for s in 1...3 {
        for d in 1...2 where d * (k - 1) + 1 <= n + 2 * p {
          let input = Tensor.ones([1, n, 1])
          let output = conv1D(input, .ones([k, 1, 1]), stride: s, padding: .all(p), dilation: d)
          cases += 1
          if output.shape[1] != (n + 2 * p - d * (k - 1) - 1) / s + 1 { differences += 1 }
        }
      }
    }
  }
}
notebook.record("cases of the size formula", cases)
notebook.record("cases that differ", differences)

let three = Tensor.ones([3, 1, 1])
notebook.record("valid", conv1D(x, three, padding: .valid).shape[1])
notebook.record("same", conv1D(x, three, padding: .same).shape[1])
notebook.record("full", conv1D(x, three, padding: .full).shape[1])

// %% [markdown]
// ## Correlation and convolution
//
// The convolution of mathematics flips the kernel first and counts every overlap. That of the signal
// and kernel above is `[1, 4, 7, 8, 9, 11, 2]`. Flipping makes it commute: `a * b = b * a`. Correlation
// does not commute; exchanged, it comes out backwards. A network that learns its kernels does not
// care: it learns the flipped one.

// %% Flipping makes the difference
/// The convolution of mathematics: all overlaps, the second flipped.
func convolved(_ a: [Double], _ b: [Double]) -> Tensor {
  conv1D(signal(a), kernel(b.reversed()), padding: .full).flattened()
}

/// The same without flipping.
func correlated(_ a: [Double], _ b: [Double]) -> Tensor {
  conv1D(signal(a), kernel(b), padding: .full).flattened()
}

let a = [1.0, 2, 3, 2, 5, 1]
let b = [1.0, 2]
notebook.record("a * b", convolved(a, b))
notebook.record("b * a", convolved(b, a))
notebook.record("a correlated with b", correlated(a, b))
notebook.record("b correlated with a", correlated(b, a))

// %% [markdown]
// ## Backwards
//
// A kernel of three over five numbers gives three outputs:
//
//     y1 = x1 w1 + x2 w2 + x3 w3
//     y2 = x2 w1 + x3 w2 + x4 w3
//     y3 = x3 w1 + x4 w2 + x5 w3
//
// Take the sum of the outputs as a loss. Its derivative for `w1` is what `w1` was multiplied with, summed
// over its uses: `x1 + x2 + x3`. So the gradient for a shared weight is a sum over the places that share
// it; for `x = [1, 2, 3, 4, 5]` it is `[6, 9, 12]`. The derivative for an input is the sum of the weights
// it met: with `w = [1, 10, 100]`, the first input met only `w1` and the middle one met all three,
// which gives `[1, 11, 111, 110, 100]`.

// %% The gradients of a convolution
let (slopeOfSignal, slopeOfKernel) = gradient(at: signal([1, 2, 3, 4, 5]), kernel([1, 10, 100])) {
  conv1D($0, $1).sum()
}
notebook.record("gradient for the kernel", slopeOfKernel.flattened())
notebook.record("gradient for the signal", slopeOfSignal.flattened())

// %% [markdown]
// Nobody wrote those two rules for this notebook, and nobody should believe them because they are
// printed. The checker compares them with differences of values, in float64, and the derivatives of the
// rules with differences of the rules.

// %% Checked
let check = checkGradients(at: signal([1, 2, 3, 4, 5]), kernel([1, 10, 100])) { conv1D($0, $1) }
notebook.record("gradients are right", check.passes)

// %% [markdown]
// ## Two filters on an image
//
// A black and white image of six by six pixels, and two filters of three by three. The first looks for
// a diagonal going down to the right, the second for an upright line. Where a filter finds its pattern
// complete and nothing beside it, the output is 3.

// %% The image and the filters
let image = Tensor([
  [1, 0, 0, 0, 0, 1],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 1, 0, 0],
  [1, 0, 0, 0, 1, 0],
  [0, 1, 0, 0, 1, 0],
  [0, 0, 1, 0, 1, 0],
])
let diagonal = Tensor([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
let upright = Tensor([[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]])

/// Both filters as one kernel: three rows, three columns, one channel in, two out.
let filters = stack([diagonal, upright], axis: 2).expanded(at: 2)
let input = image.reshaped(to: [1, 6, 6, 1])

/// One channel of a batch of one, as a matrix.
func channel(_ index: Int, of maps: Tensor) -> Tensor {
  maps.sliced(axis: 3, from: index, count: 1).squeezed(axis: 3).squeezed(axis: 0)
}

let maps = conv2D(input, filters)
notebook.record("diagonal filter", channel(0, of: maps))
notebook.record("upright filter", channel(1, of: maps))

// %% [markdown]
// With stride 2 the filters visit every second place in both directions, and see less: the diagonal
// filter's map is `[[3, -3], [-3, 0]]`, the upright one's `[[-1, -1], [-1, -2]]`: it missed the line at the
// right, whose 3 stands at an odd place.

// %% Stride 2
let strided = conv2D(input, filters, strides: 2)
notebook.record("diagonal filter, stride 2", channel(0, of: strided))
notebook.record("upright filter, stride 2", channel(1, of: strided))

// %% [markdown]
// **Max pooling** also leaves two by two numbers of each map, but it keeps the largest of each window
// instead of the one that happens to stand at an even place: `[[3, 0], [3, 1]]` and
// `[[-1, 1], [0, 3]]`. The 3 is still there.

// %% Max pooling
let pooled = maxPool2D(maps, window: 2)
notebook.record("diagonal filter, pooled", channel(0, of: pooled))
notebook.record("upright filter, pooled", channel(1, of: pooled))

let scale: ClosedRange<Float> = -4...4
notebook.show(
  ImageGrid(
    "Two filters on one image", headings: ["image", "filter", "its map", "stride 2", "pooled"],
    rows: [diagonal, upright].enumerated().map { index, filter in
      [
        image, filter, channel(index, of: maps), channel(index, of: strided),
        channel(index, of: pooled),
      ]
      .map { ImageGrid.Tile(Picture($0, range: scale, map: .diverging)) }
    }),
  caption: "Orange is positive, blue negative, white zero; the strongest orange is a pattern found."
)

// %% [markdown]
// ## The gradient of max pooling
//
// Only the largest number of a window reaches the output, so only it gets a gradient; the others could
// change a little and nothing would happen. Of
//
// |   |   |   |   |
// |--:|--:|--:|--:|
// | 1 | 1 | 2 | 4 |
// | 5 | 6 | 7 | 8 |
// | 3 | 2 | 1 | 0 |
// | 1 | 2 | 3 | 4 |
//
// the four windows keep 6, 8, 3 and 4, and the gradient of their sum is 1 at those four places and 0
// elsewhere. Where two are equal there is no derivative. The library gives everything to the first.

// %% To the largest alone
let numbers = Tensor([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
  .reshaped(to: [1, 4, 4, 1])
notebook.record("pooled", channel(0, of: maxPool2D(numbers, window: 2)))
notebook.record(
  "gradient of pooling",
  channel(0, of: gradient(at: numbers) { maxPool2D($0, window: 2).sum() }))
notebook.record(
  "gradient of a tie",
  gradient(at: Tensor.ones([1, 2, 2, 1])) { maxPool2D($0, window: 2).sum() }
    .reshaped(to: [2, 2]))

// %% [markdown]
// ## Shifts
//
// Shift the image by a pixel and the map shifts by a pixel: convolution is *equivariant*. That is why a
// pattern learned in one corner is found in all others. It holds to the last bit away from the
// border, where shifting brings in pixels that were not there before.

// %% A shifted image gives a shifted map
let source = RandomSource(seed: notebook.seed)
let scene = Tensor.normal([1, 12, 12, 3], source: source)
let detector = Tensor.normal([3, 3, 3, 4], source: source)

/// All but the first `count` columns.
func shifted(_ x: Tensor, by count: Int) -> Tensor {
  x.sliced(axis: 2, from: count, count: x.shape[2] - count)
}

let shiftThenFilter = conv2D(shifted(scene, by: 1), detector)
let filterThenShift = shifted(conv2D(scene, detector), by: 1)
notebook.record("largest output", abs(filterThenShift).max().item)
notebook.record("largest difference", abs(shiftThenFilter - filterThenShift).max().item)

// %% [markdown]
// Pooling is *invariant* to shifts that keep a maximum inside its window. A bright pixel that moves from
// the left to the right half of a window of two leaves the pooled map as it was; one more step, and it
// is in the next window.

// %% A small shift that pooling does not see
/// A black row of eight pixels with a bright one, pooled in pairs.
func pooledRow(brightAt place: Int) -> Tensor {
  var row = [Double](repeating: 0, count: 8)
  row[place] = 1
  return maxPool2D(Tensor(row, shape: [1, 1, 8, 1]), window: Pair(1, 2)).flattened()
}

notebook.record("bright at 2", pooledRow(brightAt: 2))
notebook.record("bright at 3", pooledRow(brightAt: 3))
notebook.record("bright at 4", pooledRow(brightAt: 4))

// %% [markdown]
// ## Counting weights
//
// Five numbers in, three out, each output looking at three neighbours. Connect everything and there are
// 15 weights. Keep only the neighbours: 9. Let all outputs share theirs: 3. Two such kernels, for two
// features at each place: 6.
//
// A layer whose outputs do not share is quickly written:

// %% Three weights for each output
/// Each output has weights of its own for the window it sees.
struct LocallyConnected: Layer {
  let weight: Parameter

  init(outputs: Int, window: Int) {
    weight = Parameter(.normal([outputs, window]))
  }

  func forward(_ x: Tensor) -> Tensor {
    let windows = stack(
      (0..<weight.shape[0]).map {
        x.sliced(axis: 1, from: $0, count: weight.shape[1])
      }, axis: 1)
    return (windows * weight.value).sum(axis: -1)
  }
}

notebook.record("dense", Linear(inputs: 5, outputs: 3, bias: false).parameterCount)
notebook.record("local", LocallyConnected(outputs: 3, window: 3).parameterCount)
notebook.record("shared", Conv1D(inputs: 1, outputs: 1, kernel: 3, bias: false).parameterCount)
notebook.record("two kernels", Conv1D(inputs: 1, outputs: 2, kernel: 3, bias: false).parameterCount)

let local = checkGradients(of: LocallyConnected(outputs: 3, window: 3), at: .normal([2, 5]))
notebook.show("\(local)")

// %% [markdown]
// A convolution layer has `(height · width · channels in + 1) · channels out` weights, whatever the size of
// the image. One kernel of three by three on three colours: `27 + 1`. Sixteen of them: 448. Activations
// and pooling have none. A dense neuron has one for each number it sees, and a bias:
//
// | image | numbers | one dense neuron |
// |---|--:|--:|
// | 24 by 24 in colour | 1,728 | 1,729 |
// | 32 by 32 in colour (CIFAR-10) | 3,072 | 3,073 |
// | 224 by 224 in colour (ImageNet) | 150,528 | 150,529 |
// | 256 by 256 in colour | 196,608 | 196,609 |
//
// and 64 such neurons on the last have 12,582,912 weights, where 64 kernels of three by three have 1,728.

// %% The library's count
let empty = Initializer.zeros
notebook.record("one 3x3 kernel on RGB", Conv2D(inputs: 3, outputs: 1, kernel: 3).parameterCount)
notebook.record("16 3x3 kernels on RGB", Conv2D(inputs: 3, outputs: 16, kernel: 3).parameterCount)
notebook.record("ReLU", ReLU().parameterCount)
notebook.record("max pooling", MaxPool2D(window: 2).parameterCount)
for side in [24, 32, 224, 256] {
  let neuron = Linear(inputs: side * side * 3, outputs: 1, initializer: empty)
  notebook.record("dense neuron on \(side) x \(side) x 3", neuron.parameterCount)
}
let wide = Linear(inputs: 256 * 256 * 3, outputs: 64, bias: false, initializer: empty)
notebook.record("64 dense neurons on 256 x 256 x 3", wide.parameterCount)
notebook.record(
  "64 3x3 kernels on RGB", Conv2D(inputs: 3, outputs: 64, kernel: 3, bias: false).parameterCount)

// %% Some shapes
let shapes: [(String, any Layer, Shape)] = [
  ("5x5, three kernels", Conv2D(inputs: 1, outputs: 3, kernel: 5), [1, 28, 28, 1]),
  (
    "3x3, padded to keep the size",
    Conv2D(inputs: 16, outputs: 128, kernel: 3, padding: .same), [1, 32, 32, 16]
  ),
  (
    "a Go board: stones of +1, -1 and 0",
    Conv2D(inputs: 1, outputs: 8, kernel: 5, padding: .same), [1, 19, 19, 1]
  ),
]
notebook.show(
  columns: ["layer", "input", "output"],
  rows: shapes.map { name, layer, shape in
    [name, "\(shape)", "\(layer.summary(input: shape).output)"]
  })

// %% [markdown]
// ## What sharing saves
//
// Subtract each pixel from its left neighbour: an edge detector, and a convolution with a kernel of two.
// On an image of 320 by 280 pixels the result is 319 by 280. The same map could be written as a matrix
// that multiplies the flattened image. The tape knows what either costs: it is asked to record both, the
// second with shapes alone, because the matrix would take 32 gigabytes.

// %% Two layers that do the same
struct EdgeDetector: Layer {
  func forward(_ x: Tensor) -> Tensor {
    conv2D(x, Tensor([-1, 1], shape: [1, 2, 1, 1]))
  }
}

struct TheSameAsAMatrix: Layer {
  static let weights: Shape = [280 * 320, 280 * 319]

  func forward(_ x: Tensor) -> Tensor {
    matmul(x.reshaped(to: [1, -1]), .zeros(Self.weights)).reshaped(to: [1, 280, 319, 1])
  }
}

let photograph: Shape = [1, 280, 320, 1]
let convolution = EdgeDetector().summary(input: photograph)
let matrix = TheSameAsAMatrix().summary(input: photograph)

/// A sum of n products takes n multiplications and n - 1 additions.
func operations(_ summary: ModelSummary) -> Int {
  2 * summary.multiplyAdds - summary.output.elementCount
}

notebook.record("convolution, stored numbers", 2)
notebook.record("convolution, operations", operations(convolution))
notebook.record("dense matrix, stored numbers", TheSameAsAMatrix.weights.elementCount)
notebook.record("dense matrix, operations", operations(matrix))
notebook.record("sparse matrix, stored numbers", convolution.multiplyAdds)

// %% [markdown]
// Each of the 89,320 outputs uses two numbers, so a sparse matrix stores 178,640 and costs as little as
// the convolution, which stores 2:
//
// | | convolution | dense matrix | sparse matrix |
// |---|--:|--:|--:|
// | numbers stored | 2 | 8,003,072,000 | 178,640 |
// | multiplications and additions | 267,960 | 16,006,054,680 | 267,960 |
//
// ## How far a unit sees
//
// The *receptive field* of a unit is the part of the image it depends on: exactly where the gradient of
// that unit for the image is not zero. So it can be measured. Convolutions of three by three with stride
// 1, one after another, see 3, 5, 7 pixels: `1 + L (F - 1)` for `L` layers of size `F`. With stride 2 they
// see 3, 7, 15: `2^(L + 1) - 1`.

// %% Where the gradient is not zero
/// The gradient of the unit in the middle of the last of some 3x3 convolutions, for an image of ones.
func gradientOfMiddle(layers: Int, stride: Int) -> Tensor {
  let slope = gradient(at: Tensor.ones([1, 31, 31, 1])) { image in
    var y = image
    for _ in 0..<layers { y = conv2D(y, .ones([3, 3, 1, 1]), strides: Pair(stride)) }
    let middle = y.shape[1] / 2
    return y.sliced(from: [0, middle, middle, 0], sizes: [1, 1, 1, 1]).sum()
  }
  return slope.reshaped(to: [31, 31])
}

/// How many columns of it are not zero.
func extent(_ slope: Tensor) -> Int {
  slope.max(axes: [0]).scalars(of: Double.self).count { $0 > 0 }
}

var tiles: [[ImageGrid.Tile]] = []
for stride in [1, 2] {
  let slopes = (1...3).map { gradientOfMiddle(layers: $0, stride: stride) }
  for (index, slope) in slopes.enumerated() {
    notebook.record("stride \(stride), layers \(index + 1)", extent(slope))
  }
  tiles.append(
    slopes.map { slope in
      ImageGrid.Tile(
        Picture(sqrt(slope / slope.max()), range: 0...1, map: .sequential),
        "stride \(stride): \(extent(slope)) pixels")
    })
}
notebook.show(
  ImageGrid("What one unit sees", headings: ["1 layer", "2 layers", "3 layers"], rows: tiles),
  caption: "Square roots of the gradients. With stride 1 the middle pixels count more: they are on "
    + "more paths. With stride 2 the windows meet at every second pixel only.")

// %% [markdown]
// ## What this leaves out
//
// - Speed. The library does not add up windows one by one; how it lays out the work is in the
//   architecture guide.
// - Dilated and grouped convolutions, and transposed ones, which are the map from the outputs' side
//   to the inputs' (`convTransposed2D`); the checker covers them like everything else.
// - Three dimensions, and layers whose weights are not shared as a part of the library.
// - Everything that learns. The kernels here were chosen by hand; notebook 03 lets a network choose
//   its own.

// %% Writing it down
notebook.finish()
