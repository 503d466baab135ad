// float32 functions on vectors, within 4 units in the last place of the true value everywhere.
// The coefficients are weighted minimax fits made for this file (iteratively reweighted least
// squares at 400 Chebyshev nodes against 40-digit arithmetic); the tests bound the errors.
#pragma once

#include "Vectors.h"

TG_INLINE VF polynomial4(VF x, float a, float b, float c, float d, float e) {
  VF p = splatF(e);
  p = FMA(p, x, splatF(d));
  p = FMA(p, x, splatF(c));
  p = FMA(p, x, splatF(b));
  return FMA(p, x, splatF(a));
}

TG_INLINE VF polynomial6(VF x, float a, float b, float c, float d, float e, float f, float g) {
  return FMA(FMA(polynomial4(x, c, d, e, f, g), x, splatF(b)), x, splatF(a));
}

// Adding 1.5 * 2^23 rounds to an integer, which is then in the low bits.
#define TG_ROUNDER 12582912.0f

// x = n ln 2 + r with |r| <= ln 2 / 2; returns e^r - 1 and n as integers.
TG_INLINE VF reducedExpm1(VF x, VI *n) {
  VF shifted = FMA(x, splatF(1.44269504f), splatF(TG_ROUNDER));
  *n = (VI)shifted - (VI)splatF(TG_ROUNDER);
  VF k = shifted - TG_ROUNDER;
  VF r = FMA(k, splatF(-0.693359375f), x);
  r = FMA(k, splatF(2.12194440e-4f), r);
  VF q = polynomial4(r, 0.49999997f, 0.16666546f, 0.041667435f, 0.008366256f, 0.0013870636f);
  return FMA(r * r, q, r);
}

TG_INLINE VF powerOfTwo(VI n) { return (VF)((n + 127) << 23); }

TG_INLINE VF expm1F(VF x) {
  VF clamped = selectF(x > 89.0f, splatF(89.0f), x);
  clamped = selectF(clamped < -20.0f, splatF(-20.0f), clamped);
  VI n;
  VF p = reducedExpm1(clamped, &n);
  // Half the result first: 2^128 is not a float.
  VF scale = powerOfTwo(n - 1);
  VF halved = FMA(p, scale, scale - 0.5f);
  return copySignF(halved * 2.0f, x);
}

// expF, logF and tanhF.
#if TG_VECTOR_BYTES == 64
#include "FloatFunctions512.h"
#else
TG_INLINE VF expF(VF x) {
  // Beyond these limits the result is infinity or zero; comparisons leave NaN alone.
  x = selectF(x > 90.0f, splatF(90.0f), x);
  x = selectF(x < -105.0f, splatF(-105.0f), x);
  VI n;
  VF p = reducedExpm1(x, &n) + 1.0f;
  // Two factors, so that overflow and gradual underflow come out of the multiplication.
  VI half = n >> 1;
  return p * powerOfTwo(half) * powerOfTwo(n - half);
}

TG_INLINE VF logF(VF x) {
  VI small = (VI)(x < 1.17549435e-38f);
  VF scaled = selectF(small, x * 8388608.0f, x);
  // m in [sqrt(1/2), sqrt(2)), x = m * 2^k
  VI e = ((VI)scaled - 0x3f3504f3) >> 23;
  VF f = (VF)((VI)scaled - (e << 23)) - 1.0f;
  VF k = __builtin_convertvector(e, VF) - selectF(small, splatF(23.0f), splatF(0.0f));
  VF p = splatF(0.0691572577f);
  p = FMA(p, f, splatF(-0.117912702f));
  p = FMA(p, f, splatF(0.118736006f));
  p = FMA(p, f, splatF(-0.123841621f));
  p = FMA(p, f, splatF(0.142185554f));
  p = FMA(p, f, splatF(-0.16669257f));
  p = FMA(p, f, splatF(0.20002231f));
  p = FMA(p, f, splatF(-0.249999866f));
  p = FMA(p, f, splatF(0.333333105f));
  VF square = f * f;
  VF low = FMA(f * square, p, k * -2.12194440e-4f);
  low = FMA(square, splatF(-0.5f), low);
  VF y = FMA(k, splatF(0.693359375f), f + low);
  y = selectF((VI)(x == INFINITY), x, y);
  y = selectF((VI)(x == 0.0f), splatF(-INFINITY), y);
  // Negative numbers and NaN.
  return selectF((VI)(x >= 0.0f), y, splatF(NAN));
}

