// Sums of a pointwise program, in double and in an order of their own.
#pragma once
#include "Conversions.h"
#include "Vectors.h"

// lanes[j] += x[j] for a run shorter than one round of the lanes.
#define ADD_RUN(X, T) \
  static void addRun##X(double *restrict lanes, const T *restrict x, int64_t n) { \
    for (int64_t j = 0; j < n; j++) { lanes[j] += (double)x[j]; } \
  }
ADD_RUN(F, float)
ADD_RUN(D, double)

// lanes[j] += x[r * width + j] for every row r, in order. A few vectors of lanes stay in registers
// while the rows go by.
#define ADD_ROWS_OF(X, T, VECTORS) \
  for (; j + VECTORS * DOUBLE_LANES <= width; j += VECTORS * DOUBLE_LANES) { \
    VD sum[VECTORS]; \
    for (int v = 0; v < VECTORS; v++) { sum[v] = loadD(lanes + j + v * DOUBLE_LANES); } \
    const T *row = x + j; \
    for (int64_t r = 0; r < rows; r++, row += width) { \
      for (int v = 0; v < VECTORS; v++) { sum[v] += loadWide##X(row + v * DOUBLE_LANES); } \
    } \
    for (int v = 0; v < VECTORS; v++) { storeD(lanes + j + v * DOUBLE_LANES, sum[v]); } \
  }
#define ADD_ROWS(X, T) \
  static void addRows##X(double *restrict lanes, const T *restrict x, int64_t width, \
                         int64_t rows) { \
    int64_t j = 0; \
    ADD_ROWS_OF(X, T, 8) \
    ADD_ROWS_OF(X, T, 4) \
    ADD_ROWS_OF(X, T, 1) \
    for (; j < width; j++) { \
      double sum = lanes[j]; \
      for (int64_t r = 0; r < rows; r++) { sum += (double)x[r * width + j]; } \
      lanes[j] = sum; \
    } \
  }
ADD_ROWS(F, float)
ADD_ROWS(D, double)

// Leaves in lanes[i] the sum of lanes i, i + inner, i + 2 inner, ...: halves the lanes, which are
// inner times a power of two, until only inner are left.
TG_INLINE void foldLanes(double *lanes, int64_t inner, int64_t count) {
  for (int64_t half = count / 2; half >= inner; half /= 2) {
    const double *upper = lanes + half;
    int64_t i = 0;
    for (; i + DOUBLE_LANES <= half; i += DOUBLE_LANES) {
      storeD(lanes + i, loadD(lanes + i) + loadD(upper + i));
    }
    for (; i < half; i++) { lanes[i] += upper[i]; }
  }
}

// Rows that lie whole in a block, each summed in 32 lanes (or one, where rows are short) as the
// general case would: the same additions with less ado.
enum { rowLanes = 32 };
#define SUM_ROWS(X, T) \
  static void sumRows##X(T *to, const T *x, int64_t span, int64_t rows, int64_t width) { \
    for (int64_t r = 0; r < rows; r++, x += span) { \
      double lanes[rowLanes]; \
      int64_t i = 0; \
      if (width == 1) { \
        lanes[0] = 0; \
        for (; i < span; i++) { lanes[0] += (double)x[i]; } \
      } else { \
        VD sum[rowLanes / DOUBLE_LANES] = {{0}}; \
        for (; i + rowLanes <= span; i += rowLanes) { \
          for (int v = 0; v < rowLanes / DOUBLE_LANES; v++) { \
            sum[v] += loadWide##X(x + i + v * DOUBLE_LANES); \
          } \
        } \
        memcpy(lanes, sum, sizeof lanes); \
        addRun##X(lanes, x + i, span - i); \
        foldLanes(lanes, 1, rowLanes); \
      } \
      to[r] = (T)lanes[0]; \
    } \
  }
SUM_ROWS(F, float)
SUM_ROWS(D, double)

typedef struct {
  double *lanes;
  int64_t begin;     // where in the domain the run began
  int64_t position;  // the lane of the next element
} sum_state;

