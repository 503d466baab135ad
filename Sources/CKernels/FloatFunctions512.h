// The float32 functions that networks use most, for AVX-512. It looks sixteen numbers up in a
// register as fast as it multiplies, so tables make the polynomials short, and what takes numbers
// apart and scales them by powers of two deals with overflow, gradual underflow, zeros, infinities
// and NaN by itself. The coefficients are minimax fits made for this file (as those of the other
// sets), rounded one after the other.
#pragma once

#include "Vectors.h"

// The entries that the low four bits of each lane name.
TG_INLINE VF lookUp(const float *table, VI index) {
  return _mm512_permutexvar_ps((__m512i)index, loadF(table));
}

// 2^(j / 16)
static const float exponentials[16] __attribute__((aligned(64))) = {
    1.0f, 1.0442737f, 1.0905077f, 1.1387886f, 1.1892071f, 1.2418578f, 1.2968396f, 1.3542556f,
    1.4142135f, 1.4768262f, 1.5422108f, 1.6104903f, 1.6817929f, 1.7562522f, 1.8340081f, 1.9152066f};

// x / ln 2 = k + r, k a multiple of 1/16 and |r| <= 1/32: 2^(whole part of k) * 2^(j / 16) * 2^r.
TG_INLINE VF expF(VF x) {
  // Adding 1.5 * 2^19 rounds to sixteenths, whose number is then in the low bits.
  VF shifted = FMA(x, splatF(1.44269502f), splatF(786432.0f));
  VF k = shifted - 786432.0f;
  VF r = FMA(x, splatF(1.44269502f), -k);
  r = FMA(x, splatF(1.92596299e-8f), r);
  // Beyond the range of floats k alone decides, and what it scales must be some positive number: of
  // r, which may be anything there, and 1/16 the smaller (operation 2), with the sign of r.
  r = _mm512_range_ps(r, splatF(0.0625f), 2);
  VF power = lookUp(exponentials, (VI)shifted);
  VF q = FMA(FMA(splatF(0.055503476f), r, splatF(0.24023427f)), r, splatF(0.6931472f));
  return _mm512_scalef_ps(FMA(power * r, q, power), k);
}

// Where m in [0.75, 1.5) has the leading bits j below its first: c, about 1 / m, and -log(c).
// Each c was chosen so that its logarithm is almost a float; around m = 1, c is one.
static const float reciprocals[16] __attribute__((aligned(64))) = {
    1.0f, 0.91417927f, 0.86498255f, 0.82066107f, 0.78044915f, 0.7440316f, 0.7110863f, 0.6810205f,
    1.3061446f, 1.2551628f, 1.2075895f, 1.1636262f, 1.1230763f, 1.0843915f, 1.0495269f, 1.0f};
static const float logarithms[16] __attribute__((aligned(64))) = {
    0.0f, 0.089728594f, 0.14504595f, 0.19764508f, 0.24788569f, 0.29567176f, 0.34096152f,
    0.38416287f, -0.26707974f, -0.22726531f, -0.18862623f, -0.15154116f, -0.116071634f,
    -0.08101898f, -0.04833952f, 0.0f};

