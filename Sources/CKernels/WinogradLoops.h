// The transforms of minimal filtering F(4x4, 3x3) and F(2x2, 3x3), after TileLoops.h, whose vectors
// they use. Channels lie side by side, so a vector holds one pixel's channels and nothing is
// shuffled.
//
// A polynomial of degree below n is known by its values at n points (the last of them infinity: its
// leading coefficient). F(2x2) takes 0, 1, -1, infinity. F(4x4) takes 0, a, -a, b, -b, infinity with
// a = 3/4 and b = 3/2: every constant is exact in float32, and the error is half of what the
// customary 1 and 2 give, its largest a quarter.

#ifndef TG_WINOGRAD_CONSTANTS
#define TG_WINOGRAD_CONSTANTS
#define PA (3.0 / 4)
#define PB (3.0 / 2)
#define PA2 (PA * PA)
#define PB2 (PB * PB)
#define PA3 (PA2 * PA)
#define PB3 (PB2 * PB)
#define MOST_PATCH 6
#endif

/// factor * x + y
TG_INLINE V TG_TYPED(scaled_plus)(double factor, V x, V y) {
  return TG_TYPED(multiply_add)(TG_TYPED(spread)((T)factor), x, y);
}

/// One axis of B^T d: pixels of a patch to the points.
TG_INLINE void TG_TYPED(patch_to_points)(const int n, const V *x, V *y) {
  if (n == 4) {
    y[0] = x[0] - x[2];
    y[1] = x[2] + x[1];
    y[2] = x[2] - x[1];
    y[3] = x[3] - x[1];
  } else {
    // x^4 - (a^2 + b^2) x^2 + a^2 b^2 and its products with the others' roots.
    y[0] = TG_TYPED(scaled_plus)(PA2 * PB2, x[0], TG_TYPED(scaled_plus)(-PA2 - PB2, x[2], x[4]));
    y[5] = TG_TYPED(scaled_plus)(PA2 * PB2, x[1], TG_TYPED(scaled_plus)(-PA2 - PB2, x[3], x[5]));
    const V even_a = TG_TYPED(scaled_plus)(-PB2, x[2], x[4]);
    const V odd_a = TG_TYPED(scaled_plus)(-PB2, x[1], x[3]);
    y[1] = TG_TYPED(scaled_plus)(PA, odd_a, even_a);
    y[2] = TG_TYPED(scaled_plus)(-PA, odd_a, even_a);
    const V even_b = TG_TYPED(scaled_plus)(-PA2, x[2], x[4]);
    const V odd_b = TG_TYPED(scaled_plus)(-PA2, x[1], x[3]);
    y[3] = TG_TYPED(scaled_plus)(PB, odd_b, even_b);
    y[4] = TG_TYPED(scaled_plus)(-PB, odd_b, even_b);
  }
}

/// One axis of A^T m: the points to the pixels of a tile.
TG_INLINE void TG_TYPED(points_to_tile)(const int n, const V *x, V *y) {
  if (n == 4) {
    y[0] = x[0] + (x[1] + x[2]);
    y[1] = (x[1] - x[2]) + x[3];
  } else {
    const V sum_a = x[1] + x[2], difference_a = x[1] - x[2];
    const V sum_b = x[3] + x[4], difference_b = x[3] - x[4];
    y[0] = x[0] + (sum_a + sum_b);
    y[1] = TG_TYPED(scaled_plus)(PB, difference_b, difference_a * TG_TYPED(spread)((T)PA));
    y[2] = TG_TYPED(scaled_plus)(PB2, sum_b, sum_a * TG_TYPED(spread)((T)PA2));
    y[3] = TG_TYPED(scaled_plus)(PB3, difference_b, TG_TYPED(scaled_plus)(PA3, difference_a, x[5]));
  }
}

/// One axis of A y: pixels of a tile to the points.
TG_INLINE void TG_TYPED(tile_to_points)(const int n, const V *x, V *y) {
  if (n == 4) {
    y[0] = x[0];
    y[1] = x[0] + x[1];
    y[2] = x[0] - x[1];
    y[3] = x[1];
  } else {
    const V even_a = TG_TYPED(scaled_plus)(PA2, x[2], x[0]);
    const V odd_a = TG_TYPED(scaled_plus)(PA2, x[3], x[1]);
    const V even_b = TG_TYPED(scaled_plus)(PB2, x[2], x[0]);
    const V odd_b = TG_TYPED(scaled_plus)(PB2, x[3], x[1]);
    y[0] = x[0];
    y[1] = TG_TYPED(scaled_plus)(PA, odd_a, even_a);
    y[2] = TG_TYPED(scaled_plus)(-PA, odd_a, even_a);
    y[3] = TG_TYPED(scaled_plus)(PB, odd_b, even_b);
    y[4] = TG_TYPED(scaled_plus)(-PB, odd_b, even_b);
    y[5] = x[3];
  }
}

