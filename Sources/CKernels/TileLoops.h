// One dtype's register tiles. The number of rows and of vectors is known to the compiler in each
// instance, so that a tile's sums stay in registers; an instance for every number of rows lets a
// remainder be spread evenly instead of computed apart.
//
// Every sum runs over its terms in ascending order, one multiply-add at a time, whatever the tile:
// how a product is cut into tiles never shows in its bits.

typedef TG_ELEMENT TG_TYPED(vector) __attribute__((vector_size(TG_VECTOR_BYTES)));
typedef TG_ELEMENT TG_TYPED(loose)
    __attribute__((vector_size(TG_VECTOR_BYTES), aligned(sizeof(TG_ELEMENT)), may_alias));

#define T TG_ELEMENT
#define V TG_TYPED(vector)
#define LANES ((long)(TG_VECTOR_BYTES / sizeof(T)))
#define UNROLL _Pragma("clang loop unroll(full)")

TG_INLINE V TG_TYPED(load)(const T *from) { return *(const TG_TYPED(loose) *)from; }

TG_INLINE void TG_TYPED(store)(T *to, V value) { *(TG_TYPED(loose) *)to = value; }

TG_INLINE V TG_TYPED(spread)(T value) { return value - (V){0}; }

TG_INLINE V TG_TYPED(multiply_add)(V a, V b, V sum) {
#if TG_HAS_FMA
  return __builtin_elementwise_fma(a, b, sum);
#else
  return sum + a * b;
#endif
}

#include "PartialVectors.h"

/// Has what a pointer points to read again where it is used, not kept in registers that it has not.
#define AFRESH(pointer) __asm__ volatile("" : "+r"(pointer))

/// Where the lines lie that a tile asks for, one with each term.
#define AHEAD                                                                             \
  const char *ahead = tile->ahead ? tile->ahead : (const char *)tile;                     \
  const long ahead_step = tile->ahead ? tile->ahead_step : 0;

#define ASK_AHEAD                  \
  __builtin_prefetch(ahead, 0, 2); \
  ahead += ahead_step;

/// Writes the sums of a tile, row r at `place`.
#define FINISH(place)                                                                     \
  if (tile->columns == vectors * LANES) {                                                 \
    if (tile->accumulate) {                                                               \
      UNROLL for (int r = 0; r < rows; r++) {                                             \
        UNROLL for (int v = 0; v < vectors; v++) {                                        \
          T *to = (place) + v * LANES;                                                    \
          TG_TYPED(store)(to, TG_TYPED(load)(to) + sums[r][v]);                           \
        }                                                                                 \
      }                                                                                   \
    } else {                                                                              \
      UNROLL for (int r = 0; r < rows; r++) {                                             \
        UNROLL for (int v = 0; v < vectors; v++) {                                        \
          TG_TYPED(store)((place) + v * LANES, sums[r][v]);                               \
        }                                                                                 \
      }                                                                                   \
    }                                                                                     \
  } else {                                                                                \
    /* The last vector is not full. */                                                    \
    const long part = tile->columns - (vectors - 1) * LANES;                              \
    UNROLL for (int r = 0; r < rows; r++) {                                               \
      T *to = (place);                                                                    \
      V last = sums[r][vectors - 1];                                                      \
      UNROLL for (int v = 0; v + 1 < vectors; v++) {                                      \
        V whole = sums[r][v];                                                             \
        if (tile->accumulate) { whole = TG_TYPED(load)(to) + whole; }                     \
        TG_TYPED(store)(to, whole);                                                       \
        to += LANES;                                                                      \
      }                                                                                   \
      if (tile->accumulate) { last = TG_TYPED(load_part)(to, part) + last; }              \
      TG_TYPED(store_part)(to, last, part);                                               \
    }                                                                                     \
  }

