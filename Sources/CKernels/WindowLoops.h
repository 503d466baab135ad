// Max pooling over channels-last images, channels in the vectors. Included for each precision.
#include "WindowCells.h"

// One vector of channels of one window: `x` is its first cell inside the input, cell number `cell`.
// A cell wins that is larger than the best so far, or the first NaN.
TG_INLINE void OF(poolVector)(
    const int64_t rows, const int64_t columns, const REAL *x, int64_t rowStep, int64_t columnStep,
    int64_t cell, int64_t windowWidth, REAL *y, void *positions, int64_t at, int32_t wide) {
  VECTOR best = OF(load)(x);
  INTEGERS place = (INTEGERS){0} + (INTEGER)cell;
  for (int64_t h = 0; h < rows; h++) {
    for (int64_t w = h == 0; w < columns; w++) {
      VECTOR v = OF(load)(x + h * rowStep + w * columnStep);
      INTEGERS wins = ~(INTEGERS)(v <= best) & (INTEGERS)(best == best);
      best = OF(select)(wins, v, best);
      place = (wins & (INTEGER)(cell + h * windowWidth + w)) | (~wins & place);
    }
  }
  OF(storePositions)(positions, at, place, wide);
  if (y != NULL) { OF(store)(y, best); }
}

static __attribute__((noinline)) void OF(poolChannels)(
    int64_t rows, int64_t columns, const REAL *x, int64_t rowStep, int64_t columnStep,
    int64_t cell, int64_t windowWidth, REAL *y, void *positions, int64_t at, int32_t wide,
    int64_t channels) {
  for (int64_t c = 0; c < channels; c++) {
    REAL best = rows * columns > 0 ? x[c] : (REAL)-INFINITY;
    int64_t place = rows * columns > 0 ? cell : 0;
    for (int64_t h = 0; h < rows; h++) {
      for (int64_t w = 0; w < columns; w++) {
        REAL v = x[h * rowStep + w * columnStep + c];
        if (!(v <= best) && best == best) {
          best = v;
          place = cell + h * windowWidth + w;
        }
      }
    }
    setPosition(positions, at + c, place, wide);
    if (y != NULL) { y[c] = best; }
  }
}

// So many windows of one row, `step` apart in the input, all channels of each. What lies in a vector
// beyond the last channel is overwritten, and written again by the window that follows.
TG_INLINE void OF(poolVectors)(
    const int64_t rows, const int64_t columns, const bool single, const REAL *x, int64_t rowStep,
    int64_t columnStep, int64_t cell, int64_t windowWidth, REAL *y, void *positions, int64_t at,
    int32_t wide, int64_t channels, int64_t step, int64_t count) {
  for (int64_t q = 0; q < count; q++) {
    int64_t c = 0;
    do {
      // Some of the last vector's channels are computed twice.
      if (!single && c + LANES > channels) { c = channels - LANES; }
      OF(poolVector)(rows, columns, x + c, rowStep, columnStep, cell, windowWidth,
                     y == NULL ? NULL : y + c, positions, at + c, wide);
      c += LANES;
    } while (!single && c < channels);
    x += step;
    at += channels;
    if (y != NULL) { y += channels; }
  }
}

TG_INLINE void OF(poolRow)(
    const int64_t rows, const int64_t columns, const REAL *x, int64_t rowStep, int64_t columnStep,
    int64_t cell, int64_t windowWidth, REAL *y, void *positions, int64_t at, int32_t wide,
    int64_t channels, int64_t step, int64_t count) {
  if (channels <= LANES) {
    OF(poolVectors)(rows, columns, true, x, rowStep, columnStep, cell, windowWidth, y, positions,
                    at, wide, channels, step, count);
  } else {
    OF(poolVectors)(rows, columns, false, x, rowStep, columnStep, cell, windowWidth, y, positions,
                    at, wide, channels, step, count);
  }
}

