import CKernels
import Kernels
import Testing

struct ProcessorTests {
  @Test func `a set can be forced in a scope`() {
    let outside = Processor.instructionSet
    for set in Processor.available {
      Processor.withInstructionSet(set) {
        #expect(Processor.instructionSet == set)
        #expect(Processor.kernels.pointee.contraction.pointee.vector_bytes >= 16)
      }
    }
    #expect(Processor.instructionSet == outside)
  }
}
