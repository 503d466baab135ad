// Products with so few columns that a vector of them would be mostly empty: the terms of a sum lie
// in the lanes, and a sum is their total. Follows TileLoops.h, whose vectors it uses.
//
// The order of a sum depends on its number of terms alone: lane by lane in ascending order, then
// halves of the vector.

#define DOT_COLUMNS 4
/// Sums that stay in registers.
#define DOT_SUMS (TG_VECTOR_BYTES == 64 ? 24 : 12)

typedef TG_ELEMENT TG_TYPED(quarter) __attribute__((vector_size(16)));
typedef TG_ELEMENT TG_TYPED(double_quarter) __attribute__((vector_size(32)));

TG_INLINE T TG_TYPED(total)(V value) {
#if TG_VECTOR_BYTES == 64
  union { V whole; TG_TYPED(double_quarter) halves[2]; } wide = {value};
  union { TG_TYPED(double_quarter) whole; TG_TYPED(quarter) halves[2]; } narrow = {
      wide.halves[0] + wide.halves[1]};
  const TG_TYPED(quarter) last = narrow.halves[0] + narrow.halves[1];
#elif TG_VECTOR_BYTES == 32
  union { V whole; TG_TYPED(quarter) halves[2]; } narrow = {value};
  const TG_TYPED(quarter) last = narrow.halves[0] + narrow.halves[1];
#else
  const TG_TYPED(quarter) last = value;
#endif
  if (sizeof(T) == 4) { return (last[0] + last[2]) + (last[1] + last[3]); }
  return last[0] + last[1];
}

TG_INLINE void TG_TYPED(dot_tile)(
    const int rows, const int columns, const void *const *a, const T *b, void *const *c,
    long c_offset, const tg_tile *tile) {
  V sums[DOT_SUMS][DOT_COLUMNS];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int j = 0; j < columns; j++) { sums[r][j] = (V){0}; }
  }
  const long whole = tile->terms / LANES * LANES, rest = tile->terms - whole;
  for (long s = 0; s < tile->runs; s++) {
    const T *weights = b + tile->b_starts[s];
    const long start = tile->a_starts[s];
    for (long i = 0; i < whole; i += LANES) {
      V weight[DOT_COLUMNS];
      UNROLL for (int j = 0; j < columns; j++) {
        weight[j] = TG_TYPED(load)(weights + j * tile->b_step + i);
      }
      UNROLL for (int r = 0; r < rows; r++) {
        const V value = TG_TYPED(load)((const T *)a[r] + start + i);
        UNROLL for (int j = 0; j < columns; j++) {
          sums[r][j] = TG_TYPED(multiply_add)(value, weight[j], sums[r][j]);
        }
      }
    }
    if (rest > 0) {
      V weight[DOT_COLUMNS];
      UNROLL for (int j = 0; j < columns; j++) {
        weight[j] = TG_TYPED(load_part)(weights + j * tile->b_step + whole, rest);
      }
      UNROLL for (int r = 0; r < rows; r++) {
        const V value = TG_TYPED(load_part)((const T *)a[r] + start + whole, rest);
        UNROLL for (int j = 0; j < columns; j++) {
          sums[r][j] = TG_TYPED(multiply_add)(value, weight[j], sums[r][j]);
        }
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    T *to = (T *)c[r] + c_offset;
    UNROLL for (int j = 0; j < columns; j++) {
      const T sum = TG_TYPED(total)(sums[r][j]);
      to[j] = tile->accumulate ? to[j] + sum : sum;
    }
  }
}

/// As many rows at a time as there are registers for, then fewer: one row alone waits for its sums.
#define DOT_ROWS(at_a_time, columns)                                                           \
  for (; r + (at_a_time) <= rows; r += (at_a_time)) {                                          \
    TG_TYPED(dot_tile)((at_a_time), columns, a + r, b, c + r, c_offset, tile);                 \
  }
#define DOTS(columns)                                                                          \
  DOT_ROWS(DOT_SUMS / columns, columns)                                                        \
  DOT_ROWS(DOT_SUMS / columns / 2, columns)                                                    \
  if (DOT_SUMS / columns >= 8) { DOT_ROWS(DOT_SUMS / columns / 4, columns) }                   \
  if (DOT_SUMS / columns == 6) { DOT_ROWS(2, columns) }                                        \
  DOT_ROWS(1, columns)

static void TG_TYPED(dots)(
    const void *const *a, long rows, const void *b, void *const *c, long c_offset,
    const tg_tile *tile) {
  long r = 0;
  switch (tile->columns) {
    case 1: DOTS(1) break;
    case 2: DOTS(2) break;
    case 3: DOTS(3) break;
    default: DOTS(4) break;
  }
}

#undef DOTS
#undef DOT_ROWS
#undef DOT_SUMS
#undef DOT_COLUMNS
