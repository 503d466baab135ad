import Autodiff
import Kernels
import Tensors

/// A sum of products, written with a letter for each axis (Einstein, 1916).
///
///     einsum("bij,bjk->bik", a, b)   // a batch of matrix products
///     einsum("ii->i", a)             // a diagonal
///     einsum("ij->", a)              // a sum
///     einsum("...ij,...jk->...ik", a, b)   // matrix products over any leading axes
///
/// Shapes: each operand has as many axes as letters, the result an axis for each letter after the arrow.
/// `...` stands for any number of axes, none included; those of several operands are aligned at their
/// last and broadcast. Formula: over all letters that are not in the result, and an ellipsis that is not,
/// the product of the operands is summed. Without an arrow the result has the axes of the ellipsis and
/// then the letters that occur once, in alphabetical order. Pullback for an operand: the product of `dy`
/// and the others, summed over what this operand lacks. Composed of diagonals, sums, transpositions and
/// one `matmul` for each operand after the first, from left to right, so the order of the operands
/// decides the cost. Stops when a letter stands for two sizes, operands and groups of letters differ in
/// number, or a letter of the result is unknown or named twice.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
  einsum(equation, operands)
}

/// The same for a list of operands.
public func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
  let equation = EinsumEquation(equation, operands)
  let output = equation.output
  var rest = zip(equation.operands, equation.inputs).map { Labelled($0, $1).withoutRepeats() }[...]
  var result = rest.removeFirst().summed(keeping: Set(output + rest.flatMap(\.letters)))
  while let next = rest.popFirst() {
    let needed = Set(output + rest.flatMap(\.letters))
    result = result.contracted(
      with: next.summed(keeping: needed.union(result.letters)), keeping: needed)
  }
  return result.ordered(output)
}

/// The inner product of two vectors.
///
/// Shapes: `[n]` and `[n]` to a scalar. Pullback: `dy b` and `dy a`. Costs one pass. Stops when they are
/// not vectors of one length.
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.rank == 1, a.shape == b.shape else {
    fail("dot", "wants two vectors of one length, given \(a.shape) and \(b.shape)")
  }
  return (a * b).sum()
}

/// All products of an element of one vector with one of another: `y[i, j] = a[i] b[j]`.
///
/// Shapes: `[n]` and `[m]` to `[n, m]`. Pullback: `dy b` and `dy' a`. Costs `n m` multiplications,
/// deferred. Stops when they are not vectors.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
  guard a.rank == 1, b.rank == 1 else {
    fail("outer", "wants two vectors, given \(a.shape) and \(b.shape)")
  }
  return a.expanded(at: 1) * b.expanded(at: 0)
}

// MARK: - Working with letters

/// A tensor whose axes have letters.
private struct Labelled {
  let tensor: Tensor
  let letters: [Character]

  init(_ tensor: Tensor, _ letters: [Character]) {
    self.tensor = tensor
    self.letters = letters
  }

  /// The diagonals over letters that occur more than once, the shared axis last.
  func withoutRepeats() -> Labelled {
    for (first, letter) in letters.enumerated() {
      guard let second = letters.lastIndex(of: letter), second != first else { continue }
      let others = letters.indices.filter { $0 != first && $0 != second }
      let diagonal = tensor.transposed(others + [first, second]).diagonal()
      return Labelled(diagonal, others.map { letters[$0] } + [letter]).withoutRepeats()
    }
    return self
  }

  /// The sum over all letters but these.
  func summed(keeping kept: Set<Character>) -> Labelled {
    let axes = letters.indices.filter { !kept.contains(letters[$0]) }
    if axes.isEmpty { return self }
    return Labelled(tensor.sum(axes: axes), letters.filter(kept.contains))
  }

  /// The tensor with its axes in the order of these letters.
  func ordered(_ order: [Character]) -> Tensor {
    tensor.transposed(order.map { letters.firstIndex(of: $0)! })
  }

  func size(of letter: Character) -> Int { tensor.shape[letters.firstIndex(of: letter)!] }

  /// The product with another operand, summed over the letters that both have and nobody needs.
  func contracted(with other: Labelled, keeping needed: Set<Character>) -> Labelled {
    let shared = letters.filter(other.letters.contains)
    let batch = shared.filter(needed.contains)
    let inner = shared.filter { !needed.contains($0) }
    let free = letters.filter { !shared.contains($0) }
    let otherFree = other.letters.filter { !shared.contains($0) }
    let sizes = (batch + free).map(size) + otherFree.map(other.size)
    if inner.isEmpty {
      // Nothing to sum: a product that broadcasts.
      let left = ordered(batch + free)
      let right = other.ordered(batch + otherFree)
      let ones = [Int](repeating: 1, count: otherFree.count)
      let gap = [Int](repeating: 1, count: free.count)
      let a = left.reshaped(to: (batch + free).map(size) + ones)
      let b = right.reshaped(to: batch.map(size) + gap + otherFree.map(other.size))
      return Labelled(a * b, batch + free + otherFree)
    }
    let (a, transposeA) = asMatrices(batch, free, inner)
    let (b, transposeB) = other.asMatrices(batch, inner, otherFree)
    let product = matmul(a, b, transposeA: transposeA, transposeB: transposeB)
    return Labelled(product.reshaped(to: sizes), batch + free + otherFree)
  }

  /// A batch of matrices with these letters for rows and columns; transposed where that saves a copy.
  private func asMatrices(
    _ batch: [Character], _ rows: [Character], _ columns: [Character]
  ) -> (Tensor, transposed: Bool) {
    func count(_ letters: [Character]) -> Int { letters.reduce(1) { $0 * size(of: $1) } }
    let transposed = letters == batch + columns + rows && letters != batch + rows + columns
    let order = transposed ? batch + columns + rows : batch + rows + columns
    let matrix = transposed ? [count(columns), count(rows)] : [count(rows), count(columns)]
    let tensor = ordered(order)
    return (tensor.reshaped(to: (batch.isEmpty ? [] : [count(batch)]) + matrix), transposed)
  }
}
