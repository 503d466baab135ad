// The loops compiled for AVX-512 (F, DQ, BW, VL).
#if defined(__x86_64__)
#define TG_SUFFIX avx512
#define TG_VECTOR_BYTES 64
#define TG_TILE_ROWS 14
#define TG_WIDE_TILE_ROWS 9
#define TG_HAS_FMA 1
#include "Loops.h"

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c,prfchw"))), apply_to = function)
#include "ContractionLoops.h"
#include "PointwiseInterpreter.h"
#include "ArrayLoops.h"
#pragma clang attribute pop

const tg_kernel_table tg_kernel_table_avx512 = {
    .instruction_set = TG_AVX512,
    .contraction = &TG_NAME(tg_contraction),
    .pointwise = &TG_NAME(tg_pointwise),
    .arrays = &TG_NAME(tg_arrays),
};
#endif
