// Copies of strided planes of elements of any width.
#pragma once
#include "Loops.h"

// to[r * to_row + c] = from[r + c * from_column], by way of a tile: a line of the source is read
// whole and a line of the destination written whole, however badly their strides suit the cache.
#define TRANSPOSE(T, WIDTH) \
  static void transpose##WIDTH(int64_t rows, int64_t columns, const T *from, int64_t from_column, \
                               T *to, int64_t to_row) { \
    T tile[16][16]; \
    for (int64_t r0 = 0; r0 < rows; r0 += 16) { \
      int64_t rn = rows - r0 < 16 ? rows - r0 : 16; \
      for (int64_t c0 = 0; c0 < columns; c0 += 16) { \
        int64_t cn = columns - c0 < 16 ? columns - c0 : 16; \
        const T *source = from + r0 + c0 * from_column; \
        if (rn == 16 && cn == 16) { \
          turnTile##WIDTH(source, from_column, tile); \
          for (int64_t r = 0; r < 16; r++) { \
            memcpy(to + (r0 + r) * to_row + c0, tile[r], sizeof tile[r]); \
          } \
          continue; \
        } \
        for (int64_t r = 0; r < rn; r++) { \
          T *row = to + (r0 + r) * to_row + c0; \
          for (int64_t c = 0; c < cn; c++) { row[c] = source[r + c * from_column]; } \
        } \
      } \
    } \
  }

#define TURN_TILE(T, WIDTH) \
  TG_INLINE void turnTile##WIDTH(const T *source, int64_t stride, T tile[16][16]) { \
    for (int c = 0; c < 16; c++) { \
      for (int r = 0; r < 16; r++) { tile[r][c] = source[c * stride + r]; } \
    } \
  }
TURN_TILE(uint8_t, 1)
TURN_TILE(uint16_t, 2)
TURN_TILE(uint64_t, 8)

typedef uint32_t quad __attribute__((vector_size(16)));

// Four by four at a time, turned in registers.
TG_INLINE void turnTile4(const uint32_t *source, int64_t stride, uint32_t tile[16][16]) {
  for (int c = 0; c < 16; c += 4, source += 4 * stride) {
    for (int r = 0; r < 16; r += 4) {
      quad a0, a1, a2, a3;
      memcpy(&a0, source + r, 16);
      memcpy(&a1, source + stride + r, 16);
      memcpy(&a2, source + 2 * stride + r, 16);
      memcpy(&a3, source + 3 * stride + r, 16);
      quad b0 = __builtin_shufflevector(a0, a1, 0, 4, 1, 5);
      quad b1 = __builtin_shufflevector(a0, a1, 2, 6, 3, 7);
      quad b2 = __builtin_shufflevector(a2, a3, 0, 4, 1, 5);
      quad b3 = __builtin_shufflevector(a2, a3, 2, 6, 3, 7);
      a0 = __builtin_shufflevector(b0, b2, 0, 1, 4, 5);
      a1 = __builtin_shufflevector(b0, b2, 2, 3, 6, 7);
      a2 = __builtin_shufflevector(b1, b3, 0, 1, 4, 5);
      a3 = __builtin_shufflevector(b1, b3, 2, 3, 6, 7);
      memcpy(&tile[r][c], &a0, 16);
      memcpy(&tile[r + 1][c], &a1, 16);
      memcpy(&tile[r + 2][c], &a2, 16);
      memcpy(&tile[r + 3][c], &a3, 16);
    }
  }
}
TRANSPOSE(uint8_t, 1)
TRANSPOSE(uint16_t, 2)
TRANSPOSE(uint32_t, 4)
TRANSPOSE(uint64_t, 8)

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
      transpose##WIDTH(rows, columns, from, from_column, to, to_row); \
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
