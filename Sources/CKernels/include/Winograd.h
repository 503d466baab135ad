#pragma once

/// Channels-last images and how they are cut into tiles of m x m output pixels, each of which is
/// computed from a patch of n x n input pixels, n = m + 2. Tiles are counted image by image, row by
/// row. Distances are in elements.
typedef struct tg_tile_map {
  long height;
  long width;
  long pixel_step;    ///< From one pixel to the next.
  long channels;      ///< Channels to be transformed.
  long tiles_down;
  long tiles_across;
  long origin_row;    ///< The row of the first tile's first pixel; may be negative.
  long origin_column;
} tg_tile_map;

/// Minimal filtering F(m x m, 3 x 3): the transforms between pixels and the n x n points at which a
/// convolution is a product. Position p of tile t lies at `points + p * position_step + (t - first)
/// * tile_step`; at the points every row of channels is filled up to whole vectors.
typedef struct tg_winograd {
  long tile;   ///< m
  long patch;  ///< n
  /// Patches of the input to the points. Pixels outside the images are read from `zeros`.
  void (*from_patches)(
      void *points, const void *images, const tg_tile_map *map, long first, long count,
      long position_step, long tile_step, const void *zeros);
  /// The points to tiles of the output. Pixels outside the images are written to `waste`.
  void (*to_tiles)(
      void *images, const void *points, const tg_tile_map *map, long first, long count,
      long position_step, long tile_step, void *waste);
  /// The adjoint of `to_tiles`: pixels outside the images are read from `zeros`.
  void (*from_tiles)(
      void *points, const void *images, const tg_tile_map *map, long first, long count,
      long position_step, long tile_step, const void *zeros);
  /// A kernel to the points: `rows` input channels of `columns` output channels each, the latter
  /// filled up to `padded`. `flips` turns the kernel by half a turn.
  void (*from_kernel)(
      void *points, const void *kernel, long rows, long columns, long padded, long tap_step,
      long row_step, long position_step, long flips);
  /// The adjoint of `from_kernel` (without a turn).
  void (*to_kernel)(
      void *kernel, const void *points, long rows, long columns, long padded, long tap_step,
      long row_step, long position_step);
} tg_winograd;
