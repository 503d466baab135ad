// Two pointwise operations in one loop, where nothing else wants the first one's result: u = INNER(x, y),
// then OUTER(u, z). Each still rounds for itself, so the bits are those of two loops; what is saved is a
// store, a load and a call. Half of batch norm's arithmetic comes in such pairs.
#pragma once
#include "PointwiseLoops.h"

#define PAIR_LOOP(name, X, T, V, LANES, INNER, OUTER) \
  LOOP_SIGNATURE(name) { \
    T *d = d_; \
    const T *a = a_, *b = b_, *c = c_; \
    (void)e_; \
    int64_t i = 0; \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) { \
      V u = INNER(load##X(a + i), load##X(b + i)); \
      V z = load##X(c + i); \
      store##X(d + i, OUTER(X, u, z)); \
    } \
    if (i < n) { \
      V u = INNER(loadPart##X(a + i, n - i), loadPart##X(b + i, n - i)); \
      V z = loadPart##X(c + i, n - i); \
      storePart##X(d + i, OUTER(X, u, z), n - i); \
    } \
  }

#define INNER_ADD(x, y) ((x) + (y))
#define INNER_SUBTRACT(x, y) ((x) - (y))
#define INNER_MULTIPLY(x, y) ((x) * (y))
// The result on the left or on the right: which one decides a NaN's bits and a zero's sign.
#define OUTER_ADD(X, u, z) ((u) + (z))
#define OUTER_ADD_RIGHT(X, u, z) ((z) + (u))
#define OUTER_SUBTRACT(X, u, z) ((u) - (z))
#define OUTER_SUBTRACT_RIGHT(X, u, z) ((z) - (u))
#define OUTER_MULTIPLY(X, u, z) ((u) * (z))
#define OUTER_MULTIPLY_RIGHT(X, u, z) ((z) * (u))
#define MASK_F VI
#define MASK_D VL
#define OUTER_MAXIMUM(X, u, z) select##X((MASK_##X)((u) > (z)) | (MASK_##X)((u) != (u)), u, z)
#define OUTER_GREATER(X, u, z) truth##X((MASK_##X)((u) > (z)))

#define PAIRS_OF(name, X, T, V, LANES, INNER) \
  PAIR_LOOP(name##Add##X, X, T, V, LANES, INNER, OUTER_ADD) \
  PAIR_LOOP(name##AddRight##X, X, T, V, LANES, INNER, OUTER_ADD_RIGHT) \
  PAIR_LOOP(name##Subtract##X, X, T, V, LANES, INNER, OUTER_SUBTRACT) \
  PAIR_LOOP(name##SubtractRight##X, X, T, V, LANES, INNER, OUTER_SUBTRACT_RIGHT) \
  PAIR_LOOP(name##Multiply##X, X, T, V, LANES, INNER, OUTER_MULTIPLY) \
  PAIR_LOOP(name##MultiplyRight##X, X, T, V, LANES, INNER, OUTER_MULTIPLY_RIGHT) \
  PAIR_LOOP(name##Maximum##X, X, T, V, LANES, INNER, OUTER_MAXIMUM) \
  PAIR_LOOP(name##Greater##X, X, T, V, LANES, INNER, OUTER_GREATER)

// a > b ? c : e
#define GREATER_SELECT_LOOP(X, T, V, LANES) \
  LOOP_SIGNATURE(greaterSelect##X) { \
    T *d = d_; \
    const T *a = a_, *b = b_, *c = c_, *e = e_; \
    int64_t i = 0; \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) { \
      V y = load##X(c + i), z = load##X(e + i); \
      store##X(d + i, select##X((MASK_##X)(load##X(a + i) > load##X(b + i)), y, z)); \
    } \
    for (; i < n; i++) { d[i] = a[i] > b[i] ? c[i] : e[i]; } \
  }

// (a ? b : c) * e
#define SELECT_MULTIPLY_LOOP(X, T, V, LANES) \
  LOOP_SIGNATURE(selectMultiply##X) { \
    T *d = d_; \
    const T *a = a_, *b = b_, *c = c_, *e = e_; \
    int64_t i = 0; \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) { \
      V y = load##X(b + i), z = load##X(c + i); \
      store##X(d + i, \
               select##X((MASK_##X)(load##X(a + i) != 0), y, z) * load##X(e + i)); \
    } \
    for (; i < n; i++) { d[i] = (a[i] != 0 ? b[i] : c[i]) * e[i]; } \
  }

#define PAIR_LOOPS(X, T, V, LANES) \
  PAIRS_OF(add, X, T, V, LANES, INNER_ADD) \
  PAIRS_OF(subtract, X, T, V, LANES, INNER_SUBTRACT) \
  PAIRS_OF(multiply, X, T, V, LANES, INNER_MULTIPLY) \
  GREATER_SELECT_LOOP(X, T, V, LANES) \
  SELECT_MULTIPLY_LOOP(X, T, V, LANES)

PAIR_LOOPS(F, float, VF, FLOAT_LANES)
PAIR_LOOPS(D, double, VD, DOUBLE_LANES)

#define PAIR_ROW(name, X) \
  name##Add##X, name##AddRight##X, name##Subtract##X, name##SubtractRight##X, name##Multiply##X, \
      name##MultiplyRight##X, name##Maximum##X, name##Greater##X
#define PAIR_TABLE(X) \
  { \
    PAIR_ROW(add, X), PAIR_ROW(subtract, X), PAIR_ROW(multiply, X), greaterSelect##X, \
        selectMultiply##X \
  }

/// In the order of the pairs' codes from TG_PAIRS on.
static const operation_loop pairLoops[2][TG_PAIR_COUNT] = {PAIR_TABLE(F), PAIR_TABLE(D)};