// The products of each finite point with the others' distances, by which a kernel is divided.
#define SHARE_0 (1 / (PA2 * PB2))
#define SHARE_A (1 / (2 * PA2 * (PA2 - PB2)))
#define SHARE_B (1 / (2 * PB2 * (PB2 - PA2)))

/// One axis of G g: three taps to the points.
TG_INLINE void TG_TYPED(taps_to_points)(const int n, const V *x, V *y) {
  if (n == 4) {
    const V half = TG_TYPED(spread)((T)0.5);
    const V even = (x[0] + x[2]) * half, odd = x[1] * half;
    y[0] = x[0];
    y[1] = even + odd;
    y[2] = even - odd;
    y[3] = x[2];
  } else {
    const V even_a = TG_TYPED(scaled_plus)(
        SHARE_A * PA2, x[2], x[0] * TG_TYPED(spread)((T)SHARE_A));
    const V even_b = TG_TYPED(scaled_plus)(
        SHARE_B * PB2, x[2], x[0] * TG_TYPED(spread)((T)SHARE_B));
    y[0] = x[0] * TG_TYPED(spread)((T)SHARE_0);
    y[1] = TG_TYPED(scaled_plus)(SHARE_A * PA, x[1], even_a);
    y[2] = TG_TYPED(scaled_plus)(-SHARE_A * PA, x[1], even_a);
    y[3] = TG_TYPED(scaled_plus)(SHARE_B * PB, x[1], even_b);
    y[4] = TG_TYPED(scaled_plus)(-SHARE_B * PB, x[1], even_b);
    y[5] = x[2];
  }
}

/// One axis of G^T s: the points to three taps.
TG_INLINE void TG_TYPED(points_to_taps)(const int n, const V *x, V *y) {
  if (n == 4) {
    const V half = TG_TYPED(spread)((T)0.5);
    const V sum = (x[1] + x[2]) * half;
    y[0] = x[0] + sum;
    y[1] = (x[1] - x[2]) * half;
    y[2] = sum + x[3];
  } else {
    const V sum_a = x[1] + x[2], difference_a = x[1] - x[2];
    const V sum_b = x[3] + x[4], difference_b = x[3] - x[4];
    y[0] = TG_TYPED(scaled_plus)(
        SHARE_0, x[0],
        TG_TYPED(scaled_plus)(SHARE_A, sum_a, sum_b * TG_TYPED(spread)((T)SHARE_B)));
    y[1] = TG_TYPED(scaled_plus)(
        SHARE_A * PA, difference_a, difference_b * TG_TYPED(spread)((T)(SHARE_B * PB)));
    y[2] = TG_TYPED(scaled_plus)(
        SHARE_A * PA2, sum_a, TG_TYPED(scaled_plus)(SHARE_B * PB2, sum_b, x[5]));
  }
}

// MARK: - Images

/// Where the next of a run of tiles lies.
#define FIRST_TILE                                                                              \
  const long across = map->tiles_across, down = map->tiles_down;                                \
  long image = first / (across * down);                                                         \
  long tile_row = first / across % down, tile_column = first % across;

#define NEXT_TILE                                                                               \
  if (++tile_column == across) {                                                                \
    tile_column = 0;                                                                            \
    if (++tile_row == down) {                                                                   \
      tile_row = 0;                                                                             \
      image += 1;                                                                               \
    }                                                                                           \
  }

/// Asks for the pixels that a tile a little further on is the first to read or write: `size` by
/// `size` of them. In the passes over a block memory has time to fall behind, and a patch is too
/// narrow for the processor to see where it goes.
TG_INLINE void TG_TYPED(prefetch_square)(
    const int size, const bool writes, const T *images, const tg_tile_map *map, long tile) {
  const long across = map->tiles_across, down = map->tiles_down, image = tile / (across * down);
  const long y = tile / across % down * size, x = tile % across * size;
  const long row_step = map->row_step;
  const T *start = images + image * map->image_step + y * row_step + x * map->pixel_step;
  for (int i = 0; i < size; i++) {
    for (long c = 0; c < size * map->pixel_step; c += 64 / sizeof(T)) {
      const T *line = start + i * row_step + c;
      if (writes) {
        __builtin_prefetch(line, 1, 3);
      } else {
        __builtin_prefetch(line, 0, 3);
      }
    }
  }
}

