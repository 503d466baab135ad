import TapeGrad

extension OperationCatalog {
  /// Matrix products: squares, tall and flat ones, transposed operands, a batch.
  static var products: [Operation] {
    [256, 512, 1024, 2048].map { product($0, $0, $0) }
      + [
        product(512, 512, 512, transposeA: true), product(512, 512, 512, transposeB: true),
        product(1024, 1024, 1024, transposeA: true), product(1024, 1024, 1024, transposeB: true),
        product(64, 64, 64), product(100, 100, 100),
        // Rows of a small batch, a few columns, a long sum.
        product(1, 2048, 2048), product(16, 2048, 2048), product(2048, 16, 2048),
        product(64, 400, 120), product(64, 4096, 4096), product(64, 64, 100_000),
        product(64, 64, 100_000, transposeA: true), product(32_768, 64, 64),
        product(32_768, 64, 64, transposeB: true), product(37, 1000, 513),
        batched(96, 64, 64, 64), batched(16, 196, 196, 64),
      ]
  }

  /// `[m, k]` by `[k, n]`.
  private static func product(
    _ m: Int, _ n: Int, _ k: Int, transposeA: Bool = false, transposeB: Bool = false
  ) -> Operation {
    let a = "\(m)x\(k)" + (transposeA ? " (transposed)" : "")
    let b = "\(k)x\(n)" + (transposeB ? " (transposed)" : "")
    return Operation("matmul: \(a) by \(b)", flops: 2 * m * n * k) {
      let left = normal(transposeA ? [k, m] : [m, k])
      let right = normal(transposeB ? [n, k] : [k, n])
      return {
        _ = matmul(left, right, transposeA: transposeA, transposeB: transposeB).evaluated()
      }
    }
  }

  private static func batched(_ count: Int, _ m: Int, _ n: Int, _ k: Int) -> Operation {
    Operation("matmul: \(count) of \(m)x\(k) by \(k)x\(n)", flops: 2 * count * m * n * k) {
      let (left, right) = (normal([count, m, k]), normal([count, k, n]))
      return { _ = matmul(left, right).evaluated() }
    }
  }
}
