import Foundation
import Tensors

/// How well a segmentation agrees with the truth by the scores of the ISBI 2012 challenge on the
/// segmentation of neuronal structures.
///
/// Let p(i, j) be the share of foreground pixels that lie in segment i of the proposal S and
/// segment j of the truth T, s(i) and t(j) its sums over the other index. Then
///
///     rand.f = sum p^2 / (0.5 sum s^2 + 0.5 sum t^2)     (V_rand with alpha = 0.5)
///     information.f = 2 I(S; T) / (H(S) + H(T))            (V_info with alpha = 0.5)
///
/// *Foreground-restricted*: only pixels inside a segment of the truth are counted. A pixel that is
/// a border in the proposal but foreground in the truth counts as a segment of its own, of one
/// pixel, as in the challenge's reference implementation: it is not punished as a merger, but it is
/// missing from the segment it should belong to.
///
/// Source: I. Arganda-Carreras et al., *Crowdsourcing the creation of image segmentation algorithms
/// for connectomics*, Frontiers in Neuroanatomy 9:142, 2015, and the classes `RandError` and
/// `VariationOfInformation` of Fiji's Trainable Segmentation, whose official script takes the maximum of the
/// stack's mean over thresholds 0, 0.1, ... 1 after border thinning. The plain Rand index and
/// scikit-image's `adapted_rand_error` differ: the latter leaves border pixels of the proposal out.
public struct SegmentationAgreement: Sendable, Equatable {
  /// A precision-like and a recall-like part and their harmonic mean.
  public struct Score: Sendable, Equatable {
    /// High if few segments of the proposal run over several of the truth (mergers).
    public let merge: Double
    /// High if few segments of the truth are divided in the proposal (splits).
    public let split: Double
    /// The harmonic mean of both: the challenge's score.
    public let f: Double
  }

  /// The agreement on pairs of pixels; weighs segments by the square of their size.
  public let rand: Score
  /// The agreement in bits; weighs small segments more than ``rand`` does.
  public let information: Score

  /// Compares two segmentations of the same picture. Perfect agreement gives 1; a picture without
  /// any foreground in the truth gives 1 throughout. Where one of the two is a single segment its
  /// entropy is 0; then `information.f` is 1 if both are and 0 otherwise. Stops if sizes differ.
  ///
  /// Cost: one look at each pixel and one table entry for each pair of segments that meet.
  public init(proposal: Segments, truth: Segments) {
    guard proposal.width == truth.width, proposal.height == truth.height else {
      fail(
        "SegmentationAgreement",
        "the proposal is \(proposal.width) x \(proposal.height), "
          + "the truth \(truth.width) x \(truth.height)")
    }
    var pairs: [UInt64: Int] = [:]
    var inProposal = [Int](repeating: 0, count: proposal.count + 1)
    var inTruth = [Int](repeating: 0, count: truth.count + 1)
    var run: (key: UInt64, length: Int) = (0, 0)
    for (s, t) in zip(proposal.labels, truth.labels) where t != 0 {
      inProposal[Int(s)] += 1
      inTruth[Int(t)] += 1
      let key = UInt64(UInt32(bitPattern: s)) << 32 | UInt64(UInt32(bitPattern: t))
      if key == run.key {
        run.length += 1
      } else {
        if run.length > 0 { pairs[run.key, default: 0] += run.length }
        run = (key, 1)
      }
    }
    if run.length > 0 { pairs[run.key, default: 0] += run.length }
    self.init(pairs: pairs, inProposal: inProposal, inTruth: inTruth)
  }

  private init(pairs: [UInt64: Int], inProposal: [Int], inTruth: [Int]) {
    let all = inTruth[1...].reduce(0, +)
    guard all > 0 else {
      rand = Score(merge: 1, split: 1, f: 1)
      information = rand
      return
    }
    // The sums are taken over counts, in a fixed order, so that the bits do not depend on the order
    // of a dictionary.
    let single = inProposal[0]
    let n = Double(all)
    let shared = pairs.filter { $0.key >> 32 != 0 }.map(\.value).sorted()
    let both = Sums(sizes: shared, singles: single, total: n)
    let ofProposal = Sums(sizes: Array(inProposal[1...]), singles: single, total: n)
    let ofTruth = Sums(sizes: Array(inTruth[1...]), singles: 0, total: n)
    rand = Score(
      merge: both.squares / ofProposal.squares, split: both.squares / ofTruth.squares,
      f: 2 * both.squares / (ofProposal.squares + ofTruth.squares))
    // I(S; T) = H(S) + H(T) - H(S, T), which rounding may push a little below 0.
    let mutual = max(0, ofProposal.entropy + ofTruth.entropy - both.entropy)
    let sum = ofProposal.entropy + ofTruth.entropy
    information = Score(
      merge: ofTruth.entropy > 0 ? mutual / ofTruth.entropy : 1,
      split: ofProposal.entropy > 0 ? mutual / ofProposal.entropy : 1,
      f: sum > 0 ? 2 * mutual / sum : 1)
  }

