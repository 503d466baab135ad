// Copies of strided planes of elements of any width.
#pragma once
#include "Loops.h"

#define COPY_PLANE(T, WIDTH) \
  static void copyPlane##WIDTH(int64_t rows, int64_t columns, const T *from, int64_t from_row, \
                               int64_t from_column, T *to, int64_t to_row, int64_t to_column) { \
    if (to_column == 1 && from_column == 0) { \
      for (int64_t r = 0; r < rows; r++) { \
        T value = from[r * from_row]; \
        T *row = to + r * to_row; \
        for (int64_t c = 0; c < columns; c++) { row[c] = value; } \
      } \
    } else if (to_column == 1 && from_row == 1 && rows > 1) { \
      /* A transpose, tile by tile: a tile's rows and columns both stay in the cache. */ \
      const int64_t tile = 16; \
      for (int64_t c0 = 0; c0 < columns; c0 += tile) { \
        int64_t cn = columns - c0 < tile ? columns - c0 : tile; \
        for (int64_t r0 = 0; r0 < rows; r0 += tile) { \
          int64_t rn = rows - r0 < tile ? rows - r0 : tile; \
          for (int64_t r = 0; r < rn; r++) { \
            const T *source = from + (r0 + r) + c0 * from_column; \
            T *row = to + (r0 + r) * to_row + c0; \
            for (int64_t c = 0; c < cn; c++) { row[c] = source[c * from_column]; } \
          } \
        } \
      } \
    } else { \
      for (int64_t r = 0; r < rows; r++) { \
        const T *source = from + r * from_row; \
        T *row = to + r * to_row; \
        for (int64_t c = 0; c < columns; c++) { row[c * to_column] = source[c * from_column]; } \
      } \
    } \
  }
COPY_PLANE(uint8_t, 1)
COPY_PLANE(uint16_t, 2)
COPY_PLANE(uint32_t, 4)
COPY_PLANE(uint64_t, 8)

static void copyPlane(int64_t width, int64_t rows, int64_t columns, const void *from,
                      int64_t from_row, int64_t from_column, void *to, int64_t to_row,
                      int64_t to_column) {
  if (from_column == 1 && to_column == 1) {
    for (int64_t r = 0; r < rows; r++) {
      memcpy((char *)to + r * to_row * width, (const char *)from + r * from_row * width,
             (size_t)(columns * width));
    }
    return;
  }
  switch (width) {
  case 1: copyPlane1(rows, columns, from, from_row, from_column, to, to_row, to_column); break;
  case 2: copyPlane2(rows, columns, from, from_row, from_column, to, to_row, to_column); break;
  case 4: copyPlane4(rows, columns, from, from_row, from_column, to, to_row, to_column); break;
  default: copyPlane8(rows, columns, from, from_row, from_column, to, to_row, to_column); break;
  }
}
