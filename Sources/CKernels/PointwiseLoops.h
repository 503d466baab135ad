// One loop over a block for each pointwise operation, in both precisions. A destination may be one
// of its own sources: element i is read before it is written.
#pragma once
#include "FloatFunctions.h"

typedef void (*operation_loop)(void *d, const void *a, const void *b, const void *c,
                               const void *e, int64_t n);

#define LOOP_SIGNATURE(name) \
  static void name(void *d_, const void *a_, const void *b_, const void *c_, const void *e_, \
                   int64_t n)

#define UNARY_LOOP(name, T, V, X, LANES, EXPRESSION) \
  LOOP_SIGNATURE(name) { \
    T *d = d_; \
    const T *a = a_; \
    (void)b_, (void)c_, (void)e_; \
    int64_t i = 0; \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) { \
      V x = load##X(a + i); \
      store##X(d + i, EXPRESSION); \
    } \
    if (i < n) { \
      V x = loadPart##X(a + i, n - i); \
      storePart##X(d + i, EXPRESSION, n - i); \
    } \
  }

#define BINARY_LOOP(name, T, V, X, LANES, EXPRESSION) \
  LOOP_SIGNATURE(name) { \
    T *d = d_; \
    const T *a = a_, *b = b_; \
    (void)c_, (void)e_; \
    int64_t i = 0; \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) { \
      V x = load##X(a + i), y = load##X(b + i); \
      store##X(d + i, EXPRESSION); \
    } \
    if (i < n) { \
      V x = loadPart##X(a + i, n - i), y = loadPart##X(b + i, n - i); \
      storePart##X(d + i, EXPRESSION, n - i); \
    } \
  }

#define SCALAR_UNARY_LOOP(name, T, EXPRESSION) \
  LOOP_SIGNATURE(name) { \
    T *d = d_; \
    const T *a = a_; \
    (void)b_, (void)c_, (void)e_; \
    for (int64_t i = 0; i < n; i++) { \
      T x = a[i]; \
      d[i] = EXPRESSION; \
    } \
  }

#define SCALAR_BINARY_LOOP(name, T, EXPRESSION) \
  LOOP_SIGNATURE(name) { \
    T *d = d_; \
    const T *a = a_, *b = b_; \
    (void)c_, (void)e_; \
    for (int64_t i = 0; i < n; i++) { \
      T x = a[i], y = b[i]; \
      d[i] = EXPRESSION; \
    } \
  }

