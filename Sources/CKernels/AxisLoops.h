// Sparse maps and extrema along an axis, and adding planes. Included for each precision.
#include "Vectors.h"

// MARK: - Sparse maps along an axis

#undef AXIS_MAP_OF
#define AXIS_MAP_OF(VECTORS) \
  for (; i + VECTORS * LANES <= inner; i += VECTORS * LANES) { \
    VECTOR sum[VECTORS]; \
    for (int v = 0; v < VECTORS; v++) { sum[v] = OF(splat)(0); } \
    for (int64_t k = begin; k < end; k++) { \
      const REAL *source = x + indices[k] * inner + i; \
      VECTOR weight = OF(splat)((REAL)weights[k]); \
      for (int v = 0; v < VECTORS; v++) { \
        sum[v] = FMA(weight, OF(load)(source + v * LANES), sum[v]); \
      } \
    } \
    for (int v = 0; v < VECTORS; v++) { OF(store)(y + i + v * LANES, sum[v]); } \
  }

static void OF(axisMap)(const void *x_, int64_t rows, int64_t inner, const int64_t *offsets,
                       const int64_t *indices, const double *weights, void *y_) {
  const REAL *x = x_;
  REAL *y = y_;
  for (int64_t r = 0; r < rows; r++, y += inner) {
    int64_t begin = offsets[r], end = offsets[r + 1];
    if (end == begin + 1 && weights[begin] == 1) {
      const REAL *source = x + indices[begin] * inner;
      if (inner >= LANES) {
        memcpy(y, source, (size_t)inner * sizeof(REAL));
      } else {
        for (int64_t i = 0; i < inner; i++) { y[i] = source[i]; }
      }
      continue;
    }
    int64_t i = 0;
    AXIS_MAP_OF(4)
    AXIS_MAP_OF(1)
    for (; i < inner; i++) {
      REAL sum = 0;
      for (int64_t k = begin; k < end; k++) {
        sum += (REAL)weights[k] * x[indices[k] * inner + i];
      }
      y[i] = sum;
    }
  }
}

// MARK: - Extrema

// Along the middle with the inner elements in the vectors; a NaN beats all, the first wins.
static void OF(extremumOfPlane)(const REAL *x, int64_t middle, int64_t inner, int64_t from,
                                int64_t to, REAL factor, REAL *y, int32_t *positions) {
  int64_t i = from;
  for (; i + LANES <= to; i += LANES) {
    VECTOR best = OF(load)(x + i) * factor;
    INTEGERS place = {0};
    for (int64_t m = 1; m < middle; m++) {
      VECTOR v = OF(load)(x + m * inner + i) * factor;
      INTEGERS wins = (INTEGERS)(v > best) | ((INTEGERS)(v != v) & (INTEGERS)(best == best));
      best = OF(select)(wins, v, best);
      place = (wins & (INTEGER)m) | (~wins & place);
    }
    if (y != NULL) { OF(store)(y + i, best * factor); }
    if (positions != NULL) {
      for (int l = 0; l < LANES; l++) { positions[i + l] = (int32_t)place[l]; }
    }
  }
  for (; i < to; i++) {
    REAL best = x[i] * factor;
    int64_t place = 0, m = 1;
    if (inner == 1 && middle >= 4 * LANES) {
      // Along the row: each lane keeps its own best, the lanes are compared at the end.
      VECTOR lanes = OF(load)(x) * factor;
      INTEGERS places = {0}, now;
      for (int l = 0; l < LANES; l++) { places[l] = l; }
      now = places;
      for (m = LANES; m + LANES <= middle; m += LANES) {
        now += LANES;
        VECTOR v = OF(load)(x + m) * factor;
        INTEGERS wins = (INTEGERS)(v > lanes) | ((INTEGERS)(v != v) & (INTEGERS)(lanes == lanes));
        lanes = OF(select)(wins, v, lanes);
        places = (wins & now) | (~wins & places);
      }
      best = lanes[0];
      place = places[0];
      for (int l = 1; l < LANES; l++) {
        int isNaN = lanes[l] != lanes[l], had = best != best, isFirst = places[l] < place;
        if (isNaN ? (!had || isFirst)
                  : !had && (lanes[l] > best || (lanes[l] == best && isFirst))) {
          best = lanes[l];
          place = places[l];
        }
      }
    }
    for (; m < middle; m++) {
      REAL v = x[m * inner + i] * factor;
      if (v > best || (v != v && best == best)) {
        best = v;
        place = m;
      }
    }
    if (y != NULL) { y[i] = best * factor; }
    if (positions != NULL) { positions[i] = (int32_t)place; }
  }
}

// The same for LANES short rows at once, one in each lane, so that no branch depends on values.
static void OF(extremumOfShortRows)(const REAL *x, int64_t middle, REAL factor, REAL *y,
                                    int32_t *positions) {
  VECTOR best = {0};
  INTEGERS place = {0};
  for (int64_t m = 0; m < middle; m++) {
    REAL column[LANES];
    for (int l = 0; l < LANES; l++) { column[l] = x[l * middle + m]; }
    VECTOR v = OF(load)(column) * factor;
    INTEGERS wins = (INTEGERS)(v > best) | ((INTEGERS)(v != v) & (INTEGERS)(best == best));
    if (m == 0) { wins = ~(INTEGERS){0}; }
    best = OF(select)(wins, v, best);
    place = (wins & (INTEGER)m) | (~wins & place);
  }
  if (y != NULL) { OF(store)(y, best * factor); }
  if (positions != NULL) {
    for (int l = 0; l < LANES; l++) { positions[l] = (int32_t)place[l]; }
  }
}

static void OF(extremum)(const void *x, int64_t outer, int64_t middle, int64_t inner, int64_t from,
                         int64_t to, int32_t sign, void *y, int32_t *positions) {
  int64_t o = 0;
  if (inner == 1 && middle < 4 * LANES) {
    for (; o + LANES <= outer; o += LANES) {
      OF(extremumOfShortRows)((const REAL *)x + o * middle, middle, (REAL)sign,
                              y == NULL ? NULL : (REAL *)y + o,
                              positions == NULL ? NULL : positions + o);
    }
  }
  for (; o < outer; o++) {
    OF(extremumOfPlane)((const REAL *)x + o * middle * inner, middle, inner, from, to, (REAL)sign,
                        y == NULL ? NULL : (REAL *)y + o * inner,
                        positions == NULL ? NULL : positions + o * inner);
  }
}

// MARK: - Planes

static void OF(addPlane)(int64_t rows, int64_t columns, const void *from_, int64_t from_row,
                        int64_t from_column, void *to_, int64_t to_row, int64_t to_column) {
  for (int64_t r = 0; r < rows; r++) {
    const REAL *from = (const REAL *)from_ + r * from_row;
    REAL *to = (REAL *)to_ + r * to_row;
    int64_t c = 0;
    if (from_column == 1 && to_column == 1) {
      for (; c + LANES <= columns; c += LANES) {
        OF(store)(to + c, OF(load)(to + c) + OF(load)(from + c));
      }
    }
    for (; c < columns; c++) { to[c * to_column] += from[c * from_column]; }
  }
}