TG_INLINE void TG_TYPED(row_tile)(
    const int rows, const int vectors, const void *const *a, const void *b, void *const *c,
    long c_offset, const tg_tile *tile) {
  V sums[2 * TG_TILE_ROWS][3];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) { sums[r][v] = (V){0}; }
  }
  if (tile->asks) {
    // Stores wait for their lines one after the other; asked for here, all come meanwhile.
    UNROLL for (int r = 0; r < rows; r++) {
      const char *to = (const char *)c[r] + c_offset * (long)sizeof(T);
      UNROLL for (int v = 0; v < vectors * TG_VECTOR_BYTES; v += 64) {
        __builtin_prefetch(to + v, 1);
      }
    }
  }
  const long terms = tile->terms, b_step = tile->b_step;
  AHEAD
  for (long s = 0; s < tile->runs; s++) {
    const T *from = (const T *)b + tile->b_starts[s];
    long i = tile->a_starts[s];
    const long end = i + terms;
    // A row's terms are reached by an index that all rows share: were each row's pointer moved, a short
    // run would spend as long on that as on its terms.
    const void *const *row = a;
    if (vectors == 1 && TG_VECTOR_BYTES == 64) {
      // Row by row, so that a row's address is fetched once for four terms. AVX-512 reads and
      // spreads a value within the multiply-add; elsewhere this would run out of registers.
      for (; i + 4 <= end; i += 4) {
        AFRESH(row);
        if (tile->ahead) {
          UNROLL for (int u = 0; u < 4; u++) { ASK_AHEAD }
        }
        V weights[4];
        UNROLL for (int u = 0; u < 4; u++) { weights[u] = TG_TYPED(load)(from + u * b_step); }
        UNROLL for (int r = 0; r < rows; r++) {
          UNROLL for (int u = 0; u < 4; u++) {
            V value = TG_TYPED(spread)(((const T *)row[r])[i + u]);
            sums[r][0] = TG_TYPED(multiply_add)(value, weights[u], sums[r][0]);
          }
        }
        from += 4 * b_step;
      }
    } else {
      for (; i + 4 <= end; i += 4) {
        UNROLL for (int u = 0; u < 4; u++) {
          ASK_AHEAD
          V weights[3];
          UNROLL for (int v = 0; v < vectors; v++) {
            weights[v] = TG_TYPED(load)(from + v * LANES);
          }
          UNROLL for (int r = 0; r < rows; r++) {
            V value = TG_TYPED(spread)(((const T *)row[r])[i + u]);
            UNROLL for (int v = 0; v < vectors; v++) {
              sums[r][v] = TG_TYPED(multiply_add)(value, weights[v], sums[r][v]);
            }
          }
          from += b_step;
        }
      }
    }
    for (; i < end; i++) {
      AFRESH(row);
      ASK_AHEAD
      V weights[3];
      UNROLL for (int v = 0; v < vectors; v++) { weights[v] = TG_TYPED(load)(from + v * LANES); }
      UNROLL for (int r = 0; r < rows; r++) {
        V value = TG_TYPED(spread)(((const T *)row[r])[i]);
        UNROLL for (int v = 0; v < vectors; v++) {
          sums[r][v] = TG_TYPED(multiply_add)(value, weights[v], sums[r][v]);
        }
      }
      from += b_step;
    }
  }
  FINISH((T *)c[r] + c_offset)
}

TG_INLINE void TG_TYPED(outer_tile)(
    const int rows, const int vectors, const void *a, const void *b, void *c, long c_step,
    const tg_tile *tile) {
  V sums[2 * TG_TILE_ROWS][3];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) { sums[r][v] = (V){0}; }
  }
  const long terms = tile->terms, a_step = tile->a_step, b_step = tile->b_step;
  AHEAD
  for (long s = 0; s < tile->runs; s++) {
    const T *left = (const T *)a + tile->a_starts[s];
    const T *right = (const T *)b + tile->b_starts[s];
    for (long i = 0; i < terms; i++) {
      ASK_AHEAD
      V weights[3];
      UNROLL for (int v = 0; v < vectors; v++) { weights[v] = TG_TYPED(load)(right + v * LANES); }
      UNROLL for (int r = 0; r < rows; r++) {
        V value = TG_TYPED(spread)(left[r]);
        UNROLL for (int v = 0; v < vectors; v++) {
          sums[r][v] = TG_TYPED(multiply_add)(value, weights[v], sums[r][v]);
        }
      }
      left += a_step;
      right += b_step;
    }
  }
  FINISH((T *)c + r * c_step)
}

