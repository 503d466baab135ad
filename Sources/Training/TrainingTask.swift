import Datasets
import Layers
import Tensors

/// What is learned: where batches come from, what the loss is, what is measured.
///
/// `Trainer` knows nothing about images; write a task of your own to train something else with it.
public protocol TrainingTask: Sendable {
  associatedtype Sample: Sendable
  associatedtype Batch: Sendable

  /// Gives the training batches; what is random in them comes from its seed.
  var loader: Loader<Sample, Batch> { get }

  /// How many images a batch holds, for the speed that is shown.
  func size(of batch: Batch) -> Int

  /// The loss of a model on a batch, and what the scores are computed from. Recorded for gradients.
  func loss(of model: any Layer, on batch: Batch) -> (loss: Tensor, output: Tensor)

  /// Scores of a training batch, from the output that came with its loss.
  func scores(_ output: Tensor, on batch: Batch) -> Measurements

  /// Loss and scores of a model on the validation images; `progress` is told how far it is, and may
  /// throw to end it.
  func validate(_ model: any Layer, progress: Progress) throws -> Measurements

  /// Which result of `validate` chooses the best weights.
  var criterion: Criterion { get }
}

/// Told how much of a longer work is done; throws to end it.
public typealias Progress = (_ done: Int, _ total: Int) throws -> Void
