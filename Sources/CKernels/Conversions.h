// Between the dtypes of storage and the two precisions of arithmetic.
#pragma once
#include "Loops.h"

static inline float floatFromHalf(uint16_t h) {
  // Move exponent and fraction into place and rescale: right for gradual underflow too.
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, bits = (uint32_t)(h & 0x7fff) << 13;
  float x;
  memcpy(&x, &bits, 4);
  x *= 0x1p112f;
  memcpy(&bits, &x, 4);
  if ((h & 0x7c00) == 0x7c00) { bits |= 0x7f800000; }
  bits |= sign;
  memcpy(&x, &bits, 4);
  return x;
}

static inline float floatFromBrain(uint16_t h) {
  uint32_t bits = (uint32_t)h << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

// Rounds to nearest, ties to even.
static inline uint16_t halfFromFloat(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  uint32_t sign = (bits >> 16) & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) { return (uint16_t)(sign | 0x7e00); }
  if (bits >= 0x477ff000) { return (uint16_t)(sign | 0x7c00); }
  if (bits < 0x38800000) {
    // Below 2^-14: adding 0.5 makes the processor round at the last bit of a subnormal half.
    float y;
    memcpy(&y, &bits, 4);
    y += 0.5f;
    memcpy(&bits, &y, 4);
    return (uint16_t)(sign | (bits - 0x3f000000));
  }
  bits += 0xfff + ((bits >> 13) & 1);
  return (uint16_t)(sign | ((bits - 0x38000000) >> 13));
}

static inline uint16_t brainFromFloat(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return x != x ? (uint16_t)((bits >> 16) | 0x40) : (uint16_t)rounded;
}

// To float with rounding to odd: a second rounding to fewer digits is then as good as one.
static inline float oddFloat(double x) {
  float y = (float)x;
  uint32_t bits;
  memcpy(&bits, &y, 4);
  if ((double)y != x && x == x && !(bits & 1)) {
    // y was rounded away from x to an even neighbour; the odd one on the other side of x is next.
    bits += (fabs((double)y) < fabs(x)) ? 1 : (uint32_t)-1;
    memcpy(&y, &bits, 4);
  }
  return y;
}

static inline uint16_t halfFromDouble(double x) { return halfFromFloat(oddFloat(x)); }
static inline uint16_t brainFromDouble(double x) { return brainFromFloat(oddFloat(x)); }

// Toward zero; what does not fit becomes the nearest that does, NaN becomes zero.
#define SATURATING(name, T, I, LOW, HIGH, MINIMUM, MAXIMUM) \
  static inline I name(T x) { \
    T inside = x >= LOW ? (x < HIGH ? x : 0) : 0; \
    I y = (I)inside; \
    y = x >= HIGH ? MAXIMUM : y; \
    return x < LOW ? MINIMUM : y; \
  }
SATURATING(int32FromFloat, float, int32_t, -0x1p31f, 0x1p31f, INT32_MIN, INT32_MAX)
SATURATING(int32FromDouble, double, int32_t, -0x1p31, 0x1p31, INT32_MIN, INT32_MAX)
SATURATING(int64FromFloat, float, int64_t, -0x1p63f, 0x1p63f, INT64_MIN, INT64_MAX)
SATURATING(int64FromDouble, double, int64_t, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX)
SATURATING(uint8FromFloat, float, uint8_t, 0, 256, 0, 255)
SATURATING(uint8FromDouble, double, uint8_t, 0, 256, 0, 255)

#define CONVERSION(name, TO, FROM, EXPRESSION) \
  static void name(void *restrict to_, const void *restrict from_, int64_t n) { \
    TO *restrict to = to_; \
    const FROM *restrict from = from_; \
    for (int64_t i = 0; i < n; i++) { \
      FROM x = from[i]; \
      to[i] = EXPRESSION; \
    } \
  }

