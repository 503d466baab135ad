#pragma once

/// Channels-last images, or every so many pixels of them, and how they are cut into tiles of m x m
/// output pixels, each of which is computed from a patch of n x n input pixels, n = m + 2. Tiles are
/// counted image by image, row by row. Distances are in elements.
typedef struct tg_tile_map {
  long height;
  long width;
  long image_step;    ///< From one image to the next.
  long row_step;      ///< From one row to the next.
  long pixel_step;    ///< From one pixel to the next.
  long channels;      ///< Channels to be transformed.
  long tiles_down;
  long tiles_across;
  long origin_row;    ///< The row of the first tile's first pixel; may be negative.
  long origin_column;
} tg_tile_map;

/// Where the taps of a kernel lie, and where their points. Distances are in elements; those between
/// taps may be negative, which turns the kernel.
typedef struct tg_kernel_map {
  long rows;           ///< Input channels.
  long columns;        ///< Output channels.
  long padded;         ///< Elements from one row of a point to the next.
  long row_step;       ///< From one input channel to the next.
  long taps_down;      ///< Taps, at most 3 x 3.
  long taps_across;
  long tap_row_step;   ///< From one tap to that below it.
  long tap_step;       ///< From one tap to that beside it.
  long position_step;  ///< From one point to the next.
  long streams;        ///< 1: a kernel that is written goes past the caches, where whole lines are.
} tg_kernel_map;

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
  /// A kernel of up to 3 x 3 taps to the points; taps that are not there are zero.
  void (*from_kernel)(void *points, const void *kernel, const tg_kernel_map *map);
  /// The adjoint of `from_kernel`.
  void (*to_kernel)(void *kernel, const void *points, const tg_kernel_map *map);
} tg_winograd;
