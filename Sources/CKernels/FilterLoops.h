// Depthwise convolution: each channel is filtered on its own, so a vector holds channels of one
// pixel and nothing is spread. Follows TileLoops.h, whose vectors it uses.

/// One vector of channels of so many pixels.
TG_INLINE void TG_TYPED(filter_pixels)(
    const int pixels, T *to, const T *from, const T *weights, const tg_filter *f) {
  V sums[8];
  UNROLL for (int p = 0; p < pixels; p++) { sums[p] = (V){0}; }
  for (long t = 0; t < f->taps; t++) {
    const V weight = TG_TYPED(load)(weights + t * f->channels);
    const T *source = from + f->starts[t];
    UNROLL for (int p = 0; p < pixels; p++) {
      sums[p] = TG_TYPED(multiply_add)(TG_TYPED(load)(source + p * f->from_step), weight, sums[p]);
    }
  }
  UNROLL for (int p = 0; p < pixels; p++) { TG_TYPED(store)(to + p * f->to_step, sums[p]); }
}

static void TG_TYPED(filter)(
    void *to, const void *from, const void *weights, const tg_filter *f) {
  const long whole = f->channels / LANES * LANES;
  for (long c = 0; c < whole; c += LANES) {
    T *target = (T *)to + c;
    const T *source = (const T *)from + c;
    const T *weight = (const T *)weights + c;
    long p = 0;
    for (; p + 8 <= f->pixels; p += 8) {
      TG_TYPED(filter_pixels)(8, target, source, weight, f);
      target += 8 * f->to_step;
      source += 8 * f->from_step;
    }
    for (; p < f->pixels; p++) {
      TG_TYPED(filter_pixels)(1, target, source, weight, f);
      target += f->to_step;
      source += f->from_step;
    }
  }
  if (whole == f->channels) { return; }
  for (long p = 0; p < f->pixels; p++) {
    for (long c = whole; c < f->channels; c++) {
      T sum = 0;
      for (long t = 0; t < f->taps; t++) {
        sum += ((const T *)from)[p * f->from_step + f->starts[t] + c] *
               ((const T *)weights)[t * f->channels + c];
      }
      ((T *)to)[p * f->to_step + c] = sum;
    }
  }
}

/// One vector of channels, so many taps.
TG_INLINE void TG_TYPED(filter_taps)(
    const int taps, T *sums, const T *from, const T *to, const long *starts,
    const tg_filter *f) {
  V all[9];
  UNROLL for (int t = 0; t < taps; t++) { all[t] = (V){0}; }
  for (long p = 0; p < f->pixels; p++) {
    const V value = TG_TYPED(load)(to + p * f->to_step);
    const T *source = from + p * f->from_step;
    UNROLL for (int t = 0; t < taps; t++) {
      all[t] = TG_TYPED(multiply_add)(TG_TYPED(load)(source + starts[t]), value, all[t]);
    }
  }
  UNROLL for (int t = 0; t < taps; t++) {
    T *sum = sums + t * f->channels;
    TG_TYPED(store)(sum, TG_TYPED(load)(sum) + all[t]);
  }
}

static void TG_TYPED(filter_gradient)(
    void *sums, const void *from, const void *to, const tg_filter *f) {
  const long whole = f->channels / LANES * LANES;
  for (long c = 0; c < whole; c += LANES) {
    T *sum = (T *)sums + c;
    const T *source = (const T *)from + c;
    const T *target = (const T *)to + c;
    long t = 0;
    for (; t + 9 <= f->taps; t += 9) {
      TG_TYPED(filter_taps)(9, sum + t * f->channels, source, target, f->starts + t, f);
    }
    for (; t + 3 <= f->taps; t += 3) {
      TG_TYPED(filter_taps)(3, sum + t * f->channels, source, target, f->starts + t, f);
    }
    for (; t < f->taps; t++) {
      TG_TYPED(filter_taps)(1, sum + t * f->channels, source, target, f->starts + t, f);
    }
  }
  for (long t = 0; t < f->taps; t++) {
    for (long c = whole; c < f->channels; c++) {
      T sum = 0;
      for (long p = 0; p < f->pixels; p++) {
        sum += ((const T *)from)[p * f->from_step + f->starts[t] + c] *
               ((const T *)to)[p * f->to_step + c];
      }
      ((T *)sums)[t * f->channels + c] += sum;
    }
  }
}
