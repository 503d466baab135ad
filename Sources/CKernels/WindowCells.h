// Where a pooling window lies in its input, and the positions of winners in it.
#pragma once
#include "Vectors.h"

typedef uint8_t VB __attribute__((vector_size(FLOAT_LANES)));
typedef uint8_t VBD __attribute__((vector_size(DOUBLE_LANES)));
typedef int32_t VID __attribute__((vector_size(TG_VECTOR_BYTES / 2)));

// The positions of one vector's lanes, as integers as wide as the lanes.
TG_INLINE VI loadPositionsF(const void *p, int64_t i, int32_t wide) {
  VI v;
  if (wide) {
    memcpy(&v, (const int32_t *)p + i, sizeof v);
    return v;
  }
  VB b;
  memcpy(&b, (const uint8_t *)p + i, sizeof b);
  return __builtin_convertvector(b, VI);
}
TG_INLINE VL loadPositionsD(const void *p, int64_t i, int32_t wide) {
  if (wide) {
    VID v;
    memcpy(&v, (const int32_t *)p + i, sizeof v);
    return __builtin_convertvector(v, VL);
  }
  VBD b;
  memcpy(&b, (const uint8_t *)p + i, sizeof b);
  return __builtin_convertvector(b, VL);
}
TG_INLINE void storePositionsF(void *p, int64_t i, VI v, int32_t wide) {
  if (wide) {
    memcpy((int32_t *)p + i, &v, sizeof v);
  } else {
    VB b = __builtin_convertvector(v, VB);
    memcpy((uint8_t *)p + i, &b, sizeof b);
  }
}
TG_INLINE void storePositionsD(void *p, int64_t i, VL v, int32_t wide) {
  if (wide) {
    VID w = __builtin_convertvector(v, VID);
    memcpy((int32_t *)p + i, &w, sizeof w);
  } else {
    VBD b = __builtin_convertvector(v, VBD);
    memcpy((uint8_t *)p + i, &b, sizeof b);
  }
}
TG_INLINE int64_t positionAt(const void *p, int64_t i, int32_t wide) {
  return wide ? ((const int32_t *)p)[i] : ((const uint8_t *)p)[i];
}
TG_INLINE void setPosition(void *p, int64_t i, int64_t position, int32_t wide) {
  if (wide) {
    ((int32_t *)p)[i] = (int32_t)position;
  } else {
    ((uint8_t *)p)[i] = (uint8_t)position;
  }
}

// The cells of a window that lie inside the input: cell (h, w) for h in first..<last.
typedef struct {
  int64_t top, left;  // of the window, in the input, perhaps negative
  int64_t firstRow, lastRow, firstColumn, lastColumn;
} window_cells;

// The first cell at or after zero when cells begin at `start` and are `step` apart, and the first
// at or beyond `size`, both between 0 and `count`.
TG_INLINE void clipCells(int64_t start, int64_t step, int64_t count, int64_t size, int64_t *first,
                         int64_t *last) {
  int64_t f = start >= 0 ? 0 : (-start + step - 1) / step;
  int64_t l = start >= size ? 0 : (size - start + step - 1) / step;
  *last = l < count ? l : count;
  *first = f < *last ? f : *last;
}

static window_cells cellsAt(const tg_window_geometry *g, int64_t row, int64_t column) {
  window_cells cells;
  cells.top = row * g->stride_height - g->padding_top;
  cells.left = column * g->stride_width - g->padding_left;
  clipCells(cells.top, g->dilation_height, g->window_height, g->input_height, &cells.firstRow,
            &cells.lastRow);
  clipCells(cells.left, g->dilation_width, g->window_width, g->input_width, &cells.firstColumn,
            &cells.lastColumn);
  return cells;
}

// Loops over a window's cells inside the input: `cell` is its position, `at` its first element.
#define FOR_CELLS(...) \
  for (int64_t h = cells.firstRow; h < cells.lastRow; h++) { \
    int64_t inputRow = cells.top + h * g->dilation_height; \
    for (int64_t w = cells.firstColumn; w < cells.lastColumn; w++) { \
      int64_t cell = h * g->window_width + w; \
      int64_t at = (inputRow * g->input_width + cells.left + w * g->dilation_width) * C; \
      __VA_ARGS__ \
    } \
  }
