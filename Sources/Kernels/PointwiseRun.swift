import CKernels

/// A pointwise program as C reads it, with all its parts, for as long as it runs.
final class PointwiseRun: @unchecked Sendable {
  let chunks: Int
  private let program: UnsafePointer<tg_pointwise_program>
  private let table: UnsafePointer<tg_pointwise_table>
  /// One block for all parts: a program runs a few microseconds, and there are hundreds in a step.
  private let parts: UnsafeMutableRawPointer
  /// What chunks leave of sums.
  private let partials: Memory?

  init(_ source: inout PointwiseProgram) {
    let nodes = source.nodes.count
    let chunks = (source.count + PointwiseProgram.chunkLength - 1) / PointwiseProgram.chunkLength
    self.chunks = chunks
    table = UnsafePointer(source.kernels.pointee.pointwise!)

    if chunks > 1 && !source.sums.isEmpty {
      let needed = source.sums.reduce(0) { $0 + 2 * Int($1.inner) * chunks }
      let memory = Memory(byteCount: needed * 8)
      var next = memory.pointer.assumingMemoryBound(to: Double.self)
      for index in source.sums.indices {
        source.sums[index].partials = next
        next += 2 * Int(source.sums[index].inner) * chunks
      }
      partials = memory
    } else {
      partials = nil
    }

    var byteCount = 0
    func place<Part>(_ count: Int, of type: Part.Type) -> Int {
      let alignment = MemoryLayout<Part>.alignment
      let start = (byteCount + alignment - 1) / alignment * alignment
      byteCount = start + count * MemoryLayout<Part>.stride
      return start
    }
    let steps = place(nodes + source.stores.count + source.sums.count, of: tg_step.self)
    let streams = place(source.streams.count, of: tg_stream.self)
    let constants = place(source.constants.count, of: tg_constant.self)
    let stores = place(source.stores.count, of: tg_store.self)
    let sums = place(source.sums.count, of: tg_sum.self)
    let whole = place(1, of: tg_pointwise_program.self)
    let slots = place(nodes * (1 + PointwiseProgram.planScratch), of: Int32.self)
    let parts = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount, alignment: MemoryLayout<tg_stream>.alignment)
    self.parts = parts

    let stepPlaces = (parts + steps).bindMemory(to: tg_step.self, capacity: nodes)
    let slotPlaces = (parts + slots).bindMemory(to: Int32.self, capacity: nodes)
    let plan = source.plan(stepPlaces, slotPlaces, slotPlaces + nodes)
    func fill<Part>(_ start: Int, _ values: ContiguousArray<Part>) -> UnsafePointer<Part> {
      let first = (parts + start).bindMemory(to: Part.self, capacity: values.count)
      values.withUnsafeBufferPointer {
        if let base = $0.baseAddress { first.initialize(from: base, count: $0.count) }
      }
      return UnsafePointer(first)
    }
    let program = (parts + whole).bindMemory(to: tg_pointwise_program.self, capacity: 1)
    program.initialize(
      to: tg_pointwise_program(
        count: Int64(source.count), chunk_length: Int64(PointwiseProgram.chunkLength),
        block: Int64(plan.block), steps: stepPlaces, streams: fill(streams, source.streams),
        constants: fill(constants, source.constants), stores: fill(stores, source.stores),
        sums: fill(sums, source.sums), slots: slotPlaces, step_count: Int32(plan.stepCount),
        stream_count: Int32(source.streams.count), constant_count: Int32(source.constants.count),
        store_count: Int32(source.stores.count), sum_count: Int32(source.sums.count),
        value_count: Int32(nodes), slot_count: Int32(plan.slotCount),
        is_double: source.precision == .float64 ? 1 : 0))
    self.program = UnsafePointer(program)
  }

  deinit { parts.deallocate() }

  func runChunk(_ chunk: Int) { table.pointee.run_chunk(program, Int64(chunk)) }

  /// After the last chunk.
  func merge() {
    guard chunks > 1 else { return }
    for sum in 0..<Int(program.pointee.sum_count) {
      table.pointee.merge(program, program.pointee.sums + sum)
    }
  }
}
