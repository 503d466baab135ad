import Layers
import Optimizers
import TapeGrad

extension OperationCatalog {
  private static let maps: [Shape] = [[128, 32, 32, 16], [32, 32, 32, 64], [2, 256, 256, 32]]

  /// What memory bounds: norms, activations, pooling, joining, resampling, losses.
  static var passes: [Operation] {
    maps.flatMap { normalizations($0) + pointwise($0) + pooling($0) + joining($0) } + losses
  }

  // MARK: - Norms

  /// Forward reads the map for the statistics, then reads and writes it; backward reads map and
  /// cotangent for the two sums, then reads both and writes. A residual is read forward, and its
  /// sum's sign is read twice and its gradient written backward.
  private static func normalizations(_ shape: Shape) -> [Operation] {
    let count = shape.elementCount
    return [
      Operation("batch norm + relu: \(shape), forward and backward", passes: 8, count: count) {
        let norm = BatchNorm(channels: shape[3])
        let (x, dy) = (normal(shape), normal(shape))
        return {
          _ = pullback(of: norm, at: [x]) { relu(norm($0[0])) }.pullback(dy)
        }
      },
      Operation(
        "batch norm + residual + relu: \(shape), forward and backward", passes: 12, count: count
      ) {
        let norm = BatchNorm(channels: shape[3])
        let (x, around, dy) = (normal(shape), normal(shape), normal(shape))
        return {
          _ = pullback(of: norm, at: [x, around]) { relu(norm($0[0]) + $0[1]) }.pullback(dy)
        }
      },
    ]
  }

  // MARK: - Pointwise

  private static func pointwise(_ shape: Shape) -> [Operation] {
    let count = shape.elementCount
    func both(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) -> Operation {
      Operation("\(name): \(shape), forward and backward", passes: 5, count: count) {
        let (x, dy) = (normal(shape), normal(shape))
        return { _ = pullback(at: x, of: function).pullback(dy) }
      }
    }
    return [
      Operation("a + b: \(shape)", passes: 3, count: count) {
        let (a, b) = (normal(shape), normal(shape))
        return { _ = (a + b).evaluated() }
      },
      both("relu") { relu($0) },
      both("gelu") { gelu($0) },
      both("x tanh(log(1 + exp(x)))", Workload.handwritten),
      Operation("dropout: \(shape)", passes: 2, count: count) {
        let x = normal(shape)
        return { _ = dropout(x, rate: 0.5).evaluated() }
      },
      Operation("sum over the channels' maps: \(shape)", passes: 1, count: count) {
        let x = normal(shape)
        return { _ = x.sum(axes: [0, 1, 2]).evaluated() }
      },
    ]
  }

  // MARK: - Pooling, joining, resampling

  private static func pooling(_ shape: Shape) -> [Operation] {
    let small = Shape([shape[0], shape[1] / 2, shape[2] / 2, shape[3]])
    // A quarter of the numbers remain, each with the place it came from.
    let quarter = small.elementCount
    return [
      Operation("max pool 2x2: \(shape), forward", passes: 5, count: quarter) {
        let x = normal(shape)
        return { _ = maxPool2D(x, window: 2).evaluated() }
      },
      Operation("max pool 2x2: \(shape), backward", passes: 5, count: quarter) {
        let dy = normal(small)
        let back = pullback(at: normal(shape)) { maxPool2D($0, window: 2) }.pullback
        return { _ = back(dy) }
      },
    ]
  }

  private static func joining(_ shape: Shape) -> [Operation] {
    let large = Shape([shape[0], 2 * shape[1], 2 * shape[2], shape[3]])
    let count = shape.elementCount
    func resampling(_ name: String, _ method: Resampling) -> [Operation] {
      func grown(_ x: Tensor) -> Tensor {
        resize(x, height: large[1], width: large[2], method)
      }
      return [
        Operation("upsample \(name): \(shape) twofold, forward", passes: 5, count: count) {
          let x = normal(shape)
          return { _ = grown(x).evaluated() }
        },
        Operation("upsample \(name): \(shape) twofold, backward", passes: 5, count: count) {
          let dy = normal(large)
          let back = pullback(at: normal(shape), of: grown).pullback
          return { _ = back(dy) }
        },
      ]
    }
    return [
      Operation("concatenate channels: two of \(shape), forward", passes: 4, count: count) {
        let (a, b) = (normal(shape), normal(shape))
        return { _ = concatenate([a, b], axis: 3).evaluated() }
      },
      Operation("concatenate channels: two of \(shape), backward", passes: 4, count: count) {
        let dy = normal([shape[0], shape[1], shape[2], 2 * shape[3]])
        let back = pullback(at: normal(shape), normal(shape)) { concatenate([$0, $1], axis: 3) }
          .pullback
        return { _ = back(dy) }
      },
    ] + resampling("nearest", .nearest) + resampling("bilinear", .bilinear())
  }

  // MARK: - Losses and updates

  private static var losses: [Operation] {
    [(128, 10), (4096, 1000)].map { rows, classes in
      Operation(
        "softmax cross entropy: \(rows)x\(classes), forward and backward", passes: 3,
        count: rows * classes
      ) {
        let logits = normal([rows, classes])
        let labels = Tensor((0..<rows).map { Int32($0 * 7 % classes) })
        return { _ = valueAndGradient(at: logits) { crossEntropy($0, labels) } }
      }
    }
  }

  /// One update of all parameters of a ResNet-18, and of one large matrix. SGD with momentum reads
  /// parameter, gradient and velocity and writes two of them, Adam reads four and writes three.
  static var updates: [Operation] {
    func operation(
      _ name: String, passes: Int, _ model: @escaping () -> any Layer,
      _ optimizer: @escaping (any Layer) -> any Optimizer
    ) -> Operation {
      let count = withoutArithmetic { model().parameterCount }
      return Operation("\(name), \(count) parameters", passes: passes, count: count) {
        let model = model()
        var optimizer = optimizer(model)
        let gradients = gradient(of: model) {
          model.parameters.reduce(Tensor(Float(0))) { $0 + ($1.box.value * 1e-3).sum() }
        }
        return { optimizer.update(with: gradients) }
      }
    }
    let resNet = { ResNet.imageNet(depth: 18, classes: 10, stem: .small) as any Layer }
    let matrix = { Linear(inputs: 4096, outputs: 4096, bias: false) as any Layer }
    return [("ResNet-18", resNet), ("4096x4096", matrix)].flatMap { name, model in
      [
        operation("SGD with momentum, \(name)", passes: 5, model) {
          SGD($0, learningRate: 1e-3, momentum: 0.9)
        },
        operation("Adam, \(name)", passes: 7, model) {
          Adam($0, learningRate: 1e-3)
        },
      ]
    }
  }
}
