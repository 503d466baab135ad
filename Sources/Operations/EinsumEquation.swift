import Tensors

// Reading the equation of `einsum`.

/// An equation in which an ellipsis has become letters of its own, and the operands that fit it.
struct EinsumEquation {
  let inputs: [[Character]]
  let output: [Character]
  let operands: [Tensor]

  init(_ equation: String, _ operands: [Tensor]) {
    func stop(_ why: String) -> Never {
      let shapes = operands.map { "\($0.shape)" }.joined(separator: ", ")
      fail("einsum", "'\(equation)' of \(shapes): \(why)")
    }
    let text = Self.withoutDots(equation)
    var sides = [text]
    if let arrow = text.indices.first(where: { text[$0...].starts(with: "->") }) {
      sides = [Array(text[..<arrow]), Array(text[(arrow + 2)...])]
    }
    let groups = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    let result = sides.count > 1 ? sides[1] : nil
    for letter in groups.joined() + (result ?? []) where !letter.isLetter && letter != Self.ellipsis
    {
      stop("'\(letter)' is not a letter")
    }
    for group in groups + [result ?? []] where group.count(where: { $0 == Self.ellipsis }) > 1 {
      stop("two ellipses in '\(Self.shown(group))'")
    }
    guard groups.count == operands.count else {
      stop("\(groups.count) groups of letters for \(operands.count) operands")
    }
    for (letters, operand) in zip(groups, operands) {
      requireCompute(.matmul, operand)
      let named = letters.count { $0 != Self.ellipsis }
      guard letters.contains(Self.ellipsis) ? named <= operand.rank : named == operand.rank else {
        stop("'\(Self.shown(letters))' wants \(named) axes, given \(operand.shape)")
      }
    }
    if let result, result.contains(Self.ellipsis), !groups.joined().contains(Self.ellipsis) {
      stop("the result has an ellipsis, no operand has")
    }
    let spread = Ellipses(groups, operands)
    inputs = spread.inputs
    self.operands = spread.operands
    var sizes: [Character: Int] = [:]
    for (letters, operand) in zip(inputs, self.operands) {
      for (letter, size) in zip(letters, operand.shape) {
        if let known = sizes[letter], known != size {
          let name = letter.isLetter ? "'\(letter)'" : "an axis of the ellipsis"
          stop("\(name) stands for \(known) and for \(size)")
        }
        sizes[letter] = size
      }
    }
    guard let result else {
      let counts = Dictionary(groups.joined().map { ($0, 1) }, uniquingKeysWith: +)
      let once = counts.filter { $0 != Self.ellipsis && $1 == 1 }.keys.sorted()
      output = spread.letters + once
      return
    }
    for (place, letter) in result.enumerated() where letter != Self.ellipsis {
      if sizes[letter] == nil { stop("'\(letter)' of the result is in no operand") }
      if result[..<place].contains(letter) { stop("'\(letter)' is twice in the result") }
    }
    output = result.flatMap { $0 == Self.ellipsis ? spread.letters : [$0] }
  }

  fileprivate static let ellipsis: Character = "\u{2026}"

  /// The characters without spaces, three dots as one.
  private static func withoutDots(_ equation: String) -> [Character] {
    var text: [Character] = []
    for character in equation where character != " " {
      text.append(character)
      if text.suffix(3) == [".", ".", "."] {
        text.removeLast(3)
        text.append(ellipsis)
      }
    }
    return text
  }

  private static func shown(_ letters: [Character]) -> String {
    letters.map { $0 == ellipsis ? "..." : String($0) }.joined()
  }
}

/// The axes behind the ellipses, counted from the last one, with a letter each.
private struct Ellipses {
  var inputs: [[Character]] = []
  /// Without the axes of size 1 that are repeated to fit another operand's: a product broadcasts them.
  var operands: [Tensor] = []
  /// In the order of the axes.
  let letters: [Character]

  init(_ groups: [[Character]], _ operands: [Tensor]) {
    func hidden(_ group: [Character], _ operand: Tensor) -> Range<Int>? {
      guard let start = group.firstIndex(of: EinsumEquation.ellipsis) else { return nil }
      return start..<(start + operand.rank - group.count + 1)
    }
    let axes = zip(groups, operands).map(hidden)
    let most = axes.reduce(0) { Swift.max($0, $1?.count ?? 0) }
    // Of a private area: no letter that anyone can write.
    func letter(fromLast place: Int) -> Character {
      Character(Unicode.Scalar(0xE000 + UInt32(place))!)
    }
    letters = (0..<most).reversed().map(letter)
    let isStretched = (0..<most).map { place in
      zip(axes, operands).contains { range, operand in
        guard let range, place < range.count else { return false }
        return operand.shape[range.upperBound - 1 - place] != 1
      }
    }
    for ((group, operand), range) in zip(zip(groups, operands), axes) {
      guard let range else {
        inputs.append(group)
        self.operands.append(operand)
        continue
      }
      var names = Array(group[..<range.lowerBound])
      var sizes = Array(operand.shape.prefix(range.lowerBound))
      for axis in range {
        let place = range.upperBound - 1 - axis
        if operand.shape[axis] == 1, isStretched[place] { continue }
        names.append(letter(fromLast: place))
        sizes.append(operand.shape[axis])
      }
      inputs.append(names + group[(range.lowerBound + 1)...])
      sizes += operand.shape.dropFirst(range.upperBound)
      self.operands.append(sizes == Array(operand.shape) ? operand : operand.reshaped(to: sizes))
    }
  }
}