// Expressions of x and y that read the same in both precisions. I is the vector of integers of the
// lanes' width, `one` and `zero` constants, X the suffix of the helpers.
#define ARITHMETIC_LOOPS(T, V, I, X, LANES) \
  UNARY_LOOP(negate##X, T, V, X, LANES, -x) \
  UNARY_LOOP(absolute##X, T, V, X, LANES, abs##X(x)) \
  UNARY_LOOP(sqrt##X##Loop, T, V, X, LANES, __builtin_elementwise_sqrt(x)) \
  UNARY_LOOP(rsqrt##X, T, V, X, LANES, splat##X(1) / __builtin_elementwise_sqrt(x)) \
  UNARY_LOOP(floor##X, T, V, X, LANES, __builtin_elementwise_floor(x)) \
  UNARY_LOOP(ceil##X, T, V, X, LANES, __builtin_elementwise_ceil(x)) \
  UNARY_LOOP(round##X, T, V, X, LANES, __builtin_elementwise_rint(x)) \
  /* Zeros and NaN stay what they are. */ \
  UNARY_LOOP( \
      sign##X, T, V, X, LANES, \
      select##X((I)(x > 0), splat##X(1), select##X((I)(x < 0), splat##X(-1), x))) \
  UNARY_LOOP(reciprocal##X, T, V, X, LANES, splat##X(1) / x) \
  UNARY_LOOP(logicalNot##X, T, V, X, LANES, truth##X((I)(x == 0))) \
  UNARY_LOOP(isFinite##X, T, V, X, LANES, truth##X((I)(abs##X(x) < INFINITY))) \
  UNARY_LOOP(isNaN##X, T, V, X, LANES, truth##X((I)(x != x))) \
  BINARY_LOOP(add##X, T, V, X, LANES, x + y) \
  BINARY_LOOP(subtract##X, T, V, X, LANES, x - y) \
  BINARY_LOOP(multiply##X, T, V, X, LANES, x * y) \
  BINARY_LOOP(divide##X, T, V, X, LANES, x / y) \
  /* A NaN on either side is the result. */ \
  BINARY_LOOP(minimum##X, T, V, X, LANES, select##X((I)(x < y) | (I)(x != x), x, y)) \
  BINARY_LOOP(maximum##X, T, V, X, LANES, select##X((I)(x > y) | (I)(x != x), x, y)) \
  BINARY_LOOP(equal##X, T, V, X, LANES, truth##X((I)(x == y))) \
  BINARY_LOOP(notEqual##X, T, V, X, LANES, truth##X((I)(x != y))) \
  BINARY_LOOP(less##X, T, V, X, LANES, truth##X((I)(x < y))) \
  BINARY_LOOP(lessEqual##X, T, V, X, LANES, truth##X((I)(x <= y))) \
  BINARY_LOOP(greater##X, T, V, X, LANES, truth##X((I)(x > y))) \
  BINARY_LOOP(greaterEqual##X, T, V, X, LANES, truth##X((I)(x >= y))) \
  BINARY_LOOP(logicalAnd##X, T, V, X, LANES, truth##X((I)(x != 0) & (I)(y != 0))) \
  BINARY_LOOP(logicalOr##X, T, V, X, LANES, truth##X((I)(x != 0) | (I)(y != 0))) \
  LOOP_SIGNATURE(select##X##Loop) { \
    T *d = d_; \
    const T *a = a_, *b = b_, *c = c_; \
    (void)e_; \
    int64_t i = 0; \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) { \
      V y = load##X(b + i), z = load##X(c + i); \
      store##X(d + i, select##X((I)(load##X(a + i) != 0), y, z)); \
    } \
    for (; i < n; i++) { d[i] = a[i] != 0 ? b[i] : c[i]; } \
  }

TG_INLINE VF truthF(VI mask) { return (VF)(mask & (VI)splatF(1)); }
TG_INLINE VD truthD(VL mask) { return (VD)(mask & (VL)splatD(1)); }

ARITHMETIC_LOOPS(float, VF, VI, F, FLOAT_LANES)
ARITHMETIC_LOOPS(double, VD, VL, D, DOUBLE_LANES)

#define FLOAT_UNARY(name, EXPRESSION) UNARY_LOOP(name, float, VF, F, FLOAT_LANES, EXPRESSION)
FLOAT_UNARY(expLoopF, expF(x))
FLOAT_UNARY(logLoopF, logF(x))
FLOAT_UNARY(tanhLoopF, tanhF(x))
FLOAT_UNARY(sigmoidLoopF, sigmoidF(x))
FLOAT_UNARY(erfLoopF, erfF(x))
FLOAT_UNARY(log1pLoopF, log1pF(x))
FLOAT_UNARY(expm1LoopF, expm1F(x))
FLOAT_UNARY(sinLoopF, trigonometricF(x, wantSine))
FLOAT_UNARY(cosLoopF, trigonometricF(x, wantCosine))
FLOAT_UNARY(tanLoopF, trigonometricF(x, wantTangent))
SCALAR_UNARY_LOOP(asinLoopF, float, asinf(x))
SCALAR_UNARY_LOOP(acosLoopF, float, acosf(x))
SCALAR_UNARY_LOOP(atanLoopF, float, atanf(x))
SCALAR_UNARY_LOOP(sinhLoopF, float, sinhf(x))
SCALAR_UNARY_LOOP(coshLoopF, float, coshf(x))
SCALAR_UNARY_LOOP(asinhLoopF, float, asinhf(x))
SCALAR_UNARY_LOOP(acoshLoopF, float, acoshf(x))
SCALAR_UNARY_LOOP(atanhLoopF, float, atanhf(x))
// Squares are so common that they are worth a branch.
SCALAR_BINARY_LOOP(powerLoopF, float, y == 2 ? x * x : powf(x, y))
SCALAR_BINARY_LOOP(remainderLoopF, float, fmodf(x, y))
SCALAR_BINARY_LOOP(atan2LoopF, float, atan2f(x, y))

static inline double sigmoidScalar(double x) {
  double e = exp(-fabs(x));
  return (x < 0 ? e : 1.0) / (1.0 + e);
}

SCALAR_UNARY_LOOP(expLoopD, double, exp(x))
SCALAR_UNARY_LOOP(logLoopD, double, log(x))
SCALAR_UNARY_LOOP(tanhLoopD, double, tanh(x))
SCALAR_UNARY_LOOP(sigmoidLoopD, double, sigmoidScalar(x))
SCALAR_UNARY_LOOP(erfLoopD, double, erf(x))
SCALAR_UNARY_LOOP(log1pLoopD, double, log1p(x))
SCALAR_UNARY_LOOP(expm1LoopD, double, expm1(x))
SCALAR_UNARY_LOOP(sinLoopD, double, sin(x))
SCALAR_UNARY_LOOP(cosLoopD, double, cos(x))
SCALAR_UNARY_LOOP(tanLoopD, double, tan(x))
SCALAR_UNARY_LOOP(asinLoopD, double, asin(x))
SCALAR_UNARY_LOOP(acosLoopD, double, acos(x))
SCALAR_UNARY_LOOP(atanLoopD, double, atan(x))
SCALAR_UNARY_LOOP(sinhLoopD, double, sinh(x))
SCALAR_UNARY_LOOP(coshLoopD, double, cosh(x))
SCALAR_UNARY_LOOP(asinhLoopD, double, asinh(x))
SCALAR_UNARY_LOOP(acoshLoopD, double, acosh(x))
SCALAR_UNARY_LOOP(atanhLoopD, double, atanh(x))
SCALAR_BINARY_LOOP(powerLoopD, double, y == 2 ? x * x : pow(x, y))
SCALAR_BINARY_LOOP(remainderLoopD, double, fmod(x, y))
SCALAR_BINARY_LOOP(atan2LoopD, double, atan2(x, y))

#define LOOP_TABLE(X) \
  { \
    [TG_NEGATE] = negate##X, [TG_ABSOLUTE] = absolute##X, [TG_EXP] = expLoop##X, \
    [TG_LOG] = logLoop##X, [TG_SQRT] = sqrt##X##Loop, [TG_RSQRT] = rsqrt##X, \
    [TG_TANH] = tanhLoop##X, [TG_SIGMOID] = sigmoidLoop##X, [TG_ERF] = erfLoop##X, \
    [TG_FLOOR] = floor##X, [TG_CEIL] = ceil##X, [TG_ROUND] = round##X, [TG_SIGN] = sign##X, \
    [TG_LOG1P] = log1pLoop##X, [TG_EXPM1] = expm1Loop##X, [TG_SIN] = sinLoop##X, \
    [TG_COS] = cosLoop##X, [TG_TAN] = tanLoop##X, [TG_ASIN] = asinLoop##X, \
    [TG_ACOS] = acosLoop##X, [TG_ATAN] = atanLoop##X, [TG_SINH] = sinhLoop##X, \
    [TG_COSH] = coshLoop##X, [TG_ASINH] = asinhLoop##X, [TG_ACOSH] = acoshLoop##X, \
    [TG_ATANH] = atanhLoop##X, [TG_RECIPROCAL] = reciprocal##X, \
    [TG_LOGICAL_NOT] = logicalNot##X, [TG_IS_FINITE] = isFinite##X, [TG_IS_NAN] = isNaN##X, \
    [TG_ADD] = add##X, [TG_SUBTRACT] = subtract##X, [TG_MULTIPLY] = multiply##X, \
    [TG_DIVIDE] = divide##X, [TG_POWER] = powerLoop##X, [TG_MINIMUM] = minimum##X, \
    [TG_MAXIMUM] = maximum##X, [TG_REMAINDER] = remainderLoop##X, [TG_ATAN2] = atan2Loop##X, \
    [TG_EQUAL] = equal##X, [TG_NOT_EQUAL] = notEqual##X, [TG_LESS] = less##X, \
    [TG_LESS_EQUAL] = lessEqual##X, [TG_GREATER] = greater##X, \
    [TG_GREATER_EQUAL] = greaterEqual##X, [TG_LOGICAL_AND] = logicalAnd##X, \
    [TG_LOGICAL_OR] = logicalOr##X, [TG_SELECT] = select##X##Loop \
  }

static const operation_loop operationLoops[2][TG_OPERATION_COUNT] = {LOOP_TABLE(F), LOOP_TABLE(D)};
