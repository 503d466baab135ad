// Convolution with an image in each lane, after TileLoops.h, whose vectors it uses.
//
// Where pixels have fewer channels than a vector has lanes, a vector of channels is mostly empty. With
// one image a lane it is full for any number of channels, a weight is spread over all lanes, and
// nothing is shuffled within a vector. Every sum runs over its terms as in TileLoops.h, one
// multiply-add at a time: the bits are the same.

TG_INLINE void TG_TYPED(lane_tile)(
    const int pixels, const int outputs, T *to, const T *from, const T *weights,
    const tg_lane_tile *tile) {
  V sums[8][TG_MOST_LANE_OUTPUTS];
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int o = 0; o < outputs; o++) { sums[p][o] = (V){0}; }
  }
  const long terms = tile->terms, step = tile->from_step;
  for (long s = 0; s < tile->runs; s++) {
    const T *source = from + tile->starts[s];
    for (long i = 0; i < terms; i++) {
      V weight[TG_MOST_LANE_OUTPUTS];
      UNROLL for (int o = 0; o < outputs; o++) { weight[o] = TG_TYPED(spread)(weights[o]); }
      UNROLL for (int p = 0; p < pixels; p++) {
        const V value = TG_TYPED(load)(source + p * step);
        UNROLL for (int o = 0; o < outputs; o++) {
          sums[p][o] = TG_TYPED(multiply_add)(value, weight[o], sums[p][o]);
        }
      }
      source += LANES;
      weights += outputs;
    }
    weights += tile->skipped;
  }
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int o = 0; o < outputs; o++) {
      TG_TYPED(store)(to + p * tile->to_step + o * LANES, sums[p][o]);
    }
  }
}

TG_INLINE void TG_TYPED(lane_sums)(
    const int rows, const int outputs, T *to_sums, const T *from, const T *to,
    const tg_lane_sums *tile) {
  V sums[TG_MOST_LANE_ROWS][TG_MOST_LANE_OUTPUTS];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int o = 0; o < outputs; o++) { sums[r][o] = (V){0}; }
  }
  const long terms = tile->terms;
  for (long s = 0; s < tile->runs; s++) {
    const T *left = from + tile->from_starts[s];
    const T *right = to + tile->to_starts[s];
    for (long i = 0; i < terms; i++) {
      V value[TG_MOST_LANE_OUTPUTS];
      UNROLL for (int o = 0; o < outputs; o++) { value[o] = TG_TYPED(load)(right + o * LANES); }
      UNROLL for (int r = 0; r < rows; r++) {
        const V factor = TG_TYPED(load)(left + r * LANES);
        UNROLL for (int o = 0; o < outputs; o++) {
          sums[r][o] = TG_TYPED(multiply_add)(factor, value[o], sums[r][o]);
        }
      }
      left += tile->from_step;
      right += tile->to_step;
    }
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int o = 0; o < outputs; o++) {
      T *sum = to_sums + r * tile->sums_step + o * LANES;
      TG_TYPED(store)(sum, tile->accumulate ? TG_TYPED(load)(sum) + sums[r][o] : sums[r][o]);
    }
  }
}

#define TILE(pixels, outputs)                                                                   \
  static void TG_TYPED(lane_tile_##pixels##_##outputs)(                                         \
      void *to, const void *from, const void *weights, const tg_lane_tile *tile) {              \
    TG_TYPED(lane_tile)(pixels, outputs, to, from, weights, tile);                              \
  }
#define SUMS(rows, outputs)                                                                     \
  static void TG_TYPED(lane_sums_##rows##_##outputs)(                                           \
      void *sums, const void *from, const void *to, const tg_lane_sums *tile) {                 \
    TG_TYPED(lane_sums)(rows, outputs, sums, from, to, tile);                                   \
  }

TILE(1, 1) TILE(1, 2) TILE(1, 3)
TILE(2, 1) TILE(2, 2) TILE(2, 3)
TILE(8, 1)
SUMS(1, 1) SUMS(1, 2) SUMS(1, 3)
SUMS(2, 1) SUMS(2, 2) SUMS(2, 3)
SUMS(3, 1) SUMS(3, 2) SUMS(3, 3)
#if TG_TILE_ROWS >= 12
TILE(1, 4) TILE(1, 5) TILE(1, 6)
TILE(2, 4) TILE(2, 5) TILE(2, 6)
TILE(8, 2) TILE(8, 3) TILE(6, 4) TILE(5, 5) TILE(4, 6)
SUMS(1, 4) SUMS(2, 4) SUMS(3, 4)
SUMS(4, 1) SUMS(4, 2) SUMS(4, 3) SUMS(4, 4)
SUMS(5, 1) SUMS(5, 2) SUMS(5, 3) SUMS(5, 4)
SUMS(6, 1) SUMS(6, 2) SUMS(6, 3) SUMS(6, 4)
#else
// Sixteen registers.
TILE(6, 2) TILE(4, 3)
#endif