static void copyFloats(void *restrict to, const void *restrict from, int64_t n) {
  memcpy(to, from, (size_t)n * sizeof(float));
}
static void copyDoubles(void *restrict to, const void *restrict from, int64_t n) {
  memcpy(to, from, (size_t)n * sizeof(double));
}

CONVERSION(loadFloatFromDouble, float, double, (float)x)
CONVERSION(loadFloatFromHalf, float, uint16_t, floatFromHalf(x))
CONVERSION(loadFloatFromBrain, float, uint16_t, floatFromBrain(x))
CONVERSION(loadFloatFromInt32, float, int32_t, (float)x)
CONVERSION(loadFloatFromInt64, float, int64_t, (float)x)
CONVERSION(loadFloatFromUInt8, float, uint8_t, (float)x)
CONVERSION(loadFloatFromBool, float, uint8_t, (float)(x != 0))

CONVERSION(loadDoubleFromFloat, double, float, (double)x)
CONVERSION(loadDoubleFromHalf, double, uint16_t, (double)floatFromHalf(x))
CONVERSION(loadDoubleFromBrain, double, uint16_t, (double)floatFromBrain(x))
CONVERSION(loadDoubleFromInt32, double, int32_t, (double)x)
CONVERSION(loadDoubleFromInt64, double, int64_t, (double)x)
CONVERSION(loadDoubleFromUInt8, double, uint8_t, (double)x)
CONVERSION(loadDoubleFromBool, double, uint8_t, (double)(x != 0))

CONVERSION(storeHalfFromFloat, uint16_t, float, halfFromFloat(x))
CONVERSION(storeBrainFromFloat, uint16_t, float, brainFromFloat(x))
CONVERSION(storeInt32FromFloat, int32_t, float, int32FromFloat(x))
CONVERSION(storeInt64FromFloat, int64_t, float, int64FromFloat(x))
CONVERSION(storeUInt8FromFloat, uint8_t, float, uint8FromFloat(x))
CONVERSION(storeBoolFromFloat, uint8_t, float, x != 0)

CONVERSION(storeHalfFromDouble, uint16_t, double, halfFromDouble(x))
CONVERSION(storeBrainFromDouble, uint16_t, double, brainFromDouble(x))
CONVERSION(storeInt32FromDouble, int32_t, double, int32FromDouble(x))
CONVERSION(storeInt64FromDouble, int64_t, double, int64FromDouble(x))
CONVERSION(storeUInt8FromDouble, uint8_t, double, uint8FromDouble(x))
CONVERSION(storeBoolFromDouble, uint8_t, double, x != 0)

// In the order of DType: float32, float64, float16, bfloat16, int32, int64, uint8, bool.
#define LOAD_CONVERSIONS \
  { \
    {copyFloats, loadFloatFromDouble, loadFloatFromHalf, loadFloatFromBrain, loadFloatFromInt32, \
     loadFloatFromInt64, loadFloatFromUInt8, loadFloatFromBool}, \
    {loadDoubleFromFloat, copyDoubles, loadDoubleFromHalf, loadDoubleFromBrain, \
     loadDoubleFromInt32, loadDoubleFromInt64, loadDoubleFromUInt8, loadDoubleFromBool}, \
  }
#define STORE_CONVERSIONS \
  { \
    {copyFloats, loadDoubleFromFloat, storeHalfFromFloat, storeBrainFromFloat, \
     storeInt32FromFloat, storeInt64FromFloat, storeUInt8FromFloat, storeBoolFromFloat}, \
    {loadFloatFromDouble, copyDoubles, storeHalfFromDouble, storeBrainFromDouble, \
     storeInt32FromDouble, storeInt64FromDouble, storeUInt8FromDouble, storeBoolFromDouble}, \
  }
static const tg_conversion loadConversions[2][8] = LOAD_CONVERSIONS;
static const tg_conversion storeConversions[2][8] = STORE_CONVERSIONS;
static const int64_t dtypeWidths[8] = {4, 8, 2, 2, 4, 8, 1, 1};
