import Tensors

/// The modules whose calls recorded the entries of a tape, as far as a drawing can put a frame around
/// each: those with two boxes or more and nobody else's box among them.
struct TapeModules {
  struct Module {
    /// Its property in the module around it, and its type.
    let name: String
    let parent: Int?
    var nodes: [Int] = []
    var rows = 0...0
    /// How many frames must fit between its own and its first row, its last row, its widest box.
    var top = 1
    var bottom = 1
    var sides = 1
    /// The left and right end of its frame; nil where it has none.
    var ends: ClosedRange<Double>?
  }

  private(set) var modules: [Module] = []
  /// The innermost module of each entry.
  private(set) var moduleOfEntry: [Int?]
  /// The module of an entry that is alone in it.
  private(set) var nameOfLoneEntry: [Int: String] = [:]
  private let paths: [String]

  /// `isBox` says which entries are boxes of their own.
  init(_ entries: [Tape.Entry], isBox: (_ entry: Int) -> Bool) {
    var numbers: [ObjectIdentifier: Int] = [:]
    var found: [(path: String, parent: Int?)] = []
    func number(of frame: CallFrame) -> Int {
      if let known = numbers[ObjectIdentifier(frame)] { return known }
      // Callers first: nested as deep as modules are, not as tapes are long.
      let parent = frame.caller.map(number)
      found.append((frame.pathDescription, parent))
      numbers[ObjectIdentifier(frame)] = found.count - 1
      return found.count - 1
    }
    moduleOfEntry = entries.map { $0.frame.map(number) }
    paths = found.map(\.path)
    var boxes = [[Int]](repeating: [], count: found.count)
    for (entry, module) in moduleOfEntry.enumerated() where isBox(entry) {
      var next = module
      while let module = next {
        boxes[module].append(entry)
        next = found[module].parent
      }
    }
    modules = found.enumerated().map { number, module in
      let around = module.parent.map { found[$0].path }
      return Module(
        name: Self.name(module.path, in: around), parent: module.parent, nodes: boxes[number])
    }
    for (entry, module) in moduleOfEntry.enumerated() {
      if let module, modules[module].nodes == [entry] {
        nameOfLoneEntry[entry] = modules[module].name
      }
    }
  }

  func path(of entry: Int) -> String? { moduleOfEntry[entry].map { paths[$0] } }

  /// How many modules with a frame an entry stands in.
  func depth(of entry: Int) -> Int {
    var depth = 0
    var next = moduleOfEntry[entry]
    while let module = next {
      if modules[module].nodes.count > 1 { depth += 1 }
      next = modules[module].parent
    }
    return depth
  }

  /// Finds out which modules get a frame and how the frames nest.
  ///
  /// `side` is the room of one frame; `others` gives what a row holds, with the ends of each box.
  mutating func nest(
    side: Double, rowOf: (_ entry: Int) -> Int,
    boxes: (_ row: Int) -> [(entry: Int, left: Double, right: Double)]
  ) {
    for number in modules.indices where modules[number].nodes.count > 1 {
      let rows = modules[number].nodes.map(rowOf)
      modules[number].rows = rows.min()!...rows.max()!
    }
    // A module stands behind the one around it.
    for number in modules.indices.reversed() where modules[number].nodes.count > 1 {
      let module = modules[number]
      let members = Set(module.nodes)
      let all = module.rows.flatMap(boxes)
      let own = all.filter { members.contains($0.entry) }
      let left = own.map(\.left).min()! - side * Double(module.sides)
      let right = own.map(\.right).max()! + side * Double(module.sides)
      let hasFrame = !all.contains {
        !members.contains($0.entry) && $0.left < right && $0.right > left
      }
      modules[number].ends = hasFrame ? left...right : nil
      guard let around = module.parent else { continue }
      // Without a frame it only hands on what stands in it.
      let more = hasFrame ? 1 : 0
      if module.rows.lowerBound == modules[around].rows.lowerBound {
        modules[around].top = max(modules[around].top, module.top + more)
      }
      if module.rows.upperBound == modules[around].rows.upperBound {
        modules[around].bottom = max(modules[around].bottom, module.bottom + more)
      }
      modules[around].sides = max(modules[around].sides, module.sides + more)
    }
  }

  /// `ResNet.stem.conv (Conv2D)` in `ResNet.stem (Stem)` is `conv (Conv2D)`.
  private static func name(_ path: String, in around: String?) -> String {
    guard let around else { return path }
    let place = around.prefix { $0 != " " }
    guard path.hasPrefix(place), path.dropFirst(place.count).first == "." else { return path }
    return String(path.dropFirst(place.count + 1))
  }
}
