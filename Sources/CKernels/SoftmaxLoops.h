// Cross entropy of rows of logits and its gradient, a row in the first-level cache at a time.
// Included for each precision.

// Precision by precision: there is no vector exponential in float64.
#ifndef TG_SOFTMAX_FUNCTIONS
#define TG_SOFTMAX_FUNCTIONS
TG_INLINE VF softmaxExpF(VF x) { return expF(x); }
TG_INLINE float softmaxLogF(float x) { return logF(splatF(x))[0]; }
TG_INLINE VD softmaxExpD(VD x) {
  for (int64_t i = 0; i < DOUBLE_LANES; i++) { x[i] = exp(x[i]); }
  return x;
}
TG_INLINE double softmaxLogD(double x) { return log(x); }

// The lanes from `count` on replaced by minus infinity, which adds nothing.
TG_INLINE VF selectFirstF(VF x, int64_t count) {
  VI lane;
  for (int32_t i = 0; i < FLOAT_LANES; i++) { lane[i] = i; }
  return selectF((VI)(lane < (int32_t)count), x, splatF(-INFINITY));
}
TG_INLINE VD selectFirstD(VD x, int64_t count) {
  VL lane;
  for (int64_t i = 0; i < DOUBLE_LANES; i++) { lane[i] = i; }
  return selectD((VL)(lane < count), x, splatD(-INFINITY));
}
#endif

TG_INLINE VECTOR OF(rowPart)(const REAL *x, int64_t left) {
  if (left >= LANES) { return OF(load)(x); }
  return OF(selectFirst)(OF(loadPart)(x, left), left);
}

// What is taken out of a row's logits: the largest, unless it is not finite.
TG_INLINE REAL OF(rowShift)(const REAL *x, int64_t columns) {
  VECTOR largest = OF(splat)(-INFINITY);
  INTEGERS isNaN = {0};
  for (int64_t j = 0; j < columns; j += LANES) {
    VECTOR v = OF(rowPart)(x + j, columns - j);
    isNaN |= (INTEGERS)(v != v);
    largest = OF(select)((INTEGERS)(v > largest), v, largest);
  }
  REAL most = __builtin_reduce_max(largest);
  return __builtin_reduce_or(isNaN) || most - most != 0 ? 0 : most;
}

// The sum of exp(x - shift), which are kept in `terms` unless that is null. Each lane is summed on its
// own in double, in the order of the columns.
TG_INLINE double OF(rowSum)(const REAL *x, int64_t columns, REAL shift, REAL *terms) {
  VD sums = splatD(0);
  for (int64_t j = 0; j < columns; j += LANES) {
    int64_t n = columns - j < LANES ? columns - j : LANES;
    VECTOR v = OF(softmaxExp)(OF(rowPart)(x + j, n) - shift);
    if (terms != NULL) { memcpy(terms + j, &v, (size_t)n * sizeof(REAL)); }
    for (int64_t k = 0; k < LANES; k += DOUBLE_LANES) {
      sums += OF(loadWide)((const REAL *)&v + k);
    }
  }
  double sum = 0;
  for (int64_t k = 0; k < DOUBLE_LANES; k++) { sum += sums[k]; }
  return sum;
}

static void OF(crossEntropy)(
    const void *x_, int64_t columns, const int64_t *labels, int64_t from, int64_t to, void *y_) {
  for (int64_t r = from; r < to; r++) {
    const REAL *x = (const REAL *)x_ + r * columns;
    REAL shift = OF(rowShift)(x, columns);
    double sum = OF(rowSum)(x, columns, shift, NULL);
    ((REAL *)y_)[r] = OF(softmaxLog)((REAL)sum) - (x[labels[r]] - shift);
  }
}

static void OF(crossEntropyGradient)(
    const void *x_, int64_t columns, const int64_t *labels, const void *dy_, int64_t from,
    int64_t to, void *dx_) {
  for (int64_t r = from; r < to; r++) {
    REAL *dx = (REAL *)dx_ + r * columns;
    const REAL *x = (const REAL *)x_ + r * columns;
    double sum = OF(rowSum)(x, columns, OF(rowShift)(x, columns), dx);
    REAL dy = ((const REAL *)dy_)[r];
    REAL share = (REAL)(1 / sum);
    REAL own = (dx[labels[r]] * share - 1) * dy;
    for (int64_t j = 0; j < columns; j++) { dx[j] = dx[j] * share * dy; }
    dx[labels[r]] = own;
  }
}
