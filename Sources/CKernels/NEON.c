// The loops compiled for Arm, 64 bit.
#if defined(__aarch64__)
#define TG_SUFFIX neon
#define TG_VECTOR_BYTES 16
#define TG_TILE_ROWS 12
#define TG_WIDE_TILE_ROWS 7
#define TG_HAS_FMA 1
#include "Loops.h"

#pragma STDC FP_CONTRACT OFF

#include "ContractionLoops.h"
#include "PointwiseInterpreter.h"
#include "ArrayLoops.h"

const tg_kernel_table tg_kernel_table_neon = {
    .instruction_set = TG_NEON,
    .contraction = &TG_NAME(tg_contraction),
    .pointwise = &TG_NAME(tg_pointwise),
    .arrays = &TG_NAME(tg_arrays),
};
#endif