  /// Sum of squared sizes, and entropy (in nats) of the shares, of segments of the given sizes and
  /// of `singles` segments of one pixel. Sums of squares stay exact for pictures of up to 90 million
  /// pixels, so that perfect agreement gives exactly 1.
  private struct Sums {
    var squares = 0.0
    var entropy = 0.0

    init(sizes: [Int], singles: Int, total: Double) {
      for size in sizes where size > 0 {
        let share = Double(size) / total
        squares += Double(size) * Double(size)
        entropy -= share * Foundation.log(share)
      }
      squares += Double(singles)
      entropy += Double(singles) / total * Foundation.log(total)
    }
  }
}

/// What happens to the borders of a proposal before it is compared with the truth.
public enum BorderTreatment: Sendable, Equatable, CaseIterable {
  /// Borders stay as wide as they were predicted. Border pixels inside a true segment count as
  /// segments of one pixel, so that wide borders cost score.
  case asPredicted
  /// Segments are grown until one-pixel lines part them: see ``Segments/bordersThinned()``. This is what
  /// the challenge's ranking uses; it makes the score independent of the width of the lines.
  case thinned
}

/// The best scores over all thresholds.
public struct ThresholdedAgreement: Sendable, Equatable {
  /// The threshold and the agreement, averaged over the pictures, for every threshold tried.
  public let curve: [Point]

  public struct Point: Sendable, Equatable {
    public let threshold: Float
    public let randF: Double
    public let informationF: Double
  }

  /// The highest Rand F-score on the curve.
  public var bestRandF: Double { curve.map(\.randF).max() ?? 0 }
  /// The highest information F-score on the curve.
  public var bestInformationF: Double { curve.map(\.informationF).max() ?? 0 }
  /// The first threshold that reaches ``bestRandF``.
  public var bestRandThreshold: Float {
    curve.first { $0.randF == bestRandF }?.threshold ?? .nan
  }
}

/// A membrane probability map and the true membrane mask of one picture.
public struct BoundaryPrediction: Sendable {
  public let width: Int
  public let height: Int
  /// Probability of membrane for each pixel, row by row.
  public let probability: [Float]
  /// 1 where there is membrane in truth, 0 inside cells.
  public let mask: [Float]

  /// Stops if the numbers of pixels do not fit.
  public init(width: Int, height: Int, probability: [Float], mask: [Float]) {
    requireEqual("BoundaryPrediction", probability.count, width * height, "probabilities", "pixels")
    requireEqual("BoundaryPrediction", mask.count, width * height, "mask pixels", "pixels")
    self.width = width
    self.height = height
    self.probability = probability
    self.mask = mask
  }
}

/// The thresholds of the challenge: 0, 0.1, ... 1.
public let challengeThresholds: [Float] = (0...10).map { Float($0) / 10 }

/// The ISBI 2012 scores of a stack of membrane probability maps, for each threshold and the best.
///
/// At a threshold t a pixel belongs to a segment where its probability of being inside a cell, 1 - p,
/// is above t. Segments are the components of those pixels with 4-connectivity; so are those of
/// the truth, of the pixels that are not membrane. Both scores are averaged over the pictures at
/// each threshold, and the maximum is taken of the means, so that all pictures share one threshold, as in
/// the challenge. A probability that is not a number is membrane. An empty list gives an empty curve.
///
/// Cost: for each picture and threshold one labelling and, with thinning, one flooding.
public func boundaryAgreement(
  _ predictions: [BoundaryPrediction], borders: BorderTreatment = .thinned,
  thresholds: [Float] = challengeThresholds
) -> ThresholdedAgreement {
  guard !predictions.isEmpty else { return ThresholdedAgreement(curve: []) }
  let truths = predictions.map {
    Segments(componentsOf: $0.mask.map { $0 <= 0.5 }, width: $0.width, height: $0.height)
  }
  let curve = thresholds.map { threshold -> ThresholdedAgreement.Point in
    var rand = 0.0
    var information = 0.0
    for (prediction, truth) in zip(predictions, truths) {
      var proposal = Segments(
        componentsOf: prediction.probability.map { 1 - $0 > threshold },
        width: prediction.width, height: prediction.height)
      if borders == .thinned { proposal = proposal.bordersThinned() }
      let agreement = SegmentationAgreement(proposal: proposal, truth: truth)
      rand += agreement.rand.f
      information += agreement.information.f
    }
    let n = Double(predictions.count)
    return .init(threshold: threshold, randF: rand / n, informationF: information / n)
  }
  return ThresholdedAgreement(curve: curve)
}