/// How many tiles further on: enough to cover the memory's latency.
TG_INLINE long TG_TYPED(tiles_ahead)(long channels) {
  const long tiles = 512 / (long)sizeof(T) / channels;
  return tiles < 1 ? 1 : tiles > 8 ? 8 : tiles;
}

/// Vectors of channels; the last begins early enough to be a whole one.
#define FOR_VECTORS(c)                                                                          \
  for (long next = 0, c; c = next + LANES <= channels ? next : channels - LANES, next < channels; \
       next += LANES)

#define PIXEL(i, j) (inside ? start + (i) * row_step + (j) * pixel_step : places[(i) * size + (j)])

/// One vector of channels of a square of pixels to the points. `size` is n for a patch and m for
/// a tile; `inside` tells whether all its pixels exist; `count` is LANES but in the last vector.
TG_INLINE void TG_TYPED(square_to_points)(
    const int n, const int size, const bool inside, const bool whole, T *points,
    long position_step, const T *start, long row_step, long pixel_step, const T *const *places,
    long channel, long count) {
  V half[MOST_PATCH][MOST_PATCH];
  UNROLL for (int i = 0; i < size; i++) {
    V row[MOST_PATCH];
    UNROLL for (int j = 0; j < size; j++) {
      const T *at = PIXEL(i, j) + channel;
      row[j] = whole ? TG_TYPED(load)(at) : TG_TYPED(load_part)(at, count);
    }
    if (size == n) {
      TG_TYPED(patch_to_points)(n, row, half[i]);
    } else {
      TG_TYPED(tile_to_points)(n, row, half[i]);
    }
  }
  UNROLL for (int j = 0; j < n; j++) {
    V column[MOST_PATCH], all[MOST_PATCH];
    UNROLL for (int i = 0; i < size; i++) { column[i] = half[i][j]; }
    if (size == n) {
      TG_TYPED(patch_to_points)(n, column, all);
    } else {
      TG_TYPED(tile_to_points)(n, column, all);
    }
    UNROLL for (int i = 0; i < n; i++) {
      TG_TYPED(store)(points + (i * n + j) * position_step + channel, all[i]);
    }
  }
}

TG_INLINE void TG_TYPED(squares_to_points)(
    const int n, const int size, void *points, const void *images, const tg_tile_map *map,
    long first, long count, long position_step, long tile_step, const void *zeros) {
  const int m = n - 2;
  const long pixel_step = map->pixel_step, row_step = map->row_step;
  const long channels = map->channels;
  const long ahead = TG_TYPED(tiles_ahead)(pixel_step);
  FIRST_TILE
  for (long t = 0; t < count; t++) {
    T *to = (T *)points + t * tile_step;
    const long y = map->origin_row + tile_row * m, x = map->origin_column + tile_column * m;
    const T *start =
        (const T *)images + image * map->image_step + y * row_step + x * pixel_step;
    const bool inside = y >= 0 && x >= 0 && y + size <= map->height && x + size <= map->width;
    const T *places[MOST_PATCH * MOST_PATCH];
    TG_TYPED(prefetch_square)(m, false, images, map, first + t + ahead);
    if (inside && channels >= LANES) {
      FOR_VECTORS(c) {
        TG_TYPED(square_to_points)(
            n, size, true, true, to, position_step, start, row_step, pixel_step, places, c, LANES);
      }
    } else {
      UNROLL for (int i = 0; i < size; i++) {
        const bool row_exists = y + i >= 0 && y + i < map->height;
        UNROLL for (int j = 0; j < size; j++) {
          const bool exists = row_exists && x + j >= 0 && x + j < map->width;
          places[i * size + j] = exists ? start + i * row_step + j * pixel_step : zeros;
        }
      }
      if (channels >= LANES) {
        FOR_VECTORS(c) {
          TG_TYPED(square_to_points)(
              n, size, false, true, to, position_step, start, row_step, pixel_step, places, c,
              LANES);
        }
      } else {
        TG_TYPED(square_to_points)(
            n, size, false, false, to, position_step, start, row_step, pixel_step, places, 0,
            channels);
      }
    }
    NEXT_TILE
  }
}

