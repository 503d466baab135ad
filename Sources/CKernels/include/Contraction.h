#pragma once

/// The loops of matrix products and convolutions for one instruction set.
typedef struct tg_contraction_table {
  long vector_bytes;
  /// sum[i] += part[i] for i below count.
  void (*add_float32)(float *sum, const float *part, long count);
  void (*add_float64)(double *sum, const double *part, long count);
} tg_contraction_table;