// How many windows of a row of `count`, `step` elements apart, may be read and written a vector at a
// time: all, or where a pixel is shorter than a vector, those after which there is room.
TG_INLINE int64_t OF(roomyWindows)(
    int64_t count, int64_t channels, int64_t step, int64_t reach, int64_t input, int64_t output) {
  if (channels >= LANES) { return count; }
  int64_t read = input < reach + LANES ? 0 : (input - reach - LANES) / step + 1;
  int64_t written = output < LANES ? 0 : (output - LANES) / channels + 1;
  int64_t least = read < written ? read : written;
  return least < count ? least : count;
}

static void OF(maxPool)(const tg_window_geometry *g, const void *x_, int64_t from, int64_t to,
                       void *y_, void *positions, int32_t wide) {
  const int64_t C = g->channels;
  const int64_t rowStep = g->input_width * g->dilation_height * C;
  const int64_t columnStep = g->dilation_width * C;
  const int64_t width = g->window_width;
  const int64_t step = g->stride_width * C;
  const int64_t image = g->input_height * g->input_width * C;
  if (C == 0) { return; }
  for (int64_t r = from; r < to; r++) {
    window_cells cells = cellsAt(g, r % g->output_height, 0);
    const int64_t rows = cells.lastRow - cells.firstRow;
    const int64_t row = cells.top + cells.firstRow * g->dilation_height;
    const int64_t line = r / g->output_height * image + row * g->input_width * C;
    int64_t q = 0;
    while (q < g->output_width) {
      // One window, or all whose columns are wholly inside.
      cells.left = q * g->stride_width - g->padding_left;
      int64_t beyond = g->input_width - (width - 1) * g->dilation_width - cells.left;
      int64_t count = 1;
      cells.firstColumn = 0;
      cells.lastColumn = width;
      if (cells.left >= 0 && beyond > 0) {
        count = (beyond + g->stride_width - 1) / g->stride_width;
        if (count > g->output_width - q) { count = g->output_width - q; }
      } else {
        clipCells(cells.left, g->dilation_width, width, g->input_width, &cells.firstColumn,
                  &cells.lastColumn);
      }
      const int64_t columns = cells.lastColumn - cells.firstColumn;
      const int64_t source =
          line + (cells.left + cells.firstColumn * g->dilation_width) * C;
      const int64_t cell = cells.firstRow * width + cells.firstColumn;
      const int64_t out = (r * g->output_width + q) * C;
      const REAL *x = (const REAL *)x_ + source;
      REAL *y = y_ == NULL ? NULL : (REAL *)y_ + out;
      int64_t roomy = 0;
      if (rows * columns > 0) {
        roomy = OF(roomyWindows)(
            count, C, step, (rows - 1) * rowStep + (columns - 1) * columnStep,
            g->batch * image - source, to * g->output_width * C - out);
      }
      if (rows == 2 && columns == 2 && wide == 0 && y != NULL) {
        OF(poolRow)(2, 2, x, rowStep, columnStep, cell, width, y, positions, out, 0, C, step, roomy);
      } else if (rows == 3 && columns == 3 && wide == 0 && y != NULL) {
        OF(poolRow)(3, 3, x, rowStep, columnStep, cell, width, y, positions, out, 0, C, step, roomy);
      } else {
        OF(poolRow)(rows, columns, x, rowStep, columnStep, cell, width, y, positions, out, wide, C,
                    step, roomy);
      }
      for (int64_t w = roomy; w < count; w++) {
        OF(poolChannels)(rows, columns, x + w * step, rowStep, columnStep, cell, width,
                         y == NULL ? NULL : y + w * C, positions, out + w * C, wide, C);
      }
      q += count;
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
// Whether windows lie side by side, so that an element is in one of them at most.
TG_INLINE bool OF(isTiling)(const tg_window_geometry *g) {
  return g->stride_height == g->window_height && g->stride_width == g->window_width &&
         g->dilation_height == 1 && g->dilation_width == 1 && g->padding_top == 0 &&
         g->padding_left == 0 && g->output_height * g->window_height <= g->input_height &&
         g->output_width * g->window_width <= g->input_width;
}

// So many windows of a row, cell by cell of one of their rows: every element is written once. What a
// vector holds beyond its pixel is overwritten, and written again by what follows.
TG_INLINE void OF(placeVectors)(
    const int64_t width, const bool single, const int64_t C, REAL *dx, int64_t count, int64_t cell,
    const REAL *dy, const void *positions, int64_t at, int32_t wide) {
  const INTEGERS first = (INTEGERS){0} + (INTEGER)cell;
  for (int64_t q = 0; q < count; q++) {
    int64_t c = 0;
    do {
      if (!single && c + LANES > C) { c = C - LANES; }
      INTEGERS place = OF(loadPositions)(positions, at + c, wide) - first;
      VECTOR v = OF(load)(dy + c);
      for (int64_t w = 0; w < width; w++) {
        INTEGERS mine = (INTEGERS)(place == (INTEGER)w);
        OF(store)(dx + w * C + c, (VECTOR)(mine & (INTEGERS)v));
      }
      c += LANES;
    } while (!single && c < C);
    dx += width * C;
    dy += C;
    at += C;
  }
}

static void OF(placeRow)(
    int64_t width, int64_t C, REAL *dx, int64_t count, int64_t cell, const REAL *dy,
    int64_t dyLeft, const void *positions, int64_t at, int32_t wide, int64_t room) {
  if (C == 0) { return; }
  // The last window's last cell has to have room for a vector, and so has its cotangent.
  int64_t roomy = OF(roomyWindows)(count, C, width * C, (width - 1) * C, room, dyLeft);
  if (C <= LANES && width == 2 && wide == 0) {
    OF(placeVectors)(2, true, C, dx, roomy, cell, dy, positions, at, 0);
  } else if (C <= LANES) {
    OF(placeVectors)(width, true, C, dx, roomy, cell, dy, positions, at, wide);
  } else if (width == 2 && wide == 0) {
    OF(placeVectors)(2, false, C, dx, roomy, cell, dy, positions, at, 0);
  } else {
    OF(placeVectors)(width, false, C, dx, roomy, cell, dy, positions, at, wide);
  }
  for (int64_t q = roomy; q < count; q++) {
    for (int64_t w = 0; w < width; w++) {
      for (int64_t c = 0; c < C; c++) {
        bool mine = positionAt(positions, at + q * C + c, wide) == cell + w;
        dx[(q * width + w) * C + c] = mine ? dy[q * C + c] : 0;
      }
    }
  }
}

static void OF(placeInTiles)(const tg_window_geometry *g, REAL *dx, int64_t image, int64_t from,
                            int64_t to, const REAL *dy_, const void *positions, int32_t wide) {
  const int64_t C = g->channels, width = g->window_width;
  const int64_t outputs = g->batch * g->output_height * g->output_width * C;
  const int64_t line = g->input_width * C, covered = g->output_width * width * C;
  for (int64_t row = from; row < to; row++) {
    const int64_t p = row / g->window_height, h = row % g->window_height;
    REAL *target = dx + row * line;
    if (p >= g->output_height) {
      memset(target, 0, (size_t)line * sizeof(REAL));
      continue;
    }
    const int64_t out = (image * g->output_height + p) * g->output_width * C;
    const int64_t room = (to - row) * line;
    OF(placeRow)(width, C, target, g->output_width, h * width, dy_ + out, outputs - out, positions,
                 out, wide, room);
    memset(target + covered, 0, (size_t)(line - covered) * sizeof(REAL));
  }
}

static void OF(placeInWindows)(const tg_window_geometry *g, void *dx_, int64_t image,
                              int64_t from, int64_t to, const void *dy_,
                              const void *positions, int32_t wide) {
  const int64_t C = g->channels;
  REAL *dx = (REAL *)dx_ + image * g->input_height * g->input_width * C;
  if (OF(isTiling)(g)) {
    OF(placeInTiles)(g, dx, image, from, to, (const REAL *)dy_, positions, wide);
    return;
  }
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