#define INSTANCE(rows, vectors)                                                                 \
  static void TG_TYPED(row_tile_##rows##_##vectors)(                                            \
      const void *const *a, const void *b, void *const *c, long c_offset, const tg_tile *tile) { \
    TG_TYPED(row_tile)(rows, vectors, a, b, c, c_offset, tile);                                 \
  }                                                                                             \
  static void TG_TYPED(outer_tile_##rows##_##vectors)(                                          \
      const void *a, const void *b, void *c, long c_step, const tg_tile *tile) {                \
    TG_TYPED(outer_tile)(rows, vectors, a, b, c, c_step, tile);                                 \
  }

#if TG_TILE_ROWS == 4
INSTANCE(1, 1) INSTANCE(2, 1) INSTANCE(3, 1) INSTANCE(4, 1)
INSTANCE(5, 1) INSTANCE(6, 1) INSTANCE(7, 1) INSTANCE(8, 1)
INSTANCE(1, 2) INSTANCE(2, 2) INSTANCE(3, 2) INSTANCE(4, 2)
INSTANCE(1, 3) INSTANCE(2, 3) INSTANCE(3, 3)
static const tg_row_kernel TG_TYPED(rows_1)[] = {
    NULL,
    TG_TYPED(row_tile_1_1), TG_TYPED(row_tile_2_1), TG_TYPED(row_tile_3_1),
    TG_TYPED(row_tile_4_1), TG_TYPED(row_tile_5_1), TG_TYPED(row_tile_6_1),
    TG_TYPED(row_tile_7_1), TG_TYPED(row_tile_8_1),
};
static const tg_row_kernel TG_TYPED(rows_2)[] = {
    NULL,
    TG_TYPED(row_tile_1_2), TG_TYPED(row_tile_2_2), TG_TYPED(row_tile_3_2),
    TG_TYPED(row_tile_4_2),
};
static const tg_row_kernel TG_TYPED(rows_3)[] = {
    NULL,
    TG_TYPED(row_tile_1_3), TG_TYPED(row_tile_2_3), TG_TYPED(row_tile_3_3),
};
static const tg_outer_kernel TG_TYPED(outer_1)[] = {
    NULL,
    TG_TYPED(outer_tile_1_1), TG_TYPED(outer_tile_2_1), TG_TYPED(outer_tile_3_1),
    TG_TYPED(outer_tile_4_1), TG_TYPED(outer_tile_5_1), TG_TYPED(outer_tile_6_1),
    TG_TYPED(outer_tile_7_1), TG_TYPED(outer_tile_8_1),
};
static const tg_outer_kernel TG_TYPED(outer_2)[] = {
    NULL,
    TG_TYPED(outer_tile_1_2), TG_TYPED(outer_tile_2_2), TG_TYPED(outer_tile_3_2),
    TG_TYPED(outer_tile_4_2),
};
static const tg_outer_kernel TG_TYPED(outer_3)[] = {
    NULL,
    TG_TYPED(outer_tile_1_3), TG_TYPED(outer_tile_2_3), TG_TYPED(outer_tile_3_3),
};
#elif TG_TILE_ROWS == 6
INSTANCE(1, 1) INSTANCE(2, 1) INSTANCE(3, 1) INSTANCE(4, 1)
INSTANCE(5, 1) INSTANCE(6, 1) INSTANCE(7, 1) INSTANCE(8, 1)
INSTANCE(9, 1) INSTANCE(10, 1) INSTANCE(11, 1) INSTANCE(12, 1)
INSTANCE(1, 2) INSTANCE(2, 2) INSTANCE(3, 2) INSTANCE(4, 2)
INSTANCE(5, 2) INSTANCE(6, 2)
INSTANCE(1, 3) INSTANCE(2, 3) INSTANCE(3, 3)
static const tg_row_kernel TG_TYPED(rows_1)[] = {
    NULL,
    TG_TYPED(row_tile_1_1), TG_TYPED(row_tile_2_1), TG_TYPED(row_tile_3_1),
    TG_TYPED(row_tile_4_1), TG_TYPED(row_tile_5_1), TG_TYPED(row_tile_6_1),
    TG_TYPED(row_tile_7_1), TG_TYPED(row_tile_8_1), TG_TYPED(row_tile_9_1),
    TG_TYPED(row_tile_10_1), TG_TYPED(row_tile_11_1), TG_TYPED(row_tile_12_1),
};
static const tg_row_kernel TG_TYPED(rows_2)[] = {
    NULL,
    TG_TYPED(row_tile_1_2), TG_TYPED(row_tile_2_2), TG_TYPED(row_tile_3_2),
    TG_TYPED(row_tile_4_2), TG_TYPED(row_tile_5_2), TG_TYPED(row_tile_6_2),
};
static const tg_row_kernel TG_TYPED(rows_3)[] = {
    NULL,
    TG_TYPED(row_tile_1_3), TG_TYPED(row_tile_2_3), TG_TYPED(row_tile_3_3),
};
static const tg_outer_kernel TG_TYPED(outer_1)[] = {
    NULL,
    TG_TYPED(outer_tile_1_1), TG_TYPED(outer_tile_2_1), TG_TYPED(outer_tile_3_1),
    TG_TYPED(outer_tile_4_1), TG_TYPED(outer_tile_5_1), TG_TYPED(outer_tile_6_1),
    TG_TYPED(outer_tile_7_1), TG_TYPED(outer_tile_8_1), TG_TYPED(outer_tile_9_1),
    TG_TYPED(outer_tile_10_1), TG_TYPED(outer_tile_11_1), TG_TYPED(outer_tile_12_1),
};
static const tg_outer_kernel TG_TYPED(outer_2)[] = {
    NULL,
    TG_TYPED(outer_tile_1_2), TG_TYPED(outer_tile_2_2), TG_TYPED(outer_tile_3_2),
    TG_TYPED(outer_tile_4_2), TG_TYPED(outer_tile_5_2), TG_TYPED(outer_tile_6_2),
};
static const tg_outer_kernel TG_TYPED(outer_3)[] = {
    NULL,
    TG_TYPED(outer_tile_1_3), TG_TYPED(outer_tile_2_3), TG_TYPED(outer_tile_3_3),
};
#elif TG_TILE_ROWS == 12
INSTANCE(1, 1) INSTANCE(2, 1) INSTANCE(3, 1) INSTANCE(4, 1)
INSTANCE(5, 1) INSTANCE(6, 1) INSTANCE(7, 1) INSTANCE(8, 1)
INSTANCE(9, 1) INSTANCE(10, 1) INSTANCE(11, 1) INSTANCE(12, 1)
INSTANCE(13, 1) INSTANCE(14, 1) INSTANCE(15, 1) INSTANCE(16, 1)
INSTANCE(17, 1) INSTANCE(18, 1) INSTANCE(19, 1) INSTANCE(20, 1)
INSTANCE(21, 1) INSTANCE(22, 1) INSTANCE(23, 1) INSTANCE(24, 1)
INSTANCE(1, 2) INSTANCE(2, 2) INSTANCE(3, 2) INSTANCE(4, 2)
INSTANCE(5, 2) INSTANCE(6, 2) INSTANCE(7, 2) INSTANCE(8, 2)
INSTANCE(9, 2) INSTANCE(10, 2) INSTANCE(11, 2) INSTANCE(12, 2)
INSTANCE(1, 3) INSTANCE(2, 3) INSTANCE(3, 3) INSTANCE(4, 3)
INSTANCE(5, 3) INSTANCE(6, 3) INSTANCE(7, 3)
static const tg_row_kernel TG_TYPED(rows_1)[] = {
    NULL,
    TG_TYPED(row_tile_1_1), TG_TYPED(row_tile_2_1), TG_TYPED(row_tile_3_1),
    TG_TYPED(row_tile_4_1), TG_TYPED(row_tile_5_1), TG_TYPED(row_tile_6_1),
    TG_TYPED(row_tile_7_1), TG_TYPED(row_tile_8_1), TG_TYPED(row_tile_9_1),
    TG_TYPED(row_tile_10_1), TG_TYPED(row_tile_11_1), TG_TYPED(row_tile_12_1),
    TG_TYPED(row_tile_13_1), TG_TYPED(row_tile_14_1), TG_TYPED(row_tile_15_1),
    TG_TYPED(row_tile_16_1), TG_TYPED(row_tile_17_1), TG_TYPED(row_tile_18_1),
    TG_TYPED(row_tile_19_1), TG_TYPED(row_tile_20_1), TG_TYPED(row_tile_21_1),
    TG_TYPED(row_tile_22_1), TG_TYPED(row_tile_23_1), TG_TYPED(row_tile_24_1),
};
static const tg_row_kernel TG_TYPED(rows_2)[] = {
    NULL,
    TG_TYPED(row_tile_1_2), TG_TYPED(row_tile_2_2), TG_TYPED(row_tile_3_2),
    TG_TYPED(row_tile_4_2), TG_TYPED(row_tile_5_2), TG_TYPED(row_tile_6_2),
    TG_TYPED(row_tile_7_2), TG_TYPED(row_tile_8_2), TG_TYPED(row_tile_9_2),
    TG_TYPED(row_tile_10_2), TG_TYPED(row_tile_11_2), TG_TYPED(row_tile_12_2),
};
static const tg_row_kernel TG_TYPED(rows_3)[] = {
    NULL,
    TG_TYPED(row_tile_1_3), TG_TYPED(row_tile_2_3), TG_TYPED(row_tile_3_3),
    TG_TYPED(row_tile_4_3), TG_TYPED(row_tile_5_3), TG_TYPED(row_tile_6_3),
    TG_TYPED(row_tile_7_3),
};
static const tg_outer_kernel TG_TYPED(outer_1)[] = {
    NULL,
    TG_TYPED(outer_tile_1_1), TG_TYPED(outer_tile_2_1), TG_TYPED(outer_tile_3_1),
    TG_TYPED(outer_tile_4_1), TG_TYPED(outer_tile_5_1), TG_TYPED(outer_tile_6_1),
    TG_TYPED(outer_tile_7_1), TG_TYPED(outer_tile_8_1), TG_TYPED(outer_tile_9_1),
    TG_TYPED(outer_tile_10_1), TG_TYPED(outer_tile_11_1), TG_TYPED(outer_tile_12_1),
    TG_TYPED(outer_tile_13_1), TG_TYPED(outer_tile_14_1), TG_TYPED(outer_tile_15_1),
    TG_TYPED(outer_tile_16_1), TG_TYPED(outer_tile_17_1), TG_TYPED(outer_tile_18_1),
    TG_TYPED(outer_tile_19_1), TG_TYPED(outer_tile_20_1), TG_TYPED(outer_tile_21_1),
    TG_TYPED(outer_tile_22_1), TG_TYPED(outer_tile_23_1), TG_TYPED(outer_tile_24_1),
};
static const tg_outer_kernel TG_TYPED(outer_2)[] = {
    NULL,
    TG_TYPED(outer_tile_1_2), TG_TYPED(outer_tile_2_2), TG_TYPED(outer_tile_3_2),
    TG_TYPED(outer_tile_4_2), TG_TYPED(outer_tile_5_2), TG_TYPED(outer_tile_6_2),
    TG_TYPED(outer_tile_7_2), TG_TYPED(outer_tile_8_2), TG_TYPED(outer_tile_9_2),
    TG_TYPED(outer_tile_10_2), TG_TYPED(outer_tile_11_2), TG_TYPED(outer_tile_12_2),
};
static const tg_outer_kernel TG_TYPED(outer_3)[] = {
    NULL,
    TG_TYPED(outer_tile_1_3), TG_TYPED(outer_tile_2_3), TG_TYPED(outer_tile_3_3),
    TG_TYPED(outer_tile_4_3), TG_TYPED(outer_tile_5_3), TG_TYPED(outer_tile_6_3),
    TG_TYPED(outer_tile_7_3),
};
#elif TG_TILE_ROWS == 14
INSTANCE(1, 1) INSTANCE(2, 1) INSTANCE(3, 1) INSTANCE(4, 1)
INSTANCE(5, 1) INSTANCE(6, 1) INSTANCE(7, 1) INSTANCE(8, 1)
INSTANCE(9, 1) INSTANCE(10, 1) INSTANCE(11, 1) INSTANCE(12, 1)
INSTANCE(13, 1) INSTANCE(14, 1) INSTANCE(15, 1) INSTANCE(16, 1)
INSTANCE(17, 1) INSTANCE(18, 1) INSTANCE(19, 1) INSTANCE(20, 1)
INSTANCE(21, 1) INSTANCE(22, 1) INSTANCE(23, 1) INSTANCE(24, 1)
INSTANCE(25, 1) INSTANCE(26, 1) INSTANCE(27, 1) INSTANCE(28, 1)
INSTANCE(1, 2) INSTANCE(2, 2) INSTANCE(3, 2) INSTANCE(4, 2)
INSTANCE(5, 2) INSTANCE(6, 2) INSTANCE(7, 2) INSTANCE(8, 2)
INSTANCE(9, 2) INSTANCE(10, 2) INSTANCE(11, 2) INSTANCE(12, 2)
INSTANCE(13, 2) INSTANCE(14, 2)
INSTANCE(1, 3) INSTANCE(2, 3) INSTANCE(3, 3) INSTANCE(4, 3)
INSTANCE(5, 3) INSTANCE(6, 3) INSTANCE(7, 3) INSTANCE(8, 3)
INSTANCE(9, 3)
static const tg_row_kernel TG_TYPED(rows_1)[] = {
    NULL,
    TG_TYPED(row_tile_1_1), TG_TYPED(row_tile_2_1), TG_TYPED(row_tile_3_1),
    TG_TYPED(row_tile_4_1), TG_TYPED(row_tile_5_1), TG_TYPED(row_tile_6_1),
    TG_TYPED(row_tile_7_1), TG_TYPED(row_tile_8_1), TG_TYPED(row_tile_9_1),
    TG_TYPED(row_tile_10_1), TG_TYPED(row_tile_11_1), TG_TYPED(row_tile_12_1),
    TG_TYPED(row_tile_13_1), TG_TYPED(row_tile_14_1), TG_TYPED(row_tile_15_1),
    TG_TYPED(row_tile_16_1), TG_TYPED(row_tile_17_1), TG_TYPED(row_tile_18_1),
    TG_TYPED(row_tile_19_1), TG_TYPED(row_tile_20_1), TG_TYPED(row_tile_21_1),
    TG_TYPED(row_tile_22_1), TG_TYPED(row_tile_23_1), TG_TYPED(row_tile_24_1),
    TG_TYPED(row_tile_25_1), TG_TYPED(row_tile_26_1), TG_TYPED(row_tile_27_1),
    TG_TYPED(row_tile_28_1),
};
static const tg_row_kernel TG_TYPED(rows_2)[] = {
    NULL,
    TG_TYPED(row_tile_1_2), TG_TYPED(row_tile_2_2), TG_TYPED(row_tile_3_2),
    TG_TYPED(row_tile_4_2), TG_TYPED(row_tile_5_2), TG_TYPED(row_tile_6_2),
    TG_TYPED(row_tile_7_2), TG_TYPED(row_tile_8_2), TG_TYPED(row_tile_9_2),
    TG_TYPED(row_tile_10_2), TG_TYPED(row_tile_11_2), TG_TYPED(row_tile_12_2),
    TG_TYPED(row_tile_13_2), TG_TYPED(row_tile_14_2),
};
static const tg_row_kernel TG_TYPED(rows_3)[] = {
    NULL,
    TG_TYPED(row_tile_1_3), TG_TYPED(row_tile_2_3), TG_TYPED(row_tile_3_3),
    TG_TYPED(row_tile_4_3), TG_TYPED(row_tile_5_3), TG_TYPED(row_tile_6_3),
    TG_TYPED(row_tile_7_3), TG_TYPED(row_tile_8_3), TG_TYPED(row_tile_9_3),
};
static const tg_outer_kernel TG_TYPED(outer_1)[] = {
    NULL,
    TG_TYPED(outer_tile_1_1), TG_TYPED(outer_tile_2_1), TG_TYPED(outer_tile_3_1),
    TG_TYPED(outer_tile_4_1), TG_TYPED(outer_tile_5_1), TG_TYPED(outer_tile_6_1),
    TG_TYPED(outer_tile_7_1), TG_TYPED(outer_tile_8_1), TG_TYPED(outer_tile_9_1),
    TG_TYPED(outer_tile_10_1), TG_TYPED(outer_tile_11_1), TG_TYPED(outer_tile_12_1),
    TG_TYPED(outer_tile_13_1), TG_TYPED(outer_tile_14_1), TG_TYPED(outer_tile_15_1),
    TG_TYPED(outer_tile_16_1), TG_TYPED(outer_tile_17_1), TG_TYPED(outer_tile_18_1),
    TG_TYPED(outer_tile_19_1), TG_TYPED(outer_tile_20_1), TG_TYPED(outer_tile_21_1),
    TG_TYPED(outer_tile_22_1), TG_TYPED(outer_tile_23_1), TG_TYPED(outer_tile_24_1),
    TG_TYPED(outer_tile_25_1), TG_TYPED(outer_tile_26_1), TG_TYPED(outer_tile_27_1),
    TG_TYPED(outer_tile_28_1),
};
static const tg_outer_kernel TG_TYPED(outer_2)[] = {
    NULL,
    TG_TYPED(outer_tile_1_2), TG_TYPED(outer_tile_2_2), TG_TYPED(outer_tile_3_2),
    TG_TYPED(outer_tile_4_2), TG_TYPED(outer_tile_5_2), TG_TYPED(outer_tile_6_2),
    TG_TYPED(outer_tile_7_2), TG_TYPED(outer_tile_8_2), TG_TYPED(outer_tile_9_2),
    TG_TYPED(outer_tile_10_2), TG_TYPED(outer_tile_11_2), TG_TYPED(outer_tile_12_2),
    TG_TYPED(outer_tile_13_2), TG_TYPED(outer_tile_14_2),
};
static const tg_outer_kernel TG_TYPED(outer_3)[] = {
    NULL,
    TG_TYPED(outer_tile_1_3), TG_TYPED(outer_tile_2_3), TG_TYPED(outer_tile_3_3),
    TG_TYPED(outer_tile_4_3), TG_TYPED(outer_tile_5_3), TG_TYPED(outer_tile_6_3),
    TG_TYPED(outer_tile_7_3), TG_TYPED(outer_tile_8_3), TG_TYPED(outer_tile_9_3),
};
#endif

