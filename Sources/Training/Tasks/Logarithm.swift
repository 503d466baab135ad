#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `log` of libm: beside `Operations.log`, the bare name would be ambiguous.
func naturalLogarithm(_ x: Double) -> Double {
  #if canImport(Glibc)
    Glibc.log(x)
  #else
    Darwin.log(x)
  #endif
}
