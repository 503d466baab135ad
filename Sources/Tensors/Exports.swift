@_exported import enum Kernels.DType
@_exported import struct Kernels.Environment
@_exported import enum Kernels.Failure