/// What was stored past the caches is there before what follows.
#ifndef TG_FENCE
#if defined(__x86_64__)
#define TG_FENCE _mm_sfence();
#else
#define TG_FENCE
#endif
#endif

static void TG_TYPED(stream)(void *to, const void *from, long bytes) {
  char *target = to;
  const char *source = from;
  const long ahead = -(uintptr_t)target & 63, head = ahead < bytes ? ahead : bytes;
  memcpy(target, source, (size_t)head);
  long i = head;
  for (; i + 64 <= bytes; i += 64) {
    for (long j = 0; j < 64; j += TG_VECTOR_BYTES) {
      __builtin_nontemporal_store(*(const V *)(source + i + j), (V *)(target + i + j));
    }
  }
  memcpy(target + i, source + i, (size_t)(bytes - i));
  TG_FENCE
}

static void TG_TYPED(add)(void *sum, const void *part, long count) {
  T *restrict to = sum;
  const T *restrict from = part;
  for (long i = 0; i < count; i++) { to[i] += from[i]; }
}

static void TG_TYPED(pack)(
    void *to, const void *from, long rows, long columns, long width, long step) {
  long i = 0;
  if (columns == width && width < LANES && step >= width) {
    // A group's few channels: what is copied beyond them the next row replaces.
    for (; (rows - i) * width >= LANES; i++) {
      TG_TYPED(store)((T *)to + i * width, TG_TYPED(load)((const T *)from + i * step));
    }
  }
  for (; i < rows; i++) {
    T *restrict row = (T *)to + i * width;
    const T *restrict source = (const T *)from + i * step;
    if (columns == width && width % LANES == 0) {
      for (long j = 0; j < width; j += LANES) {
        TG_TYPED(store)(row + j, TG_TYPED(load)(source + j));
      }
    } else if (columns == width && width < LANES) {
      for (long j = 0; j < width; j++) { row[j] = source[j]; }
    } else if (width <= 3 * LANES && width % LANES == 0) {
      // A panel's few columns: not worth a call for each row.
      const long whole = columns / LANES * LANES;
      for (long j = 0; j < whole; j += LANES) {
        TG_TYPED(store)(row + j, TG_TYPED(load)(source + j));
      }
      if (whole < width) {
        TG_TYPED(store)(row + whole, TG_TYPED(load_part)(source + whole, columns - whole));
      }
    } else {
      memcpy(row, source, (size_t)columns * sizeof(T));
      memset(row + columns, 0, (size_t)(width - columns) * sizeof(T));
    }
  }
}

