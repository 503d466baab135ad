#pragma once
#include "ImageLanes.h"
#include "Slides.h"
#include "Winograd.h"

/// Asks the second-level cache for memory that will be read soon.
static inline void tg_prefetch(const void *from, long bytes) {
  for (long i = 0; i < bytes; i += 64) { __builtin_prefetch((const char *)from + i, 0, 2); }
}

/// How one register tile of a product is computed: C[r, j] = sum over runs s and terms i of
/// A[r, s, i] * B[s, i, j]. All distances are in elements.
typedef struct tg_tile {
  long runs;             ///< Stretches of terms.
  long terms;            ///< Terms in each of them.
  const long *a_starts;  ///< Where each run begins in A.
  const long *b_starts;  ///< Where each run begins in B.
  long a_step;           ///< From one term to the next in A (the outer form; 1 in the row form).
  long b_step;           ///< From one term to the next in B.
  long columns;          ///< Columns of C to write: at most the tile's vectors hold.
  long accumulate;       ///< 1: add the sums to what C holds; 0: replace it.
  long asks;             ///< 1: C may lie far away; the row form asks for it before it computes.
  /// Memory that will be wanted soon, `ahead_step` bytes from one line to the next, or NULL. With each
  /// term the second-level cache is asked for one line: so few at a time never keep a tile waiting.
  const char *ahead;
  long ahead_step;
} tg_tile;

/// The row form: A's rows lie anywhere and the terms of a run side by side. Row r of the tile is
/// read from `a[r]` and written to `c[r] + c_offset`.
typedef void (*tg_row_kernel)(
    const void *const *a, const void *b, void *const *c, long c_offset, const tg_tile *tile);

/// The outer form: A's rows lie side by side and its terms `a_step` apart. Row r of the tile is
/// written to `c + r * c_step`.
typedef void (*tg_outer_kernel)(
    const void *a, const void *b, void *c, long c_step, const tg_tile *tile);

/// Pixels of a row whose channels are filtered each on its own. Distances are in elements.
typedef struct tg_filter {
  long pixels;
  long channels;
  long taps;
  /// Taps side by side, if they meet neighbouring pixels and so does the next pixel; otherwise 1.
  long taps_across;
  const long *starts;  ///< Each tap's place relative to the source's pixel.
  long from_step;      ///< From one pixel to the next in the source.
  long to_step;        ///< From one pixel to the next in the target.
  /// Only for the gradient: rows, where the next one begins in either, and how many are summed at a time.
  long rows;
  long from_row;
  long to_row;
  long rows_together;
  /// What of the rows after these is asked for with each pixel, as far ahead of it; 0: nothing.
  long from_ahead;
  long to_ahead;
} tg_filter;

/// The tiles of one dtype. B must be readable over the full width of the tile, also where fewer
/// columns are written.
typedef struct tg_tile_family {
  long lanes;            ///< Elements in a vector.
  long rows[4];          ///< The most rows of a tile that is 1, 2 or 3 vectors wide.
  const tg_row_kernel *by_rows[4];     ///< [vectors][rows]
  const tg_outer_kernel *by_outer[4];  ///< [vectors][rows]
  /// The row form for up to 4 columns and any number of rows. B is transposed: column j's run s
  /// begins at `b + b_starts[s] + j * b_step`, and its terms lie side by side.
  void (*dots)(
      const void *const *a, long rows, const void *b, void *const *c, long c_offset,
      const tg_tile *tile);
  /// The row form for short sums and any number of rows and columns. B is the panels of these columns,
  /// two vectors wide but for the last, which takes what is left up to three: each `b_step` rows, of
  /// which run s begins at row `b_starts[s]`. C is replaced.
  void (*bands)(
      const void *const *a, long rows, const void *b, void *const *c, long c_offset,
      const tg_tile *tile);
  /// Copies bytes to a place as far into a cache line, past the caches.
  void (*stream)(void *to, const void *from, long bytes);
  /// sum[i] += part[i] for i below count.
  void (*add)(void *sum, const void *part, long count);
  /// to[i * width + j] = from[i * step + j] for j below columns, 0 for j from there to width.
  void (*pack)(void *to, const void *from, long rows, long columns, long width, long step);
  /// to[i * width + j] = from[j * step + i] for j below columns, 0 for j from there to width.
  void (*pack_transposed)(
      void *to, const void *from, long rows, long columns, long width, long step);
  /// Each channel on its own: to[p * to_step + c] = sum over t of from[p * from_step + taps[t] + c] *
  /// weights[t * channels + c], for pixels p and channels c.
  void (*filter)(
      void *to, const void *from, const void *weights, const tg_filter *filter);
  /// sums[t * channels + c] += sum over rows r and pixels p of
  /// from[r * from_row + p * from_step + taps[t] + c] * to[r * to_row + p * to_step + c].
  void (*filter_gradient)(
      void *sums, const void *from, const void *to, const tg_filter *filter);
  const tg_slides *slides;
  const tg_image_lanes *image_lanes;
  tg_winograd winograd2;  ///< F(2x2, 3x3)
  tg_winograd winograd4;  ///< F(4x4, 3x3)
} tg_tile_family;

/// The loops of matrix products and convolutions for one instruction set.
typedef struct tg_contraction_table {
  long vector_bytes;
  tg_tile_family float32;
  tg_tile_family float64;
} tg_contraction_table;
