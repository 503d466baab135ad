// Streams of a pointwise program: flat, repeated, spread, and converted to its precision.
#pragma once
#include "Conversions.h"

typedef struct {
  int64_t segment, phase, length;  // what the block buffer holds now
} stream_state;

// Repeats each of `rows` elements `span` times: a place in the row at a time, for short rows.
#define SPREAD_ROWS(X, T) \
  static void spreadRows##X(T *restrict to, const T *restrict from, int64_t span, int64_t rows) { \
    for (int64_t place = 0; place < span; place++) { \
      for (int64_t r = 0; r < rows; r++) { to[r * span + place] = from[r]; } \
    } \
  }
SPREAD_ROWS(F, float)
SPREAD_ROWS(D, double)

// Makes elements from..from+n of a stream available and returns where they are.
static const char *loadBlock(const tg_pointwise_program *program, const tg_stream *stream,
                             stream_state *state, char *buffer, int64_t from, int64_t n) {
  int32_t isDouble = program->is_double;
  int64_t width = dtypeWidths[stream->dtype], bytes = isDouble ? 8 : 4;
  int64_t inner = stream->inner, span = stream->span;
  int32_t inPlace = stream->dtype == isDouble;
  tg_conversion convert = loadConversions[isDouble][stream->dtype];
  if (inner == span) {
    const char *p = stream->base + from * width;
    if (inPlace) { return p; }
    convert(buffer, p, n);
    return buffer;
  }
  int64_t segment = from / span, phase = from % inner;
  int64_t end = from + n;
  if (end <= (segment + 1) * span) {
    const char *p = stream->base + (segment * inner + phase) * width;
    if (phase + n <= inner) {
      if (inPlace) { return p; }
      convert(buffer, p, n);
      state->length = 0;
      return buffer;
    }
    if (state->length >= n && state->segment == segment && state->phase == phase) {
      return buffer;
    }
    // One period, then copies of it.
    int64_t first = inner - phase;
    convert(buffer, p, first);
    int64_t filled = first;
    if (phase > 0) {
      int64_t m = phase < n - filled ? phase : n - filled;
      convert(buffer + filled * bytes, p - phase * width, m);
      filled += m;
    }
    // What is filled now is a whole period (or all): doubling keeps the phase.
    while (filled < n) {
      int64_t m = filled < n - filled ? filled : n - filled;
      memcpy(buffer + filled * bytes, buffer, (size_t)(m * bytes));
      filled += m;
    }
    state->segment = segment;
    state->phase = phase;
    state->length = n;
    return buffer;
  }
  state->length = 0;
  // Several segments: run by run.
  if (inner == 1) {
    float *floats = (float *)buffer;
    double *doubles = (double *)buffer;
    int64_t i = 0, run = (segment + 1) * span - from;
    const char *p = stream->base + segment * width;
    for (; i < n; p += width, run = span) {
      if (inPlace && span <= 16 && run == span && n - i >= span) {
        int64_t rows = (n - i) / span;
        isDouble ? spreadRowsD(doubles + i, (const double *)p, span, rows)
                 : spreadRowsF(floats + i, (const float *)p, span, rows);
        i += rows * span;
        p += (rows - 1) * width;
        continue;
      }
      double x;
      if (inPlace) {
        memcpy(&x, p, isDouble ? 8 : 4);
      } else {
        convert(&x, p, 1);
      }
      int64_t stop = i + run < n ? i + run : n;
      if (isDouble) {
        for (; i < stop; i++) { doubles[i] = x; }
      } else {
        float y;
        memcpy(&y, &x, sizeof y);
        for (; i < stop; i++) { floats[i] = y; }
      }
    }
    return buffer;
  }
  while (from < end) {
    segment = from / span, phase = from % inner;
    int64_t run = inner - phase < end - from ? inner - phase : end - from;
    convert(buffer, stream->base + (segment * inner + phase) * width, run);
    buffer += run * bytes;
    from += run;
  }
  return buffer - n * bytes;
}