typedef TG_ELEMENT TG_TYPED(octet) __attribute__((vector_size(8 * sizeof(TG_ELEMENT))));
typedef TG_ELEMENT TG_TYPED(loose_octet)
    __attribute__((vector_size(8 * sizeof(TG_ELEMENT)), aligned(sizeof(TG_ELEMENT)), may_alias));

/// Exchanges the off-diagonal halves of a pair of rows, at one scale of the transposition.
#define EXCHANGE(i, j, lower, upper)                                      \
  do {                                                                    \
    const TG_TYPED(octet) a = block[i], b = block[j];                     \
    block[i] = __builtin_shufflevector(a, b, lower);                      \
    block[j] = __builtin_shufflevector(a, b, upper);                      \
  } while (0)
#define LOWER_1 0, 8, 2, 10, 4, 12, 6, 14
#define UPPER_1 1, 9, 3, 11, 5, 13, 7, 15
#define LOWER_2 0, 1, 8, 9, 4, 5, 12, 13
#define UPPER_2 2, 3, 10, 11, 6, 7, 14, 15
#define LOWER_4 0, 1, 2, 3, 8, 9, 10, 11
#define UPPER_4 4, 5, 6, 7, 12, 13, 14, 15

/// Transposes eight by eight elements, of which only so many rows are read, as if zeros followed, and so
/// many of the result written.
TG_INLINE void TG_TYPED(transpose_part)(
    T *to, const T *from, long width, long step, const long read, const long written) {
  TG_TYPED(octet) block[8];
  UNROLL for (int j = 0; j < 8; j++) {
    block[j] = (TG_TYPED(octet)){0};
    if (j < read) { block[j] = *(const TG_TYPED(loose_octet) *)(from + j * step); }
  }
  EXCHANGE(0, 1, LOWER_1, UPPER_1);
  EXCHANGE(2, 3, LOWER_1, UPPER_1);
  EXCHANGE(4, 5, LOWER_1, UPPER_1);
  EXCHANGE(6, 7, LOWER_1, UPPER_1);
  EXCHANGE(0, 2, LOWER_2, UPPER_2);
  EXCHANGE(1, 3, LOWER_2, UPPER_2);
  EXCHANGE(4, 6, LOWER_2, UPPER_2);
  EXCHANGE(5, 7, LOWER_2, UPPER_2);
  EXCHANGE(0, 4, LOWER_4, UPPER_4);
  EXCHANGE(1, 5, LOWER_4, UPPER_4);
  EXCHANGE(2, 6, LOWER_4, UPPER_4);
  EXCHANGE(3, 7, LOWER_4, UPPER_4);
  UNROLL for (int i = 0; i < 8; i++) {
    if (i < written) { *(TG_TYPED(loose_octet) *)(to + i * width) = block[i]; }
  }
}

TG_INLINE void TG_TYPED(transpose_octets)(T *to, const T *from, long width, long step) {
  TG_TYPED(transpose_part)(to, from, width, step, 8, 8);
}

static void TG_TYPED(pack_transposed)(
    void *to, const void *from, long rows, long columns, long width, long step) {
  const long whole_rows = rows / 8 * 8, whole_columns = columns / 8 * 8;
  T *target = to;
  const T *source = from;
  for (long j = 0; j < whole_columns; j += 8) {
    for (long i = 0; i < whole_rows; i += 8) {
      TG_TYPED(transpose_octets)(target + i * width + j, source + j * step + i, width, step);
    }
    for (long i = whole_rows; i < rows; i++) {
      for (long u = j; u < j + 8; u++) { target[i * width + u] = source[u * step + i]; }
    }
  }
  if (whole_columns == width) { return; }
  for (long i = 0; i < rows; i++) {
    for (long j = whole_columns; j < columns; j++) { target[i * width + j] = source[j * step + i]; }
    for (long j = columns; j < width; j++) { target[i * width + j] = 0; }
  }
}

#undef INSTANCE
#undef AFRESH
#undef FINISH
#undef AHEAD
#undef ASK_AHEAD
#undef EXCHANGE
