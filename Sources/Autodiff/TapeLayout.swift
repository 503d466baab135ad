import Tensors

/// Where the entries of a tape stand in its drawing: a layered layout (Sugiyama, Tagawa and Toda,
/// Methods for visual understanding of hierarchical system structures, 1981).
///
/// An entry stands one row below the lowest of its inputs. A line that passes rows has a bend in each of
/// them, which takes its place among the boxes, so that no box is drawn over it; all long lines from one
/// entry share their bends. Rows are put in an order with few crossings, then each is moved sideways
/// towards what it is connected to. The longest path stands in one column. A variable with one reader
/// stands beside it, as a label.
struct TapeLayout {
  /// A box in a row, or a bend of a line that passes the row.
  struct Node {
    /// nil for a bend.
    let entry: Int?
    let row: Int
    /// What it needs on both sides of its centre.
    let left: Double
    let right: Double
    /// Nodes in the row above that it is connected to, with the weight of the line.
    var above: [(node: Int, weight: Double)] = []
    var below: [(node: Int, weight: Double)] = []
    var x = 0.0

    var isBend: Bool { entry == nil }
  }

  /// How much room a box takes.
  struct Room {
    let left: Double
    let right: Double
  }

  private(set) var nodes: [Node] = []
  /// The nodes of each row from left to right.
  private(set) var rows: [[Int]] = []
  /// The node of an entry; nil for a label.
  private(set) var nodeOfEntry: [Int?]
  /// The nodes that a line passes: from its source, or where it leaves an earlier line of the same source,
  /// to its reader.
  private(set) var lines: [(source: Int, reader: Int, nodes: [Int])] = []

  /// With more bends than this, lines are drawn straight.
  private static let mostBends = 200_000
  private static let sweeps = 8

  /// Lays out entries; `parents` of a label are empty, and it is among nobody's.
  init(parents: [[Int]], labels: Set<Int>, room: (_ entry: Int) -> Room) {
    let (levels, isLoose) = Self.levels(parents, labels)
    nodeOfEntry = [Int?](repeating: nil, count: parents.count)
    rows = [[Int]](repeating: [], count: (levels.compactMap { $0 }.max() ?? -1) + 1)
    for (entry, level) in levels.enumerated() {
      guard let level else { continue }
      let room = room(entry)
      nodeOfEntry[entry] = add(Node(entry: entry, row: level, left: room.left, right: room.right))
    }
    let spine = Self.spine(parents, levels)
    drawLines(parents, levels.map { $0 ?? 0 }, spine, isLoose)
    order()
    placeSideways()
    straighten()
  }

  private mutating func add(_ node: Node) -> Int {
    nodes.append(node)
    rows[node.row].append(nodes.count - 1)
    return nodes.count - 1
  }

  // MARK: - Rows

  /// The row of each entry; nil for labels.
  private static func levels(
    _ parents: [[Int]], _ labels: Set<Int>
  ) -> (levels: [Int?], isLoose: [Bool]) {
    var levels = [Int?](repeating: nil, count: parents.count)
    var readers = [[Int]](repeating: [], count: parents.count)
    for (entry, sources) in parents.enumerated() where !labels.contains(entry) {
      levels[entry] = sources.map { levels[$0]! + 1 }.max() ?? 0
      for source in sources { readers[source].append(entry) }
    }
    // What needs nothing from above, or only what nobody else reads, comes down to its reader.
    var isLoose = [Bool](repeating: false, count: parents.count)
    for (entry, sources) in parents.enumerated() {
      isLoose[entry] = sources.allSatisfy { isLoose[$0] && readers[$0].count == 1 }
    }
    for entry in parents.indices.reversed() where isLoose[entry] && levels[entry] != nil {
      if let highest = readers[entry].map({ levels[$0]! }).min() { levels[entry] = highest - 1 }
    }
    return (levels, isLoose)
  }

