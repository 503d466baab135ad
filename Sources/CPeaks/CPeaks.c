#include "include/CPeaks.h"

// A multiply-add takes four or five cycles and two start in each: fourteen chains keep both units
// busy, and fourteen accumulators with two factors fit sixteen registers.
#define CHAINS 14
#define STEPS 1000

// A product that is added belongs to one multiply-add.
#pragma clang fp contract(fast)

#define PEAK(NAME, LANES, TARGET)                                                                  \
  typedef float NAME##_vector __attribute__((vector_size(4 * LANES)));                             \
  TARGET static double NAME(long rounds) {                                                         \
    NAME##_vector sums[CHAINS];                                                                    \
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = (NAME##_vector){0} + (float)chain;  \
    NAME##_vector factor = (NAME##_vector){0} + 0.999f, addend = (NAME##_vector){0} + 0.001f;      \
    for (long round = 0; round < rounds; round++) {                                                \
      for (int step = 0; step < STEPS; step++) {                                                   \
        _Pragma("clang loop unroll(full)") for (int chain = 0; chain < CHAINS; chain++)            \
            sums[chain] = sums[chain] * factor + addend;                                           \
        /* Nothing is known of the factors, so no two steps become one. */                        \
        __asm__ volatile("" : "+" REGISTER(factor), "+" REGISTER(addend));                         \
      }                                                                                            \
    }                                                                                              \
    NAME##_vector total = sums[0];                                                                 \
    for (int chain = 1; chain < CHAINS; chain++) total += sums[chain];                             \
    volatile float kept = total[0];                                                                \
    (void)kept;                                                                                    \
    return 2.0 * LANES * CHAINS * STEPS * (double)rounds;                                          \
  }

#define TRIAD(NAME, TARGET)                                                                        \
  TARGET static void NAME(float *restrict a, const float *restrict b, const float *restrict c,     \
                          float s, long count) {                                                   \
    for (long i = 0; i < count; i++) a[i] = b[i] + s * c[i];                                       \
  }

#if defined(__x86_64__)
#define REGISTER(value) "x"(value)
PEAK(peak_baseline, 4, )
PEAK(peak_avx2, 8, __attribute__((target("avx2,fma"))))
TRIAD(triad_baseline, )
TRIAD(triad_avx2, __attribute__((target("avx2,fma"))))
#undef REGISTER
#define REGISTER(value) "v"(value)
PEAK(peak_avx512, 16, __attribute__((target("avx512f"))))

double tg_peak_float_operations(long rounds) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return peak_avx512(rounds);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return peak_avx2(rounds);
  return peak_baseline(rounds);
}

void tg_peak_triad(float *a, const float *b, const float *c, float s, long count) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return triad_avx2(a, b, c, s, count);
  triad_baseline(a, b, c, s, count);
}
#else
#if defined(__aarch64__)
#define REGISTER(value) "w"(value)
#else
#define REGISTER(value) "m"(value)
#endif
PEAK(peak_portable, 4, )
TRIAD(triad_portable, )

double tg_peak_float_operations(long rounds) { return peak_portable(rounds); }

void tg_peak_triad(float *a, const float *b, const float *c, float s, long count) {
  triad_portable(a, b, c, s, count);
}
#endif
