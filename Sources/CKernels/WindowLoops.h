// Max pooling over channels-last images, channels in the vectors. Included for each precision.
#include "WindowCells.h"

// Beats: larger, or the first NaN.
static void OF(maxPool)(const tg_window_geometry *g, const void *x_, int64_t from, int64_t to,
                       void *y_, void *positions, int32_t wide) {
  const int64_t C = g->channels;
  for (int64_t r = from; r < to; r++) {
    const REAL *x = (const REAL *)x_ + r / g->output_height * g->input_height * g->input_width * C;
    for (int64_t q = 0; q < g->output_width; q++) {
      window_cells cells = cellsAt(g, r % g->output_height, q);
      int64_t out = (r * g->output_width + q) * C;
      REAL *y = y_ == NULL ? NULL : (REAL *)y_ + out;
      int64_t c = 0;
      for (; c + 2 * LANES <= C; c += 2 * LANES) {
        VECTOR best = OF(splat)(-INFINITY), best2 = best;
        INTEGERS place = (INTEGERS){0} - 1, place2 = place;
        FOR_CELLS({
          VECTOR v = OF(load)(x + at + c), v2 = OF(load)(x + at + c + LANES);
          INTEGERS wins = (INTEGERS)(v > best) | ((INTEGERS)(v != v) & (INTEGERS)(best == best)) | (INTEGERS)(place < 0);
          INTEGERS wins2 = (INTEGERS)(v2 > best2) | ((INTEGERS)(v2 != v2) & (INTEGERS)(best2 == best2)) | (INTEGERS)(place2 < 0);
          best = OF(select)(wins, v, best);
          best2 = OF(select)(wins2, v2, best2);
          place = (wins & (INTEGER)cell) | (~wins & place);
          place2 = (wins2 & (INTEGER)cell) | (~wins2 & place2);
        })
        OF(storePositions)(positions, out + c, place & ~(INTEGERS)(place < 0), wide);
        OF(storePositions)(positions, out + c + LANES, place2 & ~(INTEGERS)(place2 < 0), wide);
        if (y != NULL) {
          OF(store)(y + c, best);
          OF(store)(y + c + LANES, best2);
        }
      }
      for (; c < C; c++) {
        REAL best = -INFINITY;
        int64_t place = -1;
        FOR_CELLS({
          REAL v = x[at + c];
          if (v > best || (v != v && best == best) || place < 0) {
            best = v;
            place = cell;
          }
        })
        setPosition(positions, out + c, place < 0 ? 0 : place, wide);
        if (y != NULL) { y[c] = best; }
      }
    }
  }
}
static void OF(pickFromWindows)(const tg_window_geometry *g, const void *x_, int64_t from,
                               int64_t to, void *y_, const void *positions, int32_t wide) {
  const int64_t C = g->channels;
  for (int64_t r = from; r < to; r++) {
    const REAL *x = (const REAL *)x_ + r / g->output_height * g->input_height * g->input_width * C;
    for (int64_t q = 0; q < g->output_width; q++) {
      window_cells cells = cellsAt(g, r % g->output_height, q);
      int64_t out = (r * g->output_width + q) * C;
      REAL *y = (REAL *)y_ + out;
      int64_t c = 0;
      if (g->window_height * g->window_width <= 16) {
        for (; c + LANES <= C; c += LANES) {
          INTEGERS place = OF(loadPositions)(positions, out + c, wide);
          VECTOR v = OF(splat)(-INFINITY);
          FOR_CELLS({ v = OF(select)((INTEGERS)(place == (INTEGER)cell), OF(load)(x + at + c), v); })
          OF(store)(y + c, v);
        }
      }
      for (; c < C; c++) {
        int64_t cell = positionAt(positions, out + c, wide);
        int64_t h = cell / g->window_width, w = cell % g->window_width;
        int64_t row = cells.top + h * g->dilation_height;
        int64_t column = cells.left + w * g->dilation_width;
        int32_t inside = h >= cells.firstRow && h < cells.lastRow && w >= cells.firstColumn &&
                         w < cells.lastColumn;
        y[c] = inside ? x[(row * g->input_width + column) * C + c] : (REAL)-INFINITY;
      }
    }
  }
}
static void OF(placeInWindows)(const tg_window_geometry *g, void *dx_, int64_t image,
                              int64_t from, int64_t to, const void *dy_,
                              const void *positions, int32_t wide) {
  const int64_t C = g->channels;
  REAL *dx = (REAL *)dx_ + image * g->input_height * g->input_width * C;
  memset(dx + from * g->input_width * C, 0,
         (size_t)((to - from) * g->input_width * C) * sizeof(REAL));
  int64_t reach = (g->window_height - 1) * g->dilation_height;
  // The output rows whose windows touch these input rows.
  int64_t lowest = from + g->padding_top - reach;
  int64_t first = lowest <= 0 ? 0 : (lowest + g->stride_height - 1) / g->stride_height;
  int64_t last = (to - 1 + g->padding_top) / g->stride_height + 1;
  if (last > g->output_height) { last = g->output_height; }
  for (int64_t p = first; p < last; p++) {
    for (int64_t q = 0; q < g->output_width; q++) {
      window_cells cells = cellsAt(g, p, q);
      int64_t out = ((image * g->output_height + p) * g->output_width + q) * C;
      const REAL *dy = (const REAL *)dy_ + out;
      // Only the cells in the rows asked for.
      int64_t begin, end;
      clipCells(cells.top - from, g->dilation_height, g->window_height, to - from, &begin,
                &end);
      if (begin > cells.firstRow) { cells.firstRow = begin; }
      if (end < cells.lastRow) { cells.lastRow = end; }
      int64_t c = 0;
      if (g->window_height * g->window_width <= 16) {
        for (; c + LANES <= C; c += LANES) {
          INTEGERS place = OF(loadPositions)(positions, out + c, wide);
          VECTOR v = OF(load)(dy + c);
          FOR_CELLS({
            REAL *to_ = dx + at + c;
            VECTOR mine = (VECTOR)((INTEGERS)(place == (INTEGER)cell) & (INTEGERS)v);
            OF(store)(to_, OF(load)(to_) + mine);
          })
        }
      }
      for (; c < C; c++) {
        int64_t cell = positionAt(positions, out + c, wide);
        int64_t h = cell / g->window_width, w = cell % g->window_width;
        if (h < cells.firstRow || h >= cells.lastRow || w < cells.firstColumn ||
            w >= cells.lastColumn) {
          continue;
        }
        int64_t row = cells.top + h * g->dilation_height;
        int64_t column = cells.left + w * g->dilation_width;
        dx[(row * g->input_width + column) * C + c] += dy[c];
      }
    }
  }
}
