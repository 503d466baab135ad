#pragma once

/// Convolution with an image in each lane: data lie as [pixel][channel][lane], so that any number of
/// channels fills the vectors. Distances are in elements.
typedef struct tg_lane_tile {
  long runs;           ///< Stretches of terms: a pixel's taps in one row.
  long terms;          ///< Terms in each of them, a vector apart in the source.
  long skipped;        ///< Weights between one run's and the next's.
  const long *starts;  ///< Where each run begins, relative to the pixel.
  long from_step;      ///< From one pixel to the next in the source.
  long to_step;        ///< From one pixel to the next in the target.
} tg_lane_tile;

/// to[p, o] = sum over runs s and terms i of from[p + starts[s], i] * weights[s, i, o] for the tile's
/// pixels p and outputs o, whose weights lie side by side.
typedef void (*tg_lane_kernel)(
    void *to, const void *from, const void *weights, const tg_lane_tile *tile);

/// The outer product of two such arrays, summed over pixels, each lane on its own.
typedef struct tg_lane_sums {
  long runs;                ///< Stretches of pixels.
  long terms;               ///< Pixels in each of them.
  const long *from_starts;  ///< Where each run begins in either array.
  const long *to_starts;
  long from_step;           ///< From one pixel to the next.
  long to_step;
  long sums_step;           ///< From one row of sums to the next.
  long accumulate;          ///< 1: add to what `sums` holds; 0: replace it.
} tg_lane_sums;

/// sums[r, o] = sum over pixels p of from[p, r] * to[p, o] for the tile's rows r and outputs o.
typedef void (*tg_lane_sums_kernel)(
    void *sums, const void *from, const void *to, const tg_lane_sums *tile);

enum { TG_MOST_LANE_OUTPUTS = 6, TG_MOST_LANE_ROWS = 6 };

/// The tiles of one dtype.
typedef struct tg_image_lanes {
  long outputs;  ///< The most outputs of a tile.
  /// [outputs], and how many pixels they take at once.
  tg_lane_kernel tiles[TG_MOST_LANE_OUTPUTS + 1];
  long pixels[TG_MOST_LANE_OUTPUTS + 1];
  /// [outputs], one pixel and two.
  tg_lane_kernel singles[TG_MOST_LANE_OUTPUTS + 1];
  tg_lane_kernel pairs[TG_MOST_LANE_OUTPUTS + 1];
  long sum_outputs;  ///< The most outputs and rows of a tile of sums.
  long sum_rows;
  tg_lane_sums_kernel sums[TG_MOST_LANE_ROWS + 1][TG_MOST_LANE_OUTPUTS + 1];
  /// to[i * lanes + l] = from[l * step + i] for images l and i below count; 0 in further lanes.
  void (*interleave)(void *to, const void *from, long images, long step, long count);
  /// to[l * step + i] = from[i * lanes + l].
  void (*deinterleave)(void *to, const void *from, long images, long step, long count);
} tg_image_lanes;
