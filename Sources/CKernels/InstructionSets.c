// Picks the loops this processor can run.
#include "include/InstructionSets.h"

#include <stddef.h>

#if defined(__x86_64__)
extern const tg_kernel_table tg_kernel_table_baseline;
extern const tg_kernel_table tg_kernel_table_avx2;
extern const tg_kernel_table tg_kernel_table_avx512;

// All that AVX2.c is compiled for, save PREFETCHW: where it is missing it does nothing.
static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("f16c");
}

static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

const tg_kernel_table *tg_kernels(tg_instruction_set set) {
  __builtin_cpu_init();
  switch (set) {
  case TG_BASELINE: return &tg_kernel_table_baseline;
  case TG_AVX2: return has_avx2() ? &tg_kernel_table_avx2 : NULL;
  case TG_AVX512: return has_avx512() ? &tg_kernel_table_avx512 : NULL;
  default: return NULL;
  }
}

tg_instruction_set tg_widest_instruction_set(void) {
  __builtin_cpu_init();
  return has_avx512() ? TG_AVX512 : has_avx2() ? TG_AVX2 : TG_BASELINE;
}
#elif defined(__aarch64__)
extern const tg_kernel_table tg_kernel_table_neon;

const tg_kernel_table *tg_kernels(tg_instruction_set set) {
  return set == TG_NEON ? &tg_kernel_table_neon : NULL;
}

tg_instruction_set tg_widest_instruction_set(void) { return TG_NEON; }
#else
extern const tg_kernel_table tg_kernel_table_baseline;

const tg_kernel_table *tg_kernels(tg_instruction_set set) {
  return set == TG_BASELINE ? &tg_kernel_table_baseline : NULL;
}

tg_instruction_set tg_widest_instruction_set(void) { return TG_BASELINE; }
#endif
