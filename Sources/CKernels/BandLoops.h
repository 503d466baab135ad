// Products whose sums are short: a register tile of them would spend more on its beginning and end
// than on its terms. Lower tiles follow each other without a call, through all columns of a few rows
// before the next rows: while one is computed the one before is written, and a row's cache lines are
// written in order. Follows TileLoops.h, whose vectors it uses.

#if TG_VECTOR_BYTES == 64 || defined(__aarch64__)
#define BAND_ROWS 8
#define WIDE_BAND_ROWS 8
#elif TG_VECTOR_BYTES == 32
#define BAND_ROWS 6
#define WIDE_BAND_ROWS 3
#else
#define BAND_ROWS 4
#define WIDE_BAND_ROWS 2
#endif

/// - Parameter columns: how many to write.
TG_INLINE void TG_TYPED(band_tile)(
    const int rows, const int vectors, const T *const *a, const T *b, T *const *c, long c_offset,
    long columns, const tg_tile *tile) {
  V sums[BAND_ROWS][3];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) { sums[r][v] = (V){0}; }
  }
  const long terms = tile->terms;
  for (long s = 0; s < tile->runs; s++) {
    const T *from = b + tile->b_starts[s] * vectors * LANES;
    long i = tile->a_starts[s];
    for (const long end = i + terms; i < end; i++) {
      V weights[3];
      UNROLL for (int v = 0; v < vectors; v++) { weights[v] = TG_TYPED(load)(from + v * LANES); }
      UNROLL for (int r = 0; r < rows; r++) {
        V value = TG_TYPED(spread)(a[r][i]);
        UNROLL for (int v = 0; v < vectors; v++) {
          sums[r][v] = TG_TYPED(multiply_add)(value, weights[v], sums[r][v]);
        }
      }
      from += vectors * LANES;
    }
  }
  const long part = columns - (vectors - 1) * LANES;
  UNROLL for (int r = 0; r < rows; r++) {
    T *to = c[r] + c_offset;
    UNROLL for (int v = 0; v + 1 < vectors; v++) { TG_TYPED(store)(to + v * LANES, sums[r][v]); }
    to += (vectors - 1) * LANES;
    if (part == LANES) {
      TG_TYPED(store)(to, sums[r][vectors - 1]);
    } else {
      TG_TYPED(store_part)(to, sums[r][vectors - 1], part);
    }
  }
}

#define BAND(rows, vectors)                                                                     \
  for (int r = 0; r < BAND_ROWS; r += (rows)) {                                                 \
    TG_TYPED(band_tile)((rows), (vectors), from + r, right, to + r, first, left, tile);         \
  }

static void TG_TYPED(bands)(
    const void *const *a, long rows, const void *b, void *const *c, long c_offset,
    const tg_tile *tile) {
  for (long begin = 0; begin < rows; begin += BAND_ROWS) {
    const T *from[BAND_ROWS];
    T *to[BAND_ROWS];
    UNROLL for (int r = 0; r < BAND_ROWS; r++) {
      // Where rows are left over, the last is computed several times.
      const long row = begin + r < rows ? begin + r : rows - 1;
      from[r] = a[row];
      to[r] = (T *)c[row] + c_offset;
    }
    long first = 0;
    for (; tile->columns - first > 3 * LANES; first += 2 * LANES) {
      const T *right = (const T *)b + first * tile->b_step;
      const long left = 2 * LANES;
      BAND(BAND_ROWS, 2)
    }
    const T *right = (const T *)b + first * tile->b_step;
    const long left = tile->columns - first;
    if (left > 2 * LANES) {
      BAND(WIDE_BAND_ROWS, 3)
    } else if (left > LANES) {
      BAND(BAND_ROWS, 2)
    } else {
      BAND(BAND_ROWS, 1)
    }
  }
}

#undef BAND
#undef BAND_ROWS
#undef WIDE_BAND_ROWS
