// Kernels that another change brings within the hour; delete each when it arrives.

package func moments(_ dtype: DType, _ x: UnsafeRawPointer, rows: Int, channels: Int, into: UnsafeMutableRawPointer) {}
package struct WindowGeometry: Sendable, Hashable {
  package var batch, inputHeight, inputWidth, channels, outputHeight, outputWidth, windowHeight, windowWidth, strideHeight, strideWidth, paddingTop, paddingLeft, dilationHeight, dilationWidth: Int
  package init(batch: Int, inputHeight: Int, inputWidth: Int, channels: Int, outputHeight: Int, outputWidth: Int, windowHeight: Int, windowWidth: Int, strideHeight: Int, strideWidth: Int, paddingTop: Int, paddingLeft: Int, dilationHeight: Int, dilationWidth: Int) { fatalError() }
}
package func maxPool(_ dtype: DType, _ g: WindowGeometry, _ x: UnsafeRawPointer, into: UnsafeMutableRawPointer, positions: UnsafeMutableRawPointer) {}
package func placeInWindows(_ dtype: DType, _ g: WindowGeometry, _ x: UnsafeRawPointer, positions: UnsafeRawPointer, into: UnsafeMutableRawPointer) {}
package func pickFromWindows(_ dtype: DType, _ g: WindowGeometry, _ x: UnsafeRawPointer, positions: UnsafeRawPointer, into: UnsafeMutableRawPointer) {}
package struct SparseRows: Sendable, Hashable {
  package var inputLength: Int, offsets: [Int], indices: [Int], weights: [Double]
  package init(inputLength: Int, offsets: [Int], indices: [Int], weights: [Double]) { self.inputLength = inputLength; self.offsets = offsets; self.indices = indices; self.weights = weights }
  package var transposed: SparseRows { self }
}
package func axisMap(_ dtype: DType, _ x: UnsafeRawPointer, outer: Int, inner: Int, map: SparseRows, into: UnsafeMutableRawPointer) {}
package func copyRegion(byteWidth: Int, sizes: [Int], from: UnsafeRawPointer, sourceStrides: [Int], to: UnsafeMutableRawPointer, destinationStrides: [Int]) {}
package func convert(_ count: Int, from: UnsafeRawPointer, _ a: DType, to: UnsafeMutableRawPointer, _ b: DType) {
  var p = PointwiseProgram(count: count, precision: .float64)
  let r = p.stream(from, dtype: a, inner: count, span: count)
  p.store(r, to: to, dtype: b)
  p.run()
}
package func gatherAlongAxis(byteWidth: Int, _ t: UnsafeRawPointer, outer: Int, length: Int, inner: Int, indices: UnsafeRawPointer, indexDType: DType, indexCount: Int, into: UnsafeMutableRawPointer) -> Int? { nil }
package func scatterAddAlongAxis(_ dtype: DType, _ t: UnsafeRawPointer, outer: Int, length: Int, inner: Int, indices: UnsafeRawPointer, indexDType: DType, indexCount: Int, into: UnsafeMutableRawPointer) -> Int? { nil }
package func pickPerRow(byteWidth: Int, _ t: UnsafeRawPointer, rows: Int, columns: Int, indices: UnsafeRawPointer, indexDType: DType, into: UnsafeMutableRawPointer) -> Int? { nil }
package func placePerRow(byteWidth: Int, _ t: UnsafeRawPointer, rows: Int, columns: Int, indices: UnsafeRawPointer, indexDType: DType, into: UnsafeMutableRawPointer) -> Int? { nil }
package enum Extremum { case maximum, minimum }
package func reduceExtremum(_ dtype: DType, _ e: Extremum, _ x: UnsafeRawPointer, outer: Int, middle: Int, inner: Int, into: UnsafeMutableRawPointer) {}
package func argExtremum(_ dtype: DType, _ e: Extremum, _ x: UnsafeRawPointer, outer: Int, middle: Int, inner: Int, into: UnsafeMutableRawPointer) {}
package func fillUniform(_ dtype: DType, key: UInt64, counter: UInt64, count: Int, into: UnsafeMutableRawPointer) {}
package func fillNormal(_ dtype: DType, key: UInt64, counter: UInt64, count: Int, into: UnsafeMutableRawPointer) {}
package func fillBernoulli(probability: Double, key: UInt64, counter: UInt64, count: Int, into: UnsafeMutableRawPointer) {}