/// One vector of channels of the points to a tile.
TG_INLINE void TG_TYPED(points_to_square)(
    const int n, const bool inside, const bool whole, const T *points, long position_step,
    T *start, long row_step, long pixel_step, T *const *places, long channel, long count) {
  const int size = n - 2;
  V half[MOST_PATCH][MOST_PATCH];
  UNROLL for (int i = 0; i < n; i++) {
    V row[MOST_PATCH];
    UNROLL for (int j = 0; j < n; j++) {
      row[j] = TG_TYPED(load)(points + (i * n + j) * position_step + channel);
    }
    TG_TYPED(points_to_tile)(n, row, half[i]);
  }
  UNROLL for (int j = 0; j < size; j++) {
    V column[MOST_PATCH], all[MOST_PATCH];
    UNROLL for (int i = 0; i < n; i++) { column[i] = half[i][j]; }
    TG_TYPED(points_to_tile)(n, column, all);
    UNROLL for (int i = 0; i < size; i++) {
      T *at = PIXEL(i, j) + channel;
      if (whole) {
        TG_TYPED(store)(at, all[i]);
      } else {
        TG_TYPED(store_part)(at, all[i], count);
      }
    }
  }
}

TG_INLINE void TG_TYPED(points_to_squares)(
    const int n, void *images, const void *points, const tg_tile_map *map, long first, long count,
    long position_step, long tile_step, void *waste) {
  const int size = n - 2;
  const long pixel_step = map->pixel_step, row_step = map->row_step;
  const long channels = map->channels;
  const long ahead = TG_TYPED(tiles_ahead)(pixel_step);
  FIRST_TILE
  for (long t = 0; t < count; t++) {
    const T *from = (const T *)points + t * tile_step;
    const long y = map->origin_row + tile_row * size, x = map->origin_column + tile_column * size;
    T *start = (T *)images + image * map->image_step + y * row_step + x * pixel_step;
    const bool inside = y >= 0 && x >= 0 && y + size <= map->height && x + size <= map->width;
    T *places[MOST_PATCH * MOST_PATCH];
    TG_TYPED(prefetch_square)(size, true, images, map, first + t + ahead);
    if (inside && channels >= LANES) {
      FOR_VECTORS(c) {
        TG_TYPED(points_to_square)(
            n, true, true, from, position_step, start, row_step, pixel_step, places, c, LANES);
      }
    } else {
      UNROLL for (int i = 0; i < size; i++) {
        const bool row_exists = y + i >= 0 && y + i < map->height;
        UNROLL for (int j = 0; j < size; j++) {
          const bool exists = row_exists && x + j >= 0 && x + j < map->width;
          places[i * size + j] = exists ? start + i * row_step + j * pixel_step : waste;
        }
      }
      if (channels >= LANES) {
        FOR_VECTORS(c) {
          TG_TYPED(points_to_square)(
              n, false, true, from, position_step, start, row_step, pixel_step, places, c, LANES);
        }
      } else {
        TG_TYPED(points_to_square)(
            n, false, false, from, position_step, start, row_step, pixel_step, places, 0, channels);
      }
    }
    NEXT_TILE
  }
}

// MARK: - Kernels

TG_INLINE void TG_TYPED(kernel_to_points)(
    const int n, const bool whole, T *points, const T *kernel, const tg_kernel_map *map) {
  for (long r = 0; r < map->rows; r++) {
    for (long c = 0; c < map->padded; c += LANES) {
      const long count = map->columns - c < LANES ? map->columns - c : LANES;
      const T *from = kernel + r * map->row_step + c;
      V half[3][MOST_PATCH];
      UNROLL for (int i = 0; i < 3; i++) {
        V row[3];
        UNROLL for (int j = 0; j < 3; j++) {
          const T *at = from + i * map->tap_row_step + j * map->tap_step;
          if (whole || (i < map->taps_down && j < map->taps_across)) {
            row[j] = count == LANES ? TG_TYPED(load)(at) : TG_TYPED(load_part)(at, count);
          } else {
            row[j] = (V){0};
          }
        }
        TG_TYPED(taps_to_points)(n, row, half[i]);
      }
      T *to = points + r * map->padded + c;
      UNROLL for (int j = 0; j < n; j++) {
        V column[3], all[MOST_PATCH];
        UNROLL for (int i = 0; i < 3; i++) { column[i] = half[i][j]; }
        TG_TYPED(taps_to_points)(n, column, all);
        UNROLL for (int i = 0; i < n; i++) {
          TG_TYPED(store)(to + (i * n + j) * map->position_step, all[i]);
        }
      }
    }
  }
}

