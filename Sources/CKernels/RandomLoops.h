// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011) and the numbers made of its words.
#pragma once
#include "FloatFunctions.h"

typedef uint64_t VUL __attribute__((vector_size(TG_VECTOR_BYTES)));

// The high and low words of the products of every lane with one factor.
TG_INLINE void multiplyWide(VU x, uint64_t factor, VU *high, VU *low) {
  const uint64_t lowHalf = 0xffffffff;
  VUL even = ((VUL)x & lowHalf) * factor, odd = ((VUL)x >> 32) * factor;
  *low = (VU)((even & lowHalf) | (odd << 32));
  *high = (VU)((even >> 32) | (odd & ~lowHalf));
}

// Words are made for sixteen counters at a time: first the first words of all sixteen, then their
// second words, and so on. So vectors of any width leave them in the same order, unshuffled.
enum { groupBlocks = 16, groupWords = 4 * groupBlocks };

// The words of counters (stream, first), (stream, first + 1), ..., `groups` groups of them.
static void philoxWords(uint64_t key, uint64_t stream, uint64_t first, int64_t groups,
                        uint32_t *words) {
  VU lane;
  for (int l = 0; l < FLOAT_LANES; l++) { lane[l] = (uint32_t)l; }
  for (int64_t b = 0; b < groups * groupBlocks; b += FLOAT_LANES) {
    uint64_t counter = first + (uint64_t)b;
    VU c0 = lane + (uint32_t)counter;
    VU c1 = (VU){0} + (uint32_t)(counter >> 32) - (VU)(c0 < (uint32_t)counter);
    VU c2 = (VU){0} + (uint32_t)stream;
    VU c3 = (VU){0} + (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
      VU high0, low0, high1, low1;
      multiplyWide(c0, 0xD2511F53, &high0, &low0);
      multiplyWide(c2, 0xCD9E8D57, &high1, &low1);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    uint32_t *to = words + b / groupBlocks * groupWords + b % groupBlocks;
    memcpy(to, &c0, sizeof c0);
    memcpy(to + groupBlocks, &c1, sizeof c1);
    memcpy(to + 2 * groupBlocks, &c2, sizeof c2);
    memcpy(to + 3 * groupBlocks, &c3, sizeof c3);
  }
}

// Groups made at a time; each of the functions below turns the words of one batch into elements.
enum { randomBatch = 8 };

static void uniformFloats(const uint32_t *words, double unused, void *to_) {
  float *to = to_;
  (void)unused;
  for (int i = 0; i < randomBatch * groupWords; i++) {
    to[i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
  }
}

static void bernoulliBytes(const uint32_t *words, double probability, void *to_) {
  uint8_t *to = to_;
  if (probability >= 1) {
    memset(to, 1, randomBatch * groupWords);
    return;
  }
  double scaled = probability * 0x1p32 + 0.5;
  uint32_t threshold = scaled < 0xffffffff ? (uint32_t)scaled : 0xffffffff;
  for (int i = 0; i < randomBatch * groupWords; i++) { to[i] = words[i] < threshold; }
}

// The others take two rows of sixteen words at a time, each pair of words one above the other.

static void uniformDoubles(const uint32_t *words, double unused, void *to_) {
  double *to = to_;
  (void)unused;
  for (int row = 0; row < 2 * randomBatch; row++, words += 2 * groupBlocks, to += groupBlocks) {
    for (int i = 0; i < groupBlocks; i++) {
      uint64_t bits = (uint64_t)words[i + groupBlocks] << 32 | words[i];
      to[i] = (double)(int64_t)(bits >> 11) * 0x1p-53;
    }
  }
}

// Box and Muller (1958): a radius from the first of two uniform numbers, an angle from the second.
static void normalFloats(const uint32_t *words, double unused, void *to_) {
  float *to = to_;
  (void)unused;
  for (int row = 0; row < 2 * randomBatch; row++, words += 2 * groupBlocks, to += 2 * groupBlocks) {
    float radius[groupBlocks], sine[groupBlocks], cosine[groupBlocks];
    double angle[groupBlocks];
    for (int i = 0; i < groupBlocks; i++) {
      // In (0, 1]: the logarithm of zero would be infinite.
      radius[i] = (float)(((double)words[i] + 1.0) * 0x1p-32);
      angle[i] = (double)words[i + groupBlocks] * (6.28318530717958647693 * 0x1p-32);
    }
    for (int i = 0; i < groupBlocks; i += FLOAT_LANES) {
      storeF(radius + i, __builtin_elementwise_sqrt(logF(loadF(radius + i)) * -2.0f));
    }
    for (int i = 0; i < groupBlocks; i += DOUBLE_LANES) {
      VD s, c;
      sineAndCosineD(loadD(angle + i), &s, &c);
      VH narrow = __builtin_convertvector(s, VH);
      memcpy(sine + i, &narrow, sizeof narrow);
      narrow = __builtin_convertvector(c, VH);
      memcpy(cosine + i, &narrow, sizeof narrow);
    }
    for (int i = 0; i < groupBlocks; i++) {
      to[i] = radius[i] * cosine[i];
      to[i + groupBlocks] = radius[i] * sine[i];
    }
  }
}

// All four words of a block make two numbers.
static void normalDoubles(const uint32_t *words, double unused, void *to_) {
  double *to = to_;
  (void)unused;
  for (int group = 0; group < randomBatch; group++, words += groupWords, to += 2 * groupBlocks) {
    for (int i = 0; i < groupBlocks; i++) {
      uint64_t first = (uint64_t)words[i + groupBlocks] << 32 | words[i];
      uint64_t second = (uint64_t)words[i + 3 * groupBlocks] << 32 | words[i + 2 * groupBlocks];
      double radius = sqrt(-2.0 * log(((double)(int64_t)(first >> 11) + 1.0) * 0x1p-53));
      double angle = (double)(int64_t)(second >> 11) * (6.28318530717958647693 * 0x1p-53);
      to[i] = radius * cos(angle);
      to[i + groupBlocks] = radius * sin(angle);
    }
  }
}

static void fillRandom(int32_t kind, uint64_t key, uint64_t position, int64_t count,
                       double parameter, void *to) {
  static const struct {
    void (*make)(const uint32_t *words, double parameter, void *to);
    int32_t perGroup, width;
  } kinds[] = {
      [TG_UNIFORM_FLOAT32] = {uniformFloats, 64, 4}, [TG_UNIFORM_FLOAT64] = {uniformDoubles, 32, 8},
      [TG_NORMAL_FLOAT32] = {normalFloats, 64, 4},   [TG_NORMAL_FLOAT64] = {normalDoubles, 32, 8},
      [TG_BERNOULLI] = {bernoulliBytes, 64, 1},
  };
  uint64_t perGroup = (uint64_t)kinds[kind].perGroup;
  int64_t width = kinds[kind].width, batch = randomBatch * (int64_t)perGroup;
  uint32_t words[randomBatch * groupWords];
  double elements[randomBatch * groupWords];
  uint64_t group = position / perGroup;
  int64_t skip = (int64_t)(position % perGroup);
  while (count > 0) {
    int64_t n = batch - skip < count ? batch - skip : count;
    philoxWords(key, (uint64_t)kind, group * groupBlocks, randomBatch, words);
    if (skip == 0 && n == batch) {
      kinds[kind].make(words, parameter, to);
    } else {
      kinds[kind].make(words, parameter, elements);
      memcpy(to, (char *)elements + skip * width, (size_t)(n * width));
    }
    to = (char *)to + n * width;
    count -= n;
    group += randomBatch;
    skip = 0;
  }
}
