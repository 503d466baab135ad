import CKernels

/// Fills memory with zeros, by all threads where it is large: each then holds the part it goes on with.
package func fillWithZeros(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
  let block = 1 << 18
  Threads.run(blocks: (byteCount + block - 1) / block) { number in
    let start = number * block
    (memory + start).initializeMemory(
      as: UInt8.self, repeating: 0, count: min(block, byteCount - start))
  }
}

/// Copies an array of any rank between two strided layouts.
///
/// Strides are in elements of `byteWidth` bytes (1, 2, 4 or 8); a source stride of 0 repeats, a
/// negative one runs backwards (pass the address of the first element visited). It serves permuted
/// axes, slices, padding, concatenation, broadcasting and flips. Source and destination must not
/// overlap.
package func copyRegion(
  byteWidth: Int, sizes: [Int], from source: UnsafeRawPointer, sourceStrides: [Int],
  to destination: UnsafeMutableRawPointer, destinationStrides: [Int]
) {
  let copy = Processor.kernels.pointee.arrays.pointee.copy_plane!
  guard let region = Region(sizes, sourceStrides, destinationStrides) else { return }
  region.launch { plane, sourceOffset, destinationOffset in
    copy(
      Int64(byteWidth), Int64(plane.rows.size), Int64(plane.columns.size),
      source + sourceOffset * byteWidth, Int64(plane.rows.source), Int64(plane.columns.source),
      destination + destinationOffset * byteWidth, Int64(plane.rows.destination),
      Int64(plane.columns.destination))
  }
}

/// As ``copyRegion(byteWidth:sizes:from:sourceStrides:to:destinationStrides:)``, but adds to what
/// is at the destination: the adjoint. A destination stride of 0 adds up along that axis.
package func addRegion(
  _ dtype: DType, sizes: [Int], from source: UnsafeRawPointer, sourceStrides: [Int],
  to destination: UnsafeMutableRawPointer, destinationStrides: [Int]
) {
  let table = Processor.kernels.pointee.arrays.pointee
  let add = dtype.isFloat64 ? table.add_plane.1! : table.add_plane.0!
  let byteWidth = dtype.byteWidth
  guard let region = Region(sizes, sourceStrides, destinationStrides) else { return }
  region.launch { plane, sourceOffset, destinationOffset in
    add(
      Int64(plane.rows.size), Int64(plane.columns.size), source + sourceOffset * byteWidth,
      Int64(plane.rows.source), Int64(plane.columns.source),
      destination + destinationOffset * byteWidth, Int64(plane.rows.destination),
      Int64(plane.columns.destination))
  }
}

/// Converts elements between any two dtypes, by the rules of
/// ``PointwiseProgram/store(_:to:dtype:)``.
package func convert(
  _ count: Int, from source: UnsafeRawPointer, _ sourceDType: DType,
  to destination: UnsafeMutableRawPointer, _ destinationDType: DType
) {
  guard sourceDType != destinationDType else {
    return copyRegion(
      byteWidth: sourceDType.byteWidth, sizes: [count], from: source, sourceStrides: [1],
      to: destination, destinationStrides: [1])
  }
  // The precision that holds every source element, or rounds it only once on the way.
  let fitsFloat32: Bool
  switch sourceDType {
  case .float64, .int32: fitsFloat32 = false
  case .int64: fitsFloat32 = destinationDType == .float32
  case .float32, .float16, .bfloat16, .uint8, .bool: fitsFloat32 = destinationDType != .float64
  }
  var program = PointwiseProgram(count: count, precision: fitsFloat32 ? .float32 : .float64)
  let values = program.stream(source, dtype: sourceDType, inner: count, span: count)
  program.store(values, to: destination, dtype: destinationDType)
  program.run()
}

// MARK: - Walking regions

/// The axes of a strided copy, merged where both sides allow it, with the two that move the fastest
/// taken out as a plane.
private struct Region {
  struct Axis {
    var size: Int
    var source: Int
    var destination: Int
  }

  struct Plane {
    var rows: Axis
    var columns: Axis
  }

  private var outer: [Axis]
  private var plane: Plane

  /// Nothing when there are no elements.
  init?(_ sizes: [Int], _ sourceStrides: [Int], _ destinationStrides: [Int]) {
    precondition(
      sourceStrides.count == sizes.count && destinationStrides.count == sizes.count,
      "a region needs a stride for every axis")
    var axes: [Axis] = []
    for (axis, size) in sizes.enumerated() {
      guard size > 0 else { return nil }
      guard size > 1 else { continue }
      let new = Axis(
        size: size, source: sourceStrides[axis], destination: destinationStrides[axis])
      if let last = axes.last, last.source == size * new.source,
        last.destination == size * new.destination
      {
        axes[axes.count - 1] = Axis(
          size: last.size * size, source: new.source, destination: new.destination)
      } else {
        axes.append(new)
      }
    }
    let single = Axis(size: 1, source: 0, destination: 0)
    // Columns run along the destination; rows, in a transpose, along the source.
    let column = axes.lastIndex { $0.destination == 1 } ?? axes.indices.last
    let columns = column.map { axes.remove(at: $0) } ?? single
    let transposed = columns.source == 1 ? nil : axes.lastIndex { $0.source == 1 }
    let row = transposed ?? axes.indices.last
    plane = Plane(rows: row.map { axes.remove(at: $0) } ?? single, columns: columns)
    outer = axes
  }

  /// Calls `body` for planes that together are the region, with the offsets where each begins.
  func launch(_ body: @escaping (Plane, _ source: Int, _ destination: Int) -> Void) {
    let planes = outer.reduce(1) { $0 * $1.size }
    let elements = plane.rows.size * plane.columns.size
    // Adding along an axis keeps to one thread: its order is fixed, and no two threads may add to
    // one element.
    let accumulates = (outer + [plane.rows, plane.columns]).contains {
      $0.destination == 0 && $0.size > 1
    }
    if accumulates {
      Threads.landOwn()
      for index in 0..<planes { runPlane(index, plane, 0, 0, body) }
      return
    }
    let splitsColumns = plane.rows.size < 8 && plane.columns.size >= 65536
    let length = splitsColumns ? plane.columns.size : plane.rows.size
    let cost = elements / length
    let perPart = max(1, min(length, (32768 + cost - 1) / cost))
    let parts = (length + perPart - 1) / perPart
    Threads.launch(items: planes * parts, elementsPerItem: elements / parts) { range in
      for item in range {
        let from = item % parts * perPart
        let size = min(perPart, length - from)
        var part = plane
        if splitsColumns {
          part.columns.size = size
          runPlane(
            item / parts, part, from * plane.columns.source, from * plane.columns.destination, body)
        } else {
          part.rows.size = size
          runPlane(
            item / parts, part, from * plane.rows.source, from * plane.rows.destination, body)
        }
      }
    }
  }

  private func runPlane(
    _ index: Int, _ plane: Plane, _ source: Int, _ destination: Int,
    _ body: (Plane, _ source: Int, _ destination: Int) -> Void
  ) {
    var rest = index
    var source = source
    var destination = destination
    for axis in outer.reversed() {
      let position = rest % axis.size
      rest /= axis.size
      source += position * axis.source
      destination += position * axis.destination
    }
    body(plane, source, destination)
  }
}
