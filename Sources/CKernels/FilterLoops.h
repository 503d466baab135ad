// Depthwise convolution: each channel is filtered on its own, so a vector holds channels of one
// pixel and nothing is spread. The last vector may be part of one. Follows TileLoops.h, whose
// vectors it uses.

#define LOAD(at) (whole ? TG_TYPED(load)(at) : TG_TYPED(load_part)(at, count))

/// One vector of channels of so many pixels.
TG_INLINE void TG_TYPED(filter_pixels)(
    const int pixels, const bool whole, long count, T *to, const T *from, const T *weights,
    const tg_filter *f) {
  V sums[8];
  UNROLL for (int p = 0; p < pixels; p++) { sums[p] = (V){0}; }
  for (long t = 0; t < f->taps; t++) {
    const V weight = LOAD(weights + t * f->channels);
    const T *source = from + f->starts[t];
    UNROLL for (int p = 0; p < pixels; p++) {
      sums[p] = TG_TYPED(multiply_add)(LOAD(source + p * f->from_step), weight, sums[p]);
    }
  }
  UNROLL for (int p = 0; p < pixels; p++) {
    if (whole) {
      TG_TYPED(store)(to + p * f->to_step, sums[p]);
    } else {
      TG_TYPED(store_part)(to + p * f->to_step, sums[p], count);
    }
  }
}

/// One vector of channels of eight neighbouring pixels, so many taps side by side: a pixel of the
/// source is read once for all taps that meet it. The order of each sum is the same.
TG_INLINE void TG_TYPED(filter_neighbours)(
    const int across, const bool whole, long count, T *to, const T *from, const T *weights,
    const tg_filter *f) {
  V sums[8];
  UNROLL for (int p = 0; p < 8; p++) { sums[p] = (V){0}; }
  for (long t = 0; t < f->taps; t += across) {
    V weight[7];
    UNROLL for (int j = 0; j < across; j++) { weight[j] = LOAD(weights + (t + j) * f->channels); }
    const T *source = from + f->starts[t];
    UNROLL for (int u = 0; u < 8 + across - 1; u++) {
      const V value = LOAD(source + u * f->from_step);
      UNROLL for (int j = 0; j < across; j++) {
        if (u - j >= 0 && u - j < 8) {
          sums[u - j] = TG_TYPED(multiply_add)(value, weight[j], sums[u - j]);
        }
      }
    }
  }
  UNROLL for (int p = 0; p < 8; p++) {
    if (whole) {
      TG_TYPED(store)(to + p * f->to_step, sums[p]);
    } else {
      TG_TYPED(store_part)(to + p * f->to_step, sums[p], count);
    }
  }
}

/// One vector of channels of eight pixels, or of one.
TG_INLINE void TG_TYPED(filter_vector)(
    const bool eight, const bool whole, long count, T *to, const T *from, const T *weights,
    const tg_filter *f) {
  if (!eight) {
    TG_TYPED(filter_pixels)(1, whole, count, to, from, weights, f);
    return;
  }
  switch (f->taps_across) {
    case 3: TG_TYPED(filter_neighbours)(3, whole, count, to, from, weights, f); break;
    case 5: TG_TYPED(filter_neighbours)(5, whole, count, to, from, weights, f); break;
    case 7: TG_TYPED(filter_neighbours)(7, whole, count, to, from, weights, f); break;
    default: TG_TYPED(filter_pixels)(8, whole, count, to, from, weights, f);
  }
}

/// Vectors of channels from `c` to `end` of all pixels.
TG_INLINE void TG_TYPED(filter_part)(
    long c, long end, T *to, const T *from, const T *weights, const tg_filter *f) {
  for (long next = 0; next < f->pixels;) {
    const bool eight = f->pixels >= 8;
    // The last eight pixels may be computed in part again.
    const long p = eight && next + 8 > f->pixels ? f->pixels - 8 : next;
    T *target = to + p * f->to_step;
    const T *source = from + p * f->from_step;
    long i = c;
    for (; i + LANES <= end; i += LANES) {
      TG_TYPED(filter_vector)(eight, true, LANES, target + i, source + i, weights + i, f);
    }
    if (i < end) {
      TG_TYPED(filter_vector)(eight, false, end - i, target + i, source + i, weights + i, f);
    }
    next = p + (eight ? 8 : 1);
  }
}

