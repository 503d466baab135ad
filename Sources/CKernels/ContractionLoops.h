// The loops of matrix products and convolutions, compiled once for each instruction set.
#include "Loops.h"

static void TG_NAME(add_float32)(float *restrict sum, const float *restrict part, long count) {
  for (long i = 0; i < count; i++) { sum[i] += part[i]; }
}

static void TG_NAME(add_float64)(double *restrict sum, const double *restrict part, long count) {
  for (long i = 0; i < count; i++) { sum[i] += part[i]; }
}

static const tg_contraction_table TG_NAME(tg_contraction) = {
    .vector_bytes = TG_VECTOR_BYTES,
    .add_float32 = TG_NAME(add_float32),
    .add_float64 = TG_NAME(add_float64),
};
