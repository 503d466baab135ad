#pragma once
#include "Arrays.h"
#include "Contraction.h"
#include "Pointwise.h"

/// The instruction sets the loops are compiled for. A larger number on one architecture is a
/// wider set.
typedef enum tg_instruction_set {
  TG_BASELINE = 0,  ///< What every processor of the architecture has: SSE2 on x86-64.
  TG_AVX2 = 1,      ///< AVX2 with FMA.
  TG_AVX512 = 2,    ///< AVX-512 F, DQ, BW and VL.
  TG_NEON = 3,      ///< Arm, 64 bit.
} tg_instruction_set;

/// The loops of one instruction set. Each family of loops has a table of its own, defined in its
/// own header, and one pointer here.
typedef struct tg_kernel_table {
  tg_instruction_set instruction_set;
  const tg_contraction_table *contraction;
  const tg_pointwise_table *pointwise;
  const tg_array_table *arrays;
} tg_kernel_table;

/// The loops compiled for a set, or null where this processor cannot run them.
const tg_kernel_table *tg_kernels(tg_instruction_set set);

/// The widest set this processor can run.
tg_instruction_set tg_widest_instruction_set(void);
