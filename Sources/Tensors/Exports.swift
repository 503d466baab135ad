@_exported import enum Kernels.DType
