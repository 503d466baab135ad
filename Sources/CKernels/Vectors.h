// Vectors as wide as one register of the instruction set being compiled.
#pragma once

#include "Loops.h"

#define FLOAT_LANES (TG_VECTOR_BYTES / 4)
#define DOUBLE_LANES (TG_VECTOR_BYTES / 8)

typedef float VF __attribute__((vector_size(TG_VECTOR_BYTES)));
typedef int32_t VI __attribute__((vector_size(TG_VECTOR_BYTES)));
typedef uint32_t VU __attribute__((vector_size(TG_VECTOR_BYTES)));
typedef double VD __attribute__((vector_size(TG_VECTOR_BYTES)));
typedef int64_t VL __attribute__((vector_size(TG_VECTOR_BYTES)));
// Half as many floats, as wide in lanes as one vector of doubles.
typedef float VH __attribute__((vector_size(TG_VECTOR_BYTES / 2)));

typedef float VFU __attribute__((vector_size(TG_VECTOR_BYTES), aligned(4), may_alias));
typedef double VDU __attribute__((vector_size(TG_VECTOR_BYTES), aligned(8), may_alias));
typedef float VHU __attribute__((vector_size(TG_VECTOR_BYTES / 2), aligned(4), may_alias));

TG_INLINE VF loadF(const float *p) { return *(const VFU *)p; }
TG_INLINE VD loadD(const double *p) { return *(const VDU *)p; }
TG_INLINE VH loadH(const float *p) { return *(const VHU *)p; }
// As many elements of either precision as one vector of doubles holds.
TG_INLINE VD loadWideF(const float *p) { return __builtin_convertvector(loadH(p), VD); }
TG_INLINE VD loadWideD(const double *p) { return loadD(p); }
TG_INLINE void storeF(float *p, VF v) { *(VFU *)p = v; }
TG_INLINE void storeD(double *p, VD v) { *(VDU *)p = v; }

TG_INLINE VF loadPartF(const float *p, int64_t n) {
  VF v = {0};
  memcpy(&v, p, (size_t)n * sizeof(float));
  return v;
}
TG_INLINE VD loadPartD(const double *p, int64_t n) {
  VD v = {0};
  memcpy(&v, p, (size_t)n * sizeof(double));
  return v;
}
TG_INLINE void storePartF(float *p, VF v, int64_t n) { memcpy(p, &v, (size_t)n * sizeof(float)); }
TG_INLINE void storePartD(double *p, VD v, int64_t n) { memcpy(p, &v, (size_t)n * sizeof(double)); }

TG_INLINE VF splatF(float x) { return (VF){0} + x; }
TG_INLINE VD splatD(double x) { return (VD){0} + x; }

// mask ? a : b, for a mask of all ones or all zeros in each lane.
TG_INLINE VF selectF(VI mask, VF a, VF b) { return (VF)((mask & (VI)a) | (~mask & (VI)b)); }
TG_INLINE VD selectD(VL mask, VD a, VD b) { return (VD)((mask & (VL)a) | (~mask & (VL)b)); }

TG_INLINE VF absF(VF x) { return (VF)((VI)x & 0x7fffffff); }
TG_INLINE VD absD(VD x) { return (VD)((VL)x & INT64_MAX); }
TG_INLINE VF copySignF(VF magnitude, VF sign) {
  return (VF)(((VI)magnitude & 0x7fffffff) | ((VI)sign & INT32_MIN));
}

// Inside one function's own polynomial only: between operations a product is always rounded.
#if TG_HAS_FMA
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