  /// The entries of a longest path to the last row.
  private static func spine(_ parents: [[Int]], _ levels: [Int?]) -> Set<Int> {
    guard let depth = levels.compactMap({ $0 }).max(),
      var entry = levels.lastIndex(where: { $0 == depth })
    else { return [] }
    var spine: Set<Int> = [entry]
    while true {
      let above = parents[entry].filter { levels[$0] == levels[entry]! - 1 }
      guard let next = above.first(where: { !parents[$0].isEmpty }) ?? above.first else { break }
      spine.insert(next)
      entry = next
    }
    return spine
  }

  // MARK: - Lines

  /// The bends of each entry's long lines, from above.
  private var trunks: [[Int]] = []

  private mutating func drawLines(
    _ parents: [[Int]], _ levels: [Int], _ spine: Set<Int>, _ isLoose: [Bool]
  ) {
    var lowest = levels
    for (entry, sources) in parents.enumerated() {
      for source in sources { lowest[source] = max(lowest[source], levels[entry]) }
    }
    let bends = zip(lowest, levels).reduce(0) { $0 + max($1.0 - $1.1 - 1, 0) }
    let hasBends = bends <= Self.mostBends
    trunks = [[Int]](repeating: [], count: parents.count)
    if hasBends {
      for entry in parents.indices where nodeOfEntry[entry] != nil {
        for row in (levels[entry] + 1)..<max(lowest[entry], levels[entry] + 1) {
          trunks[entry].append(add(Node(entry: nil, row: row, left: 7, right: 7)))
        }
      }
    }
    var readers = [[Int]](repeating: [], count: parents.count)
    for (entry, sources) in parents.enumerated() {
      for source in sources { readers[source].append(entry) }
    }
    for source in parents.indices {
      // How many of the source's bends a line passes already: the next one branches off there.
      var passed = 0
      for entry in readers[source].sorted(by: { levels[$0] < levels[$1] }) {
        let length = levels[entry] - levels[source] - 1
        var path: [Int] = []
        if hasBends, length > 0 {
          path.append(passed == 0 ? nodeOfEntry[source]! : trunks[source][passed - 1])
          path += trunks[source][passed..<length]
          passed = length
        } else {
          path.append(nodeOfEntry[source]!)
        }
        path.append(nodeOfEntry[entry]!)
        lines.append((source, entry, path))
        guard hasBends || length == 0 else { continue }
        let isSpine = spine.contains(source) && spine.contains(entry)
        // What only waits beside its reader does not pull it.
        let plain = isLoose[source] && !isSpine ? 0.05 : 4.0
        for (upper, lower) in zip(path, path.dropFirst()) {
          let bends = (nodes[upper].isBend ? 1 : 0) + (nodes[lower].isBend ? 1 : 0)
          let weight = isSpine && bends == 0 ? 1e6 : [plain, 1, 4][bends]
          nodes[upper].below.append((lower, weight))
          nodes[lower].above.append((upper, weight))
        }
      }
    }
  }

  // MARK: - The order in each row

  private mutating func order() {
    var best = rows
    var fewest = crossings()
    for sweep in 0..<Self.sweeps where fewest > 0 {
      let isDown = sweep % 2 == 0
      for row in isDown ? Array(rows.indices) : rows.indices.reversed() {
        let wanted = rows[row].enumerated().map { place, node -> (Double, Int, Int) in
          let near = isDown ? nodes[node].above : nodes[node].below
          let mean =
            near.isEmpty
            ? Double(place) : near.reduce(0) { $0 + nodes[$1.node].x } / Double(near.count)
          return (mean, place, node)
        }
        rows[row] = wanted.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
        for (place, node) in rows[row].enumerated() { nodes[node].x = Double(place) }
      }
      let count = crossings()
      if count < fewest { (best, fewest) = (rows, count) }
    }
    rows = best
    for row in rows { for (place, node) in row.enumerated() { nodes[node].x = Double(place) } }
  }

  /// How many pairs of lines between neighbouring rows cross.
  private mutating func crossings() -> Int {
    for row in rows { for (place, node) in row.enumerated() { nodes[node].x = Double(place) } }
    return rows.reduce(0) { total, row in
      var ends: [Int] = []
      for node in row { ends += nodes[node].below.map { Int(nodes[$0.node].x) }.sorted() }
      return total + Self.inversions(&ends)
    }
  }