static void TG_TYPED(filter)(
    void *to, const void *from, const void *weights, const tg_filter *f) {
  // Memory is walked through in the order in which it lies, as long as what eight pixels read, and
  // the weights, stay in the first-level cache.
  const long most = 24576 / (long)sizeof(T) / (3 * (f->taps > 0 ? f->taps : 1)) / LANES * LANES;
  const long step = most > LANES ? most : LANES;
  for (long c = 0; c < f->channels; c += step) {
    const long end = c + step < f->channels ? c + step : f->channels;
    TG_TYPED(filter_part)(c, end, to, from, weights, f);
  }
}

/// One vector of channels, so many taps, of some rows.
TG_INLINE void TG_TYPED(filter_taps)(
    const int taps, const bool whole, const bool asks, long count, T *sums, const T *from,
    const T *to, const long *starts, long rows, const tg_filter *f) {
  V all[9];
  UNROLL for (int t = 0; t < taps; t++) { all[t] = (V){0}; }
  for (long r = 0; r < rows; r++) {
    const T *source = from + r * f->from_row, *target = to + r * f->to_row;
    for (long p = 0; p < f->pixels; p++) {
      if (asks) {
        __builtin_prefetch(source + f->from_ahead, 0, 2);
        __builtin_prefetch(target + f->to_ahead, 0, 2);
      }
      const V value = LOAD(target);
      UNROLL for (int t = 0; t < taps; t++) {
        all[t] = TG_TYPED(multiply_add)(LOAD(source + starts[t]), value, all[t]);
      }
      source += f->from_step;
      target += f->to_step;
    }
  }
  UNROLL for (int t = 0; t < taps; t++) {
    T *sum = sums + t * f->channels;
    const V total = LOAD(sum) + all[t];
    if (whole) {
      TG_TYPED(store)(sum, total);
    } else {
      TG_TYPED(store_part)(sum, total, count);
    }
  }
}

TG_INLINE void TG_TYPED(filter_all_taps)(
    const bool whole, long count, T *sums, const T *from, const T *to, long rows,
    const tg_filter *f) {
  const bool asks = f->from_ahead > 0;
  long t = 0;
  for (; t + 9 <= f->taps; t += 9) {
    T *sum = sums + t * f->channels;
    if (asks && t == 0) {
      TG_TYPED(filter_taps)(9, whole, true, count, sum, from, to, f->starts, rows, f);
    } else {
      TG_TYPED(filter_taps)(9, whole, false, count, sum, from, to, f->starts + t, rows, f);
    }
  }
  for (; t + 3 <= f->taps; t += 3) {
    T *sum = sums + t * f->channels;
    TG_TYPED(filter_taps)(3, whole, false, count, sum, from, to, f->starts + t, rows, f);
  }
  for (; t < f->taps; t++) {
    T *sum = sums + t * f->channels;
    TG_TYPED(filter_taps)(1, whole, false, count, sum, from, to, f->starts + t, rows, f);
  }
}

static void TG_TYPED(filter_gradient)(
    void *sums, const void *from, const void *to, const tg_filter *f) {
  // All rows before the next channels: most of what a row reads the one before it has read.
  for (long c = 0; c < f->channels; c += LANES) {
    for (long first = 0; first < f->rows; first += f->rows_together) {
      const long rows = f->rows - first < f->rows_together ? f->rows - first : f->rows_together;
      T *sum = (T *)sums + c;
      const T *source = (const T *)from + first * f->from_row + c;
      const T *target = (const T *)to + first * f->to_row + c;
      const long left = f->channels - c;
      if (left >= LANES) {
        TG_TYPED(filter_all_taps)(true, LANES, sum, source, target, rows, f);
      } else {
        TG_TYPED(filter_all_taps)(false, left, sum, source, target, rows, f);
      }
    }
  }
}

#undef LOAD
