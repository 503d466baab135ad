// Convolution over neighbouring pixels of a line, one vector of channels wide. The weights of some
// neighbouring taps stay in registers while the source slides past them, so that a value is read and
// spread once for all taps that meet it: tiles that read a value for every multiply-add wait for their
// reads. Follows TileLoops.h, whose vectors it uses.
//
// Every sum runs over its terms in the order run, channel, tap, one multiply-add at a time, whatever
// the number of pixels.

/// The most pixels of a tile: their sums, the weights and a value fit the registers.
#if TG_TILE_ROWS >= 12
#define SLIDE_PIXELS (2 * TG_TILE_ROWS - 4)
#else
#define SLIDE_PIXELS 8
#endif

/// Has the addresses that are kept differ from what the compiler knows: it would keep one for every
/// pixel, most of them in memory.
#define SLIDE_FORGET __asm__("" : "+r"(first), "+r"(second), "+r"(third), "+r"(fourth))

/// Where a pixel is read: the addresses kept are nine pixels apart.
#define SLIDE_PLACE(u)                                                                            \
  (((u) < 9 ? first : (u) < 18 ? second : (u) < 27 ? third : fourth)                              \
   + ((u) % 9 == 3   ? three                                                                      \
      : (u) % 9 == 5 ? five                                                                       \
      : (u) % 9 == 6 ? 2 * three                                                                  \
      : (u) % 9 == 7 ? seven                                                                      \
                     : (u) % 9 * step))

/// One run of so many taps, whose steps count bytes.
#define SLIDE(taps)                                                                               \
  for (long i = 0; i < channels; i++) {                                                           \
    V weight[taps];                                                                               \
    UNROLL for (int t = 0; t < taps; t++) {                                                       \
      weight[t] = TG_TYPED(load)((const T *)(weights + (t == 3 ? three_taps : t * tap)));         \
    }                                                                                             \
    UNROLL for (int u = 0; u < pixels + taps - 1; u++) {                                          \
      const V value = TG_TYPED(spread)(*(const T *)SLIDE_PLACE(u));                               \
      UNROLL for (int t = 0; t < taps; t++) {                                                     \
        if (u - t >= 0 && u - t < pixels) {                                                       \
          sums[u - t] = TG_TYPED(multiply_add)(value, weight[t], sums[u - t]);                    \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
    first += sizeof(T), second += sizeof(T), third += sizeof(T), fourth += sizeof(T);             \
    SLIDE_FORGET;                                                                                 \
    weights += TG_VECTOR_BYTES;                                                                   \
  }                                                                                               \
  weights += (taps - 1) * tap;

TG_INLINE void TG_TYPED(slide_tile)(
    const int pixels, void *to_, const void *from, const void *weights_, const tg_slide *slide) {
  V sums[SLIDE_PIXELS];
  T *to = to_;
  const long to_step = slide->to_step, columns = slide->columns;
  UNROLL for (int p = 0; p < pixels; p++) {
    sums[p] = (V){0};
    // Stores wait for their lines one after the other; asked for here, all come meanwhile.
    __builtin_prefetch(to + p * to_step, 1);
  }
  const char *weights = weights_;
  const long channels = slide->channels, tap = channels * TG_VECTOR_BYTES;
  long step = slide->step * (long)sizeof(T);
  long three = 3 * step, five = 5 * step, seven = 7 * step;
  long three_taps = 3 * tap;
  __asm__("" : "+r"(step), "+r"(three), "+r"(five), "+r"(seven), "+r"(three_taps));
  for (long s = 0; s < slide->runs; s++) {
    const char *first = (const char *)((const T *)from + slide->starts[s]);
    const char *second = first + 9 * step, *third = second + 9 * step, *fourth = third + 9 * step;
    SLIDE_FORGET;
    switch (slide->taps[s]) {
      case 1: SLIDE(1) break;
      case 2: SLIDE(2) break;
      case 3: SLIDE(3) break;
      case 4: SLIDE(4) break;
      default: SLIDE(5)
    }
  }
  if (columns == LANES) {
    UNROLL for (int p = 0; p < pixels; p++) {
      TG_TYPED(store)(to, sums[p]);
      to += to_step;
    }
  } else {
    UNROLL for (int p = 0; p < pixels; p++) {
      TG_TYPED(store_part)(to, sums[p], columns);
      to += to_step;
    }
  }
}

#define SLIDE_TILE(pixels)                                                                   \
  static void TG_TYPED(slide_tile_##pixels)(                                                 \
      void *to, const void *from, const void *weights, const tg_slide *slide) {              \
    TG_TYPED(slide_tile)(pixels, to, from, weights, slide);                                  \
  }
#define SLIDE_TILES_8(do) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8)
#if TG_TILE_ROWS >= 12
#define SLIDE_TILES_20(do)                                                                   \
  SLIDE_TILES_8(do) do(9) do(10) do(11) do(12) do(13) do(14) do(15) do(16) do(17) do(18)     \
  do(19) do(20)
#if TG_TILE_ROWS >= 14
#define SLIDE_TILES(do) SLIDE_TILES_20(do) do(21) do(22) do(23) do(24)
#else
#define SLIDE_TILES(do) SLIDE_TILES_20(do)
#endif
#else
#define SLIDE_TILES(do) SLIDE_TILES_8(do)
#endif
#define SLIDE_ENTRY(pixels) TG_TYPED(slide_tile_##pixels),

SLIDE_TILES(SLIDE_TILE)
static const tg_slide_kernel TG_TYPED(slide_tiles)[] = {NULL, SLIDE_TILES(SLIDE_ENTRY)};

static const tg_slides TG_TYPED(slides) = {
    .pixels = SLIDE_PIXELS,
    .tiles = TG_TYPED(slide_tiles),
};

#undef SLIDE_PIXELS
#undef SLIDE
#undef SLIDE_PLACE
#undef SLIDE_FORGET
#undef SLIDE_TILE
#undef SLIDE_TILES_8
#undef SLIDE_TILES_20
#undef SLIDE_TILES
#undef SLIDE_ENTRY