// x = m * 2^k; log(x) = k ln 2 - log(c) + log(1 + r) with r = m c - 1, -1/32 <= r <= 1/16. Taking x
// apart gives zero the exponent -infinity, infinity its own, and NaN for what has no logarithm.
TG_INLINE VF logF(VF x) {
  VF m = _mm512_getmant_ps(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
  VF k = _mm512_getexp_ps(x);
  k = _mm512_mask_add_ps(k, _mm512_cmp_ps_mask(m, splatF(1.0f), _CMP_LT_OQ), k, splatF(1.0f));
  VI j = (VI)m >> 19;
  VF r = FMA(m, lookUp(reciprocals, j), splatF(-1.0f));
  VF q = FMA(splatF(0.18865435f), r, splatF(-0.25007287f));
  q = FMA(q, r, splatF(0.3333443f));
  q = FMA(q, r, splatF(-0.5f));
  VF low = FMA(r * r, q, r) + lookUp(logarithms, j);
  return FMA(k, splatF(0.693147182f), low);
}

// Where |x| + 0.625 has the leading bits j below its first and those of its exponent: a point about
// the middle of those |x|, one whose hyperbolic tangent is almost a float, and the coefficients of
// tanh around it by ascending powers.
static const float tanhCenters[16] __attribute__((aligned(64))) = {
    1.6258531f, 2.1278028f, 2.6259604f, 3.1247869f, 3.8759391f, 4.865863f, 5.883995f, 6.8725796f,
    8.3559265f, 0.0f, 0.18723957f, 0.31200948f, 0.49972603f, 0.74881774f, 1.0015255f, 1.2487197f};
static const float tanhTerm0[16] __attribute__((aligned(64))) = {
    0.92546874f, 0.9720278f, 0.9895797f, 0.9961449f, 0.9991405f, 0.99988127f, 0.9999845f,
    0.99999785f, 0.9999999f, 0.0f, 0.1850817f, 0.3022641f, 0.46190166f, 0.6344431f, 0.7622341f,
    0.84792423f};
static const float tanhTerm1[16] __attribute__((aligned(64))) = {
    0.14350747f, 0.055161994f, 0.020732068f, 0.007695359f, 0.0017183111f, 2.3745236e-4f,
    3.09958e-5f, 4.2916313e-6f, 2.2116103e-7f, 1.0f, 0.9657448f, 0.9086364f, 0.7866469f,
    0.59748197f, 0.41899917f, 0.2810245f};
static const float tanhTerm2[16] __attribute__((aligned(64))) = {
    -0.13281882f, -0.05361808f, -0.020514958f, -0.00766518f, -0.0017147303f, -2.3713408e-4f,
    -3.09557e-5f, -4.286252e-6f, -2.1624071e-7f, 3.1189967e-7f, -0.17874148f, -0.27464804f,
    -0.3633483f, -0.37906823f, -0.31937733f, -0.23828901f};
static const float tanhTerm3[16] __attribute__((aligned(64))) = {
    0.07509257f, 0.03373249f, 0.013390898f, 0.005070716f, 0.0011410314f, 1.5817702e-4f,
    2.0616459e-5f, 2.857927e-6f, 1.451579e-7f, -0.33335564f, -0.28886136f, -0.21984524f,
    -0.09440048f, 0.041329917f, 0.103778124f, 0.10837657f};
static const float tanhTerm4[16] __attribute__((aligned(64))) = {
    -0.024850672f, -0.014963364f, -0.006468684f, -0.002522584f, -5.956707e-4f, -8.280146e-5f,
    -1.0818281e-5f, -1.4981899e-6f, -8.836243e-8f, 4.7281815e-4f, 0.11277929f, 0.15772045f,
    0.16362591f, 0.10010652f, 0.027760772f, -0.012138367f};
static const float tanhTerm5[16] __attribute__((aligned(64))) = {
    0.0010991578f, 0.0044528265f, 0.0023596042f, 9.7605545e-4f, 2.3672906e-4f, 3.2477015e-5f,
    4.403563e-6f, 5.960801e-7f, 3.3983948e-8f, 0.12998585f, 0.10200732f, 0.043011677f,
    -0.025686653f, -0.06333782f, -0.04640518f, -0.019426227f};

TG_INLINE VF tanhF(VF x) {
  // From there on tanh rounds to one. NaN stays: it is the second operand.
  VF a = _mm512_min_ps(splatF(9.25f), absF(x));
  VI j = (VI)(a + 0.625f) >> 21;
  VF t = a - lookUp(tanhCenters, j);
  VF y = FMA(lookUp(tanhTerm5, j), t, lookUp(tanhTerm4, j));
  y = FMA(y, t, lookUp(tanhTerm3, j));
  y = FMA(y, t, lookUp(tanhTerm2, j));
  y = FMA(y, t, lookUp(tanhTerm1, j));
  y = FMA(y, t, lookUp(tanhTerm0, j));
  return copySignF(y, x);
}
