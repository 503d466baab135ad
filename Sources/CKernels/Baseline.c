// The loops compiled for what every processor of the architecture has (SSE2 on x86-64).
#if !defined(__aarch64__)
#define TG_SUFFIX baseline
#define TG_VECTOR_BYTES 16
#define TG_TILE_ROWS 4
#define TG_WIDE_TILE_ROWS 3
#define TG_HAS_FMA 0
#include "Loops.h"

#pragma STDC FP_CONTRACT OFF

#include "ContractionLoops.h"
#include "PointwiseInterpreter.h"
#include "ArrayLoops.h"

const tg_kernel_table tg_kernel_table_baseline = {
    .instruction_set = TG_BASELINE,
    .contraction = &TG_NAME(tg_contraction),
    .pointwise = &TG_NAME(tg_pointwise),
    .arrays = &TG_NAME(tg_arrays),
};
#endif
