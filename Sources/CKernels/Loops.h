#pragma once
// Included first by every file that compiles the loops for one instruction set. Such a file sets
//
//   TG_SUFFIX         what its names end in
//   TG_VECTOR_BYTES   bytes of the widest register
//   TG_TILE_ROWS      rows of a register tile that is two vectors wide
//   TG_WIDE_TILE_ROWS the same for three vectors: as many as the compiler keeps in registers
//   TG_HAS_FMA        1 where multiply and add are one instruction
//
// and includes each family's loops between `#pragma clang attribute push` and `pop`. Headers of the
// system are included here, before that, so that the pragma does not reach into them.
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "include/CKernels.h"

#define TG_JOIN2(a, b) a##_##b
#define TG_JOIN(a, b) TG_JOIN2(a, b)
/// The name of a function in this instruction set: TG_NAME(add) is add_avx2.
#define TG_NAME(name) TG_JOIN(name, TG_SUFFIX)

#define TG_INLINE static inline __attribute__((always_inline))