// Folds the lanes of the run that ends before `end` and hands the result on.
static void endRun(const tg_pointwise_program *program, const tg_sum *sum, sum_state *state,
                   int64_t chunk, int64_t end) {
  int64_t inner = sum->inner, begin = state->begin;
  int64_t segment = begin / sum->span;
  int64_t phase = begin % inner;
  int64_t chunkBegin = chunk * program->chunk_length;
  int64_t whole = begin == segment * sum->span && end == (segment + 1) * sum->span;
  double *lanes = state->lanes;
  foldLanes(lanes, inner, sum->lanes);
  if (whole) {
    // A whole run begins at a multiple of inner: its lanes are in the order of the result.
    char *to = sum->destination + segment * inner * dtypeWidths[sum->dtype];
    if (sum->dtype == 0 && inner == 1) {
      *(float *)to = (float)lanes[0];
    } else {
      storeConversions[1][sum->dtype](to, lanes, inner);
    }
  } else {
    double *partial = sum->partials + (2 * chunk + (begin > chunkBegin)) * inner;
    for (int64_t i = 0; i < inner; i++) { partial[i] = 0; }
    for (int64_t i = 0; i < inner && i < end - begin; i++) {
      int64_t c = phase + i;
      partial[c < inner ? c : c - inner] = lanes[i];
    }
  }
  memset(lanes, 0, (size_t)sum->lanes * sizeof(double));
  state->begin = end;
  state->position = 0;
}

static void addBlock(const tg_pointwise_program *program, const tg_sum *sum, sum_state *state,
                     int64_t chunk, const char *x, int64_t from, int64_t n) {
  int64_t width = sum->lanes, bytes = program->is_double ? 8 : 4;
  int64_t areRows = sum->inner == 1 && sum->dtype == program->is_double;
  while (n > 0) {
    if (areRows && state->begin == from && n >= sum->span && from % sum->span == 0) {
      int64_t rows = n / sum->span, first = from / sum->span;
      if (program->is_double) {
        sumRowsD((double *)sum->destination + first, (const double *)x, sum->span, rows, width);
      } else {
        sumRowsF((float *)sum->destination + first, (const float *)x, sum->span, rows, width);
      }
      from += rows * sum->span, n -= rows * sum->span, x += rows * sum->span * bytes;
      state->begin = from;
      continue;
    }
    int64_t segmentEnd = (state->begin / sum->span + 1) * sum->span;
    int64_t left = segmentEnd - from < n ? segmentEnd - from : n;
    from += left;
    n -= left;
    if (state->position > 0) {
      int64_t m = width - state->position < left ? width - state->position : left;
      double *lanes = state->lanes + state->position;
      program->is_double ? addRunD(lanes, (const double *)x, m)
                         : addRunF(lanes, (const float *)x, m);
      state->position = state->position + m == width ? 0 : state->position + m;
      x += m * bytes;
      left -= m;
    }
    int64_t rows = left / width, rest = left % width;
    if (program->is_double) {
      addRowsD(state->lanes, (const double *)x, width, rows);
      addRunD(state->lanes, (const double *)x + rows * width, rest);
    } else {
      addRowsF(state->lanes, (const float *)x, width, rows);
      addRunF(state->lanes, (const float *)x + rows * width, rest);
    }
    if (rest > 0) { state->position = rest; }
    x += left * bytes;
    if (from == segmentEnd) { endRun(program, sum, state, chunk, from); }
  }
}

static void TG_NAME(merge)(const tg_pointwise_program *program, const tg_sum *sum) {
  int64_t inner = sum->inner, span = sum->span, length = program->chunk_length;
  int64_t chunks = (program->count + length - 1) / length;
  double *running = NULL;
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
    int64_t begin = chunk * length;
    int64_t end = begin + length < program->count ? begin + length : program->count;
    double *first = sum->partials + 2 * chunk * inner;
    int64_t segmentEnd = (begin / span + 1) * span;
    if (begin % span != 0) {
      for (int64_t i = 0; i < inner; i++) { running[i] += first[i]; }
    } else if (segmentEnd > end) {
      running = first;
    }
    if (begin % span != 0 && segmentEnd <= end) {
      char *to = sum->destination + (begin / span) * inner * dtypeWidths[sum->dtype];
      storeConversions[1][sum->dtype](to, running, inner);
    }
    // The last run, where it is cut and is not also the first.
    int64_t lastBegin = (end - 1) / span * span;
    if (lastBegin > begin && end % span != 0) { running = first + inner; }
  }
}

// The sum over `rows` rows, `width` elements apart, of columns from..to. `x` has the precision.
static void TG_NAME(add_columns)(int32_t isDouble, const void *x, int64_t width, int64_t rows,
                                 int64_t from, int64_t to, void *sum, int32_t dtype) {
  double lanes[512];
  for (int64_t c = from; c < to; c += 512) {
    int64_t n = to - c < 512 ? to - c : 512;
    memset(lanes, 0, sizeof lanes);
    for (int64_t r = 0; r < rows; r++) {
      if (isDouble) {
        addRowsD(lanes, (const double *)x + r * width + c, n, 1);
      } else {
        addRowsF(lanes, (const float *)x + r * width + c, n, 1);
      }
    }
    storeConversions[1][dtype]((char *)sum + c * dtypeWidths[dtype], lanes, n);
  }
}
