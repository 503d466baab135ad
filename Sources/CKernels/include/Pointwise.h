#pragma once

#include <stdint.h>

// The pointwise block interpreter: a straight-line program run over a domain of `count` elements,
// block by block, with every intermediate value held in the first-level cache.

/// In the order of `PointwiseOperation` in Swift.
enum {
  TG_NEGATE, TG_ABSOLUTE, TG_EXP, TG_LOG, TG_SQRT, TG_RSQRT, TG_TANH, TG_SIGMOID, TG_ERF, TG_FLOOR,
  TG_CEIL, TG_ROUND, TG_SIGN, TG_LOG1P, TG_EXPM1, TG_SIN, TG_COS, TG_TAN, TG_ASIN, TG_ACOS, TG_ATAN,
  TG_SINH, TG_COSH, TG_ASINH, TG_ACOSH, TG_ATANH, TG_RECIPROCAL, TG_LOGICAL_NOT, TG_IS_FINITE,
  TG_IS_NAN,
  TG_ADD, TG_SUBTRACT, TG_MULTIPLY, TG_DIVIDE, TG_POWER, TG_MINIMUM, TG_MAXIMUM, TG_REMAINDER,
  TG_ATAN2, TG_EQUAL, TG_NOT_EQUAL, TG_LESS, TG_LESS_EQUAL, TG_GREATER, TG_GREATER_EQUAL,
  TG_LOGICAL_AND, TG_LOGICAL_OR,
  TG_SELECT,
  TG_OPERATION_COUNT,
  // Two operations in one step: the first is TG_ADD, TG_SUBTRACT or TG_MULTIPLY, and for each the second
  // is one of these, its result on the left or on the right; then two of their own.
  TG_PAIR_ADD = 0, TG_PAIR_ADD_RIGHT, TG_PAIR_SUBTRACT, TG_PAIR_SUBTRACT_RIGHT, TG_PAIR_MULTIPLY,
  TG_PAIR_MULTIPLY_RIGHT, TG_PAIR_MAXIMUM, TG_PAIR_GREATER, TG_PAIR_SECONDS,
  TG_PAIRS = 100,
  TG_PAIR_GREATER_SELECT = TG_PAIRS + 3 * TG_PAIR_SECONDS, TG_PAIR_SELECT_MULTIPLY,
  TG_PAIRS_END,
  TG_PAIR_COUNT = TG_PAIRS_END - TG_PAIRS,
  // Steps that are not arithmetic.
  TG_STEP_LOAD = 200, TG_STEP_STORE, TG_STEP_SUM
};

/// A step of the program. Of an operation, all fields number values (a pair has up to four operands); of
/// a load, `a` numbers the stream; of a store or a sum, `a` numbers the store or the sum.
typedef struct tg_step {
  int32_t operation, destination, a, b, c, e;
} tg_step;

/// Element i of the domain reads base[(i / span) * inner + i % inner].
typedef struct tg_stream {
  const char *base;
  int64_t inner, span;
  int32_t dtype, value;
} tg_stream;

typedef struct tg_constant {
  double number;
  int64_t value;
} tg_constant;

typedef struct tg_store {
  char *destination;
  int32_t dtype, value;
  int64_t direct;  ///< The value is computed in its place at the destination.
} tg_store;

/// Element i of the domain is added to destination[(i / span) * inner + i % inner].
///
/// The order of additions depends on count, inner and span alone. A run of elements between two
/// multiples of `span`, cut by the ends of chunks, is gathered in `lanes` double accumulators (a
/// multiple of `inner`), element j of the run in lane j % lanes. Runs that a chunk's end cut go to
/// `partials`, two rows of `inner` for each chunk: the chunk's first run, and its last.
typedef struct tg_sum {
  char *destination;
  double *partials;
  int64_t inner, span, lanes;
  int32_t dtype, value;
} tg_sum;

typedef struct tg_pointwise_program {
  int64_t count, chunk_length, block;
  const tg_step *steps;
  const tg_stream *streams;
  const tg_constant *constants;
  const tg_store *stores;
  const tg_sum *sums;
  const int32_t *slots;  ///< For each value the block buffer it lives in, or -1.
  int32_t step_count, stream_count, constant_count, store_count, sum_count, value_count, slot_count;
  int32_t is_double;
} tg_pointwise_program;

typedef void (*tg_conversion)(void *to, const void *from, int64_t count);

typedef struct tg_pointwise_table {
  /// Runs elements chunk * chunk_length up to the next chunk.
  void (*run_chunk)(const tg_pointwise_program *program, int64_t chunk);
  /// Adds up what the chunks left in a sum's `partials` and writes the runs that chunks cut.
  void (*merge)(const tg_pointwise_program *program, const tg_sum *sum);
  /// sum[c] = the sum over `rows` rows, `width` elements apart, of x[r * width + c], for c from
  /// `from` to `to`, rows in order, in double.
  void (*add_columns)(int32_t is_double, const void *x, int64_t width, int64_t rows, int64_t from,
                      int64_t to, void *sum, int32_t dtype);
  /// [precision: 0 float32, 1 float64][dtype], from storage to the precision and back.
  tg_conversion load[2][8], store[2][8];
} tg_pointwise_table;