TG_INLINE void TG_TYPED(points_to_kernel)(
    const int n, const bool whole, const bool streams, T *kernel, const T *points,
    const tg_kernel_map *map) {
  for (long r = 0; r < map->rows; r++) {
    for (long c = 0; c < map->columns; c += LANES) {
      const long count = map->columns - c < LANES ? map->columns - c : LANES;
      const T *from = points + r * map->padded + c;
      V half[MOST_PATCH][3];
      UNROLL for (int i = 0; i < n; i++) {
        V row[MOST_PATCH];
        UNROLL for (int j = 0; j < n; j++) {
          row[j] = TG_TYPED(load)(from + (i * n + j) * map->position_step);
        }
        TG_TYPED(points_to_taps)(n, row, half[i]);
      }
      T *to = kernel + r * map->row_step + c;
      UNROLL for (int j = 0; j < 3; j++) {
        V column[MOST_PATCH], all[3];
        UNROLL for (int i = 0; i < n; i++) { column[i] = half[i][j]; }
        TG_TYPED(points_to_taps)(n, column, all);
        UNROLL for (int i = 0; i < 3; i++) {
          T *at = to + i * map->tap_row_step + j * map->tap_step;
          if (whole || (i < map->taps_down && j < map->taps_across)) {
            if (streams) {
              __builtin_nontemporal_store(all[i], (V *)at);
            } else if (count == LANES) {
              TG_TYPED(store)(at, all[i]);
            } else {
              TG_TYPED(store_part)(at, all[i], count);
            }
          }
        }
      }
    }
  }
}

/// Whether all vectors of a kernel are whole and lie in lines of their own.
TG_INLINE bool TG_TYPED(is_aligned)(const void *kernel, const tg_kernel_map *map) {
  const long lines = map->row_step | map->tap_row_step | map->tap_step | map->columns;
  return (uintptr_t)kernel % TG_VECTOR_BYTES == 0 && lines % LANES == 0;
}

#define TRANSFORMS(m, n)                                                                        \
  static void TG_TYPED(from_patches_##m)(                                                       \
      void *points, const void *images, const tg_tile_map *map, long first, long count,         \
      long position_step, long tile_step, const void *zeros) {                                  \
    TG_TYPED(squares_to_points)(                                                                \
        n, n, points, images, map, first, count, position_step, tile_step, zeros);              \
  }                                                                                             \
  static void TG_TYPED(from_tiles_##m)(                                                         \
      void *points, const void *images, const tg_tile_map *map, long first, long count,         \
      long position_step, long tile_step, const void *zeros) {                                  \
    TG_TYPED(squares_to_points)(                                                                \
        n, m, points, images, map, first, count, position_step, tile_step, zeros);              \
  }                                                                                             \
  static void TG_TYPED(to_tiles_##m)(                                                           \
      void *images, const void *points, const tg_tile_map *map, long first, long count,         \
      long position_step, long tile_step, void *waste) {                                        \
    TG_TYPED(points_to_squares)(                                                                \
        n, images, points, map, first, count, position_step, tile_step, waste);                 \
  }                                                                                             \
  static void TG_TYPED(from_kernel_##m)(                                                        \
      void *points, const void *kernel, const tg_kernel_map *map) {                             \
    if (map->taps_down == 3 && map->taps_across == 3) {                                         \
      TG_TYPED(kernel_to_points)(n, true, points, kernel, map);                                 \
    } else {                                                                                    \
      TG_TYPED(kernel_to_points)(n, false, points, kernel, map);                                \
    }                                                                                           \
  }                                                                                             \
  static void TG_TYPED(to_kernel_##m)(                                                          \
      void *kernel, const void *points, const tg_kernel_map *map) {                             \
    if (map->taps_down < 3 || map->taps_across < 3) {                                           \
      TG_TYPED(points_to_kernel)(n, false, false, kernel, points, map);                         \
    } else if (map->streams && TG_TYPED(is_aligned)(kernel, map)) {                             \
      TG_TYPED(points_to_kernel)(n, true, true, kernel, points, map);                           \
      TG_FENCE                                                                                  \
    } else {                                                                                    \
      TG_TYPED(points_to_kernel)(n, true, false, kernel, points, map);                          \
    }                                                                                           \
  }

TRANSFORMS(2, 4)
TRANSFORMS(4, 6)

#undef FIRST_TILE
#undef NEXT_TILE
#undef PIXEL
#undef FOR_VECTORS
#undef SHARE_0
#undef SHARE_A
#undef SHARE_B
#undef TRANSFORMS
