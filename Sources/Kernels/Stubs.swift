// Kernels that another change brings within the hour; delete each when it arrives.
package func fillUniform(_ dtype: DType, key: UInt64, counter: UInt64, count: Int, into: UnsafeMutableRawPointer) {}
package func fillNormal(_ dtype: DType, key: UInt64, counter: UInt64, count: Int, into: UnsafeMutableRawPointer) {}
package func fillBernoulli(probability: Double, key: UInt64, counter: UInt64, count: Int, into: UnsafeMutableRawPointer) {}