static void TG_TYPED(interleave)(void *to_, const void *from_, long images, long step, long count) {
  T *to = to_;
  const T *from = from_;
  if (images < LANES) { memset(to, 0, (size_t)(count * LANES) * sizeof(T)); }
  long first = 0;
  for (; LANES >= 8 && first + 8 <= images; first += 8) {
    long i = 0;
    for (; i + 8 <= count; i += 8) {
      // Eight streams far apart: more than the processor follows by itself.
      for (long l = first; l < first + 8; l++) { __builtin_prefetch(from + l * step + i + 48); }
      TG_TYPED(transpose_octets)(to + i * LANES + first, from + first * step + i, LANES, step);
    }
    for (; i < count; i++) {
      for (long l = first; l < first + 8; l++) { to[i * LANES + l] = from[l * step + i]; }
    }
  }
  if (first == images) { return; }
  long i = 0;
  for (; LANES >= 8 && i + 8 <= count; i += 8) {
    TG_TYPED(transpose_part)(
        to + i * LANES + first, from + first * step + i, LANES, step, images - first, 8);
  }
  for (; i < count; i++) {
    for (long l = first; l < images; l++) { to[i * LANES + l] = from[l * step + i]; }
  }
}

static void TG_TYPED(deinterleave)(
    void *to_, const void *from_, long images, long step, long count) {
  T *to = to_;
  const T *from = from_;
  long first = 0;
  for (; LANES >= 8 && first + 8 <= images; first += 8) {
    long i = 0;
    for (; i + 8 <= count; i += 8) {
      TG_TYPED(transpose_octets)(to + first * step + i, from + i * LANES + first, step, LANES);
    }
    for (; i < count; i++) {
      for (long l = first; l < first + 8; l++) { to[l * step + i] = from[i * LANES + l]; }
    }
  }
  if (first == images) { return; }
  long i = 0;
  for (; LANES >= 8 && i + 8 <= count; i += 8) {
    TG_TYPED(transpose_part)(
        to + first * step + i, from + i * LANES + first, step, LANES, 8, images - first);
  }
  for (; i < count; i++) {
    for (long l = first; l < images; l++) { to[l * step + i] = from[i * LANES + l]; }
  }
}

static const tg_image_lanes TG_TYPED(image_lanes) = {
    .interleave = TG_TYPED(interleave),
    .deinterleave = TG_TYPED(deinterleave),
#if TG_TILE_ROWS >= 12
    .outputs = 6,
    .tiles = {NULL, TG_TYPED(lane_tile_8_1), TG_TYPED(lane_tile_8_2), TG_TYPED(lane_tile_8_3),
              TG_TYPED(lane_tile_6_4), TG_TYPED(lane_tile_5_5), TG_TYPED(lane_tile_4_6)},
    .pixels = {0, 8, 8, 8, 6, 5, 4},
    .singles = {NULL, TG_TYPED(lane_tile_1_1), TG_TYPED(lane_tile_1_2), TG_TYPED(lane_tile_1_3),
                TG_TYPED(lane_tile_1_4), TG_TYPED(lane_tile_1_5), TG_TYPED(lane_tile_1_6)},
    .pairs = {NULL, TG_TYPED(lane_tile_2_1), TG_TYPED(lane_tile_2_2), TG_TYPED(lane_tile_2_3),
              TG_TYPED(lane_tile_2_4), TG_TYPED(lane_tile_2_5), TG_TYPED(lane_tile_2_6)},
    .sum_outputs = 4,
    .sum_rows = 6,
#define SUM_ROW(rows)                                                               \
  {NULL, TG_TYPED(lane_sums_##rows##_1), TG_TYPED(lane_sums_##rows##_2),            \
   TG_TYPED(lane_sums_##rows##_3), TG_TYPED(lane_sums_##rows##_4)}
    .sums = {{NULL}, SUM_ROW(1), SUM_ROW(2), SUM_ROW(3), SUM_ROW(4), SUM_ROW(5), SUM_ROW(6)},
#else
    .outputs = 3,
    .tiles = {NULL, TG_TYPED(lane_tile_8_1), TG_TYPED(lane_tile_6_2), TG_TYPED(lane_tile_4_3)},
    .pixels = {0, 8, 6, 4},
    .singles = {NULL, TG_TYPED(lane_tile_1_1), TG_TYPED(lane_tile_1_2), TG_TYPED(lane_tile_1_3)},
    .pairs = {NULL, TG_TYPED(lane_tile_2_1), TG_TYPED(lane_tile_2_2), TG_TYPED(lane_tile_2_3)},
    .sum_outputs = 3,
    .sum_rows = 3,
#define SUM_ROW(rows)                                                               \
  {NULL, TG_TYPED(lane_sums_##rows##_1), TG_TYPED(lane_sums_##rows##_2),            \
   TG_TYPED(lane_sums_##rows##_3)}
    .sums = {{NULL}, SUM_ROW(1), SUM_ROW(2), SUM_ROW(3)},
#endif
};

#undef TILE
#undef SUMS
#undef SUM_ROW