TG_INLINE VF tanhF(VF x) {
  VF t = expm1F(absF(x) * -2.0f);
  return copySignF(t / (t + 2.0f), x);
}
#endif

// log(u) * x / (u - 1) with u = 1 + x rounded: what rounding took from u, the quotient gives back.
TG_INLINE VF log1pF(VF x) {
  VF u = x + 1.0f;
  VF d = u - 1.0f;
  VF y = logF(u) * (x / d);
  y = selectF((VI)(x == INFINITY), x, y);
  return selectF((VI)(d == 0.0f), x, y);
}

// The exponential of a negative number on both sides, so that small results keep their digits.
TG_INLINE VF sigmoidF(VF x) {
  VF e = expF((VF)((VI)x | INT32_MIN));
  return selectF((VI)(x < 0.0f), e, splatF(1.0f)) / (e + 1.0f);
}

TG_INLINE VF erfF(VF x) {
  VF a = absF(x);
  VF z = a * a;
  VF inner = FMA(x,
                 polynomial6(z, 0.128379166f, -0.37612626f, 0.112836003f, -0.0268544443f,
                             0.00518953567f, -0.000802084222f, 7.88912294e-05f),
                 x);
  // -log(erfc(a)) on [1, 4]; beyond, erf rounds to one.
  VF b = selectF(a > 4.0f, splatF(4.0f), a);
  VF g = polynomial6(b, 0.000353719748f, 1.12704003f, 0.638225675f, 0.103037365f, -0.0218053181f,
                     0.00293960702f, -0.000185573983f);
  VF outer = copySignF(1.0f - expF(-g), x);
  return selectF((VI)(a < 1.0f), inner, outer);
}

// Sine and cosine of a vector of doubles that came from floats, |x| <= 1e6.
TG_INLINE void sineAndCosineD(VD x, VD *sine, VD *cosine) {
  const double rounder = 6755399441055744.0;  // 1.5 * 2^52
  VD shifted = x * 0.63661977236758134308 + rounder;
  VL quadrant = (VL)shifted;
  VD n = shifted - rounder;
  // pi / 2 in two parts, the first short enough for n times it to be exact.
  VD r = (x - n * 1.57079632673412561417) - n * 6.07710050650619224932e-11;
  VD z = r * r;
  VD s = FMA(z, splatD(2.7182372813007951e-06), splatD(-0.00019839327136911611));
  s = FMA(z, s, splatD(0.0083333293622811239));
  s = FMA(z, s, splatD(-0.16666666641426522));
  s = FMA(r * z, s, r);
  VD c = FMA(z, splatD(-2.7209548157225988e-07), splatD(2.4799511768710757e-05));
  c = FMA(z, c, splatD(-0.0013888883722640594));
  c = FMA(z, c, splatD(0.041666666622477165));
  c = FMA(z * z, c, 1.0 - 0.5 * z);
  VL odd = -(quadrant & 1);
  VL sineSign = (quadrant & 2) << 62;
  VL cosineSign = ((quadrant + 1) & 2) << 62;
  *sine = (VD)((VL)selectD(odd, c, s) ^ sineSign);
  *cosine = (VD)((VL)selectD(odd, s, c) ^ cosineSign);
}

enum { wantSine, wantCosine, wantTangent };

TG_INLINE VF trigonometricF(VF x, int which) {
  VF y;
  for (int half = 0; half < 2; half++) {
    VH part;
    memcpy(&part, (char *)&x + half * (TG_VECTOR_BYTES / 2), sizeof part);
    VD sine, cosine;
    sineAndCosineD(__builtin_convertvector(part, VD), &sine, &cosine);
    VD r = which == wantSine ? sine : which == wantCosine ? cosine : sine / cosine;
    part = __builtin_convertvector(r, VH);
    memcpy((char *)&y + half * (TG_VECTOR_BYTES / 2), &part, sizeof part);
  }
  VI far = ~(VI)(absF(x) <= 1e6f);
  if (__builtin_reduce_or(far)) {
    for (int i = 0; i < FLOAT_LANES; i++) {
      if (far[i]) {
        y[i] = which == wantSine ? sinf(x[i]) : which == wantCosine ? cosf(x[i]) : tanf(x[i]);
      }
    }
  }
  // Sine and tangent keep the sign of a zero.
  return which == wantCosine ? y : selectF((VI)(x == 0.0f), x, y);
}
