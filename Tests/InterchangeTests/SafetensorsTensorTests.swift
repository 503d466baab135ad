import Foundation
import Interchange
import Tensors
import TestSupport
import Testing

@Suite("Tensors in safetensors files")
struct SafetensorsTensorTests {
  @Test func everyTypeIsReadBackBitForBit() throws {
    let folder = try TemporaryFolder()
    var tensors: [String: Tensor] = [
      "scalar": Tensor(2.5), "empty": Tensor.zeros([0, 3]),
      "nan": Tensor([.nan, -.infinity, -0.0] as [Float]),
      "deferred": Tensor([1, 2, 3] as [Float]).evaluated(),
    ]
    for dtype in DType.allCases {
      tensors["stage.\(dtype).weight"] = Tensor([0, 1, 1, 0, 1, 0], shape: [3, 2], dtype: dtype)
    }
    let path = folder.file("x.safetensors")
    try SafetensorsFile.write(tensors, metadata: ["epoch": "3"], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["epoch": "3"])
    let back = try file.tensors()
    #expect(back.count == tensors.count)
    for (name, tensor) in tensors {
      let read = try #require(back[name])
      #expect(read.hasSameBits(as: tensor), "\(name)")
      #expect(try file.tensor(name).dtype == tensor.dtype)
    }
    let first = try folder.read("x.safetensors")
    try SafetensorsFile.write(tensors, metadata: ["epoch": "3"], to: path)
    #expect(try folder.read("x.safetensors") == first)
    expectError(.missing, containing: "'absent'") { _ = try file.tensor("absent") }
  }

  @Test func aPartOfALargerTensorIsWrittenAlone() throws {
    let folder = try TemporaryFolder()
    let whole = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    let part = Tensor(whole.storage.slice(from: 2, count: 2), shape: [1, 2])
    try SafetensorsFile.write(["part": part], to: folder.file("x"))
    #expect(
      try SafetensorsFile(path: folder.file("x")).tensor("part").scalars() == [3, 4] as [Float])
  }

  @Test func shapesThatTensorsDoNotHaveAreReported() throws {
    let header = #"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#
    let file = try SafetensorsFile(
      bytes: [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [7])
    expectError(.unsupported, containing: "8 axes") { _ = try file.tensor("a") }
  }
}
