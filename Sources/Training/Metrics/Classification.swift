import Tensors

/// How often each class was taken for each other: rows are the true classes, columns the
/// predicted ones.
///
/// Memory: classes squared. Labels outside 0 ..< classes stop with the label named.
public struct ConfusionCounts: Sendable, Equatable {
  public let classes: Int
  /// `counts[actual * classes + predicted]`.
  public private(set) var counts: [Int]

  /// A matrix of zeros. Stops for fewer than one class.
  public init(classes: Int) {
    guard classes > 0 else { fail("ConfusionCounts", "needs at least one class, not \(classes)") }
    self.classes = classes
    counts = [Int](repeating: 0, count: classes * classes)
  }

  /// The matrix of the given predictions. Stops if there are not as many labels.
  public init(predicted: [Int], actual: [Int], classes: Int) {
    self.init(classes: classes)
    requireEqual("ConfusionCounts", predicted.count, actual.count, "predictions", "labels")
    for (p, a) in zip(predicted, actual) { add(predicted: p, actual: a) }
  }

  /// A row for each true class, as the figure ``ConfusionMatrix`` takes them.
  public var rows: [[Int]] {
    (0..<classes).map { Array(counts[($0 * classes)..<(($0 + 1) * classes)]) }
  }

  /// How often class `actual` was called `predicted`.
  public subscript(actual actual: Int, predicted predicted: Int) -> Int {
    counts[actual * classes + predicted]
  }

  /// Counts one prediction.
  public mutating func add(predicted: Int, actual: Int) {
    guard (0..<classes).contains(predicted), (0..<classes).contains(actual) else {
      fail(
        "ConfusionCounts",
        "labels must lie in 0 ..< \(classes): predicted \(predicted), actual \(actual)")
    }
    counts[actual * classes + predicted] += 1
  }

  /// The counts of both taken together. Stops if they have different numbers of classes.
  public static func + (a: Self, b: Self) -> Self {
    requireEqual("ConfusionCounts.+", a.classes, b.classes, "classes", "classes")
    var sum = a
    for i in sum.counts.indices { sum.counts[i] += b.counts[i] }
    return sum
  }

  public var total: Int { counts.reduce(0, +) }

  /// How many samples are of this class.
  public func support(of label: Int) -> Int {
    (0..<classes).reduce(0) { $0 + self[actual: label, predicted: $1] }
  }

  /// How many samples were called this class.
  public func predictions(of label: Int) -> Int {
    (0..<classes).reduce(0) { $0 + self[actual: $1, predicted: label] }
  }

  /// The share of right predictions; 0 for no samples.
  public var accuracy: Double {
    let right = (0..<classes).reduce(0) { $0 + self[actual: $1, predicted: $1] }
    return ratio(right, total, empty: 0)
  }

  /// Of the samples called this class, the share that is; 0 if none was called so.
  public func precision(of label: Int) -> Double {
    ratio(self[actual: label, predicted: label], predictions(of: label), empty: 0)
  }

  /// Of the samples of this class, the share that was found; 0 if there are none.
  public func recall(of label: Int) -> Double {
    ratio(self[actual: label, predicted: label], support(of: label), empty: 0)
  }

  /// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); 0 if the class neither
  /// occurs nor was predicted.
  public func f1(of label: Int) -> Double {
    ratio(
      2 * self[actual: label, predicted: label], predictions(of: label) + support(of: label),
      empty: 0)
  }

  /// The mean of the precisions over the classes that occur or were predicted; 0 if none does.
  public var macroPrecision: Double { mean { precision(of: $0) } }
  /// The mean of the recalls over the classes that occur or were predicted; 0 if none does.
  public var macroRecall: Double { mean { recall(of: $0) } }
  /// The mean of the F1 scores over the classes that occur or were predicted; 0 if none does.
  public var macroF1: Double { mean { f1(of: $0) } }

  private func mean(_ score: (Int) -> Double) -> Double {
    let present = (0..<classes).filter { predictions(of: $0) + support(of: $0) > 0 }
    guard !present.isEmpty else { return 0 }
    return present.reduce(0) { $0 + score($1) } / Double(present.count)
  }
}

/// The class with the highest score in each row of a `[samples, classes]` matrix, given row by row;
/// the first of equal ones. Scores that are not numbers never win; a row of nothing else gives 0.
/// Stops if the scores do not fill whole rows.
public func predictedClasses(scores: [Float], classes: Int) -> [Int] {
  let rows = rowCount("predictedClasses", scores.count, classes)
  return (0..<rows).map { row in
    var best = 0
    var highest = -Float.infinity
    for label in 0..<classes where scores[row * classes + label] > highest {
      best = label
      highest = scores[row * classes + label]
    }
    return best
  }
}

/// The share of predictions equal to their label; 0 for none. Stops if the counts differ.
public func accuracy(predicted: [Int], actual: [Int]) -> Double {
  requireEqual("accuracy", predicted.count, actual.count, "predictions", "labels")
  return ratio(zip(predicted, actual).count { $0 == $1 }, actual.count, empty: 0)
}

/// The share of samples whose true class is among the `k` highest scores of its row.
///
/// Scores: `[samples, classes]`, row by row. Of equal scores the lower class counts as the
/// higher, so that k = 1 agrees with ``predictedClasses(scores:classes:)``. A true class whose
/// score is not a number is not found. 0 for no samples. Stops if the counts do not fit, for a label
/// outside 0 ..< classes and for k < 1.
public func topKAccuracy(scores: [Float], labels: [Int], classes: Int, k: Int) -> Double {
  guard k >= 1 else { fail("topKAccuracy", "k must be at least 1, it is \(k)") }
  let rows = rowCount("topKAccuracy", scores.count, classes)
  requireEqual("topKAccuracy", rows, labels.count, "rows of scores", "labels")
  var found = 0
  for (row, label) in labels.enumerated() {
    guard (0..<classes).contains(label) else {
      fail("topKAccuracy", "label \(label) of sample \(row) is not in 0 ..< \(classes)")
    }
    let own = scores[row * classes + label]
    guard !own.isNaN else { continue }
    var ahead = 0
    for other in 0..<classes {
      let score = scores[row * classes + other]
      if score > own || (score == own && other < label) { ahead += 1 }
    }
    if ahead < k { found += 1 }
  }
  return ratio(found, labels.count, empty: 0)
}

private func rowCount(_ operation: String, _ scores: Int, _ classes: Int) -> Int {
  guard classes > 0, scores % classes == 0 else {
    fail(operation, "\(scores) scores do not make whole rows of \(classes) classes")
  }
  return scores / classes
}