  /// How many pairs stand in the wrong order; sorts them (merge sort).
  private static func inversions(_ values: inout [Int]) -> Int {
    guard values.count > 1 else { return 0 }
    let middle = values.count / 2
    var (left, right) = (Array(values[..<middle]), Array(values[middle...]))
    var count = inversions(&left) + inversions(&right)
    var (i, j) = (0, 0)
    for place in values.indices {
      if j == right.count || (i < left.count && left[i] <= right[j]) {
        values[place] = left[i]
        i += 1
      } else {
        values[place] = right[j]
        count += left.count - i
        j += 1
      }
    }
    return count
  }

  // MARK: - Columns

  private mutating func placeSideways() {
    for row in rows.indices { settle(row, rows[row].map { (nodes[$0].x, 0.01) }) }
    for sweep in 0..<10 {
      for row in sweep % 2 == 0 ? Array(rows.indices) : rows.indices.reversed() {
        pull(row, up: sweep % 2 == 0, down: sweep % 2 == 1)
      }
    }
    for _ in 0..<4 { for row in rows.indices { pull(row, up: true, down: true) } }
  }

  /// Moves a row towards what it is connected to.
  private mutating func pull(_ row: Int, up: Bool, down: Bool) {
    let wanted = rows[row].map { number -> (x: Double, weight: Double) in
      let node = nodes[number]
      let lines = (up ? node.above : []) + (down ? node.below : [])
      let weight = lines.reduce(0) { $0 + $1.weight }
      guard weight > 0 else { return (node.x, 0.01) }
      return (lines.reduce(0) { $0 + $1.weight * nodes[$1.node].x } / weight, weight)
    }
    settle(row, wanted)
  }

  /// Puts all bends of a trunk below one another where there is room: on its outer side.
  private mutating func straighten() {
    for _ in 0..<3 {
      var wanted = [Double?](repeating: nil, count: nodes.count)
      for trunk in trunks where trunk.count > 1 {
        let places = trunk.map { nodes[$0].x }
        let reader = nodes[nodes[trunk[trunk.count - 1]].below[0].node].x
        let isRight = places.reduce(0, +) / Double(places.count) > reader
        let lane = isRight ? places.max()! : places.min()!
        for bend in trunk { wanted[bend] = lane }
      }
      for row in rows.indices {
        settle(
          row,
          rows[row].map { number in
            let pull = (nodes[number].above + nodes[number].below).reduce(0.01) { $0 + $1.weight }
            return wanted[number].map { ($0, 100) } ?? (nodes[number].x, pull)
          })
      }
    }
    let leftmost = nodes.map { $0.x - $0.left }.min() ?? 0
    for node in nodes.indices { nodes[node].x -= leftmost }
  }

  /// Moves the nodes of a row as near to where they want to be as the room between them allows: the
  /// least sum of weighted squares under the order (pooling of adjacent violators).
  private mutating func settle(_ row: Int, _ wanted: [(x: Double, weight: Double)]) {
    var offset = 0.0
    var pools: [(sum: Double, weight: Double, count: Int)] = []
    var offsets: [Double] = []
    for (place, number) in rows[row].enumerated() {
      if place > 0 { offset += nodes[rows[row][place - 1]].right + nodes[number].left }
      offsets.append(offset)
      let (x, weight) = wanted[place]
      var pool = (sum: weight * (x - offset), weight: weight, count: 1)
      while let last = pools.last, last.sum / last.weight > pool.sum / pool.weight {
        pools.removeLast()
        pool = (last.sum + pool.sum, last.weight + pool.weight, last.count + pool.count)
      }
      pools.append(pool)
    }
    var place = 0
    for pool in pools {
      for _ in 0..<pool.count {
        nodes[rows[row][place]].x = pool.sum / pool.weight + offsets[place]
        place += 1
      }
    }
  }
}
