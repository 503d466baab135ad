// Means and squared deviations of columns, in double. Included for each precision.
#include "Vectors.h"

// Columns taken at a time.
#define MOMENT_LANES 1024

// Sums of (x - shift) and its square for every column of the rows, added to what is there. Columns
// are taken a few vectors at a time, so that their sums stay in registers.
#undef ADD_MOMENTS_OF
#define ADD_MOMENTS_OF(VECTORS) \
  for (; j + VECTORS * DOUBLE_LANES <= width; j += VECTORS * DOUBLE_LANES) { \
    VD sum[VECTORS], square[VECTORS], base[VECTORS]; \
    for (int v = 0; v < VECTORS; v++) { \
      sum[v] = loadD(sums + j + v * DOUBLE_LANES); \
      square[v] = loadD(squares + j + v * DOUBLE_LANES); \
      base[v] = loadD(shift + j + v * DOUBLE_LANES); \
    } \
    const REAL *row = x + j; \
    for (int64_t r = 0; r < rows; r++, row += stride) { \
      for (int v = 0; v < VECTORS; v++) { \
        VD d = OF(loadWide)(row + v * DOUBLE_LANES) - base[v]; \
        sum[v] += d; \
        square[v] = FMA(d, d, square[v]); \
      } \
    } \
    for (int v = 0; v < VECTORS; v++) { \
      storeD(sums + j + v * DOUBLE_LANES, sum[v]); \
      storeD(squares + j + v * DOUBLE_LANES, square[v]); \
    } \
  }

static void OF(addMoments)(const REAL *x, int64_t rows, int64_t stride, int64_t width,
                          const double *restrict shift, double *restrict sums,
                          double *restrict squares) {
  int64_t j = 0;
  ADD_MOMENTS_OF(8)
  ADD_MOMENTS_OF(4)
  ADD_MOMENTS_OF(1)
  for (; j < width; j++) {
    for (int64_t r = 0; r < rows; r++) {
      double d = (double)x[r * stride + j] - shift[j];
      sums[j] += d;
      squares[j] += d * d;
    }
  }
}

// At most MOMENT_LANES columns. The shift is the first row.
static void OF(momentsOfColumns)(const REAL *x, int64_t rows, int64_t stride, int64_t width,
                                double *mean, double *deviations) {
  double shift[MOMENT_LANES], sums[MOMENT_LANES], squares[MOMENT_LANES];
  // Narrow rows are laid side by side, to fill several vectors.
  int64_t copies = width != stride || rows < 64 || width >= 64 ? 1 : width < 16 ? 32 : 4;
  int64_t lanes = copies * width;
  for (int64_t j = 0; j < lanes; j++) {
    shift[j] = (double)x[j % width];
    sums[j] = squares[j] = 0;
  }
  int64_t whole = rows / copies, wide = copies > 1 ? lanes : stride;
  // Rows that fit the first-level cache, so that each is fetched from memory once.
  int64_t step = 4096 / lanes > 4 ? 4096 / lanes : 4;
  for (int64_t r = 0; r < whole; r += step) {
    int64_t n = whole - r < step ? whole - r : step;
    OF(addMoments)(x + r * wide, n, wide, lanes, shift, sums, squares);
  }
  OF(addMoments)(x + whole * wide, rows - whole * copies, stride, width, shift, sums, squares);
  for (int64_t j = width; j < lanes; j += width) {
    for (int64_t c = 0; c < width; c++) {
      sums[c] += sums[j + c];
      squares[c] += squares[j + c];
    }
  }
  for (int64_t c = 0; c < width; c++) {
    double average = sums[c] / (double)rows;
    double rest = squares[c] - average * sums[c];
    mean[c] = shift[c] + average;
    deviations[c] = rest < 0 ? 0 : rest;
  }
}

static void OF(moments)(const void *x_, int64_t rows, int64_t stride, int64_t width,
                       double *mean, double *deviations) {
  const REAL *x = x_;
  for (int64_t c = 0; c < width; c += MOMENT_LANES) {
    int64_t n = width - c < MOMENT_LANES ? width - c : MOMENT_LANES;
    OF(momentsOfColumns)(x + c, rows, stride, n, mean + c, deviations + c);
  }
}
