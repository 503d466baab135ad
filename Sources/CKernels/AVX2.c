// The loops compiled for AVX2 with FMA.
#if defined(__x86_64__)
#define TG_SUFFIX avx2
#define TG_VECTOR_BYTES 32
#define TG_TILE_ROWS 6
#define TG_WIDE_TILE_ROWS 3
#define TG_HAS_FMA 1
#include "Loops.h"

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,prfchw"))), apply_to = function)
#include "ContractionLoops.h"
#include "PointwiseInterpreter.h"
#include "ArrayLoops.h"
#pragma clang attribute pop

const tg_kernel_table tg_kernel_table_avx2 = {
    .instruction_set = TG_AVX2,
    .contraction = &TG_NAME(tg_contraction),
    .pointwise = &TG_NAME(tg_pointwise),
    .arrays = &TG_NAME(tg_arrays),
};
#endif
