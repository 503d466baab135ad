// The loops of matrix products and convolutions, compiled once for each instruction set.
#include "Loops.h"

#define TG_ELEMENT float
#define TG_MASKED ps
#define TG_TYPED(name) TG_NAME(name##_float32)
#include "TileLoops.h"
#include "DotLoops.h"
#include "BandLoops.h"
#include "FilterLoops.h"
#include "SlideLoops.h"
#include "ImageLanesLoops.h"
#include "WinogradLoops.h"
#undef TG_ELEMENT
#undef TG_MASKED
#undef TG_TYPED
#undef T
#undef V
#undef LANES
#undef UNROLL

#define TG_ELEMENT double
#define TG_MASKED pd
#define TG_TYPED(name) TG_NAME(name##_float64)
#include "TileLoops.h"
#include "DotLoops.h"
#include "BandLoops.h"
#include "FilterLoops.h"
#include "SlideLoops.h"
#include "ImageLanesLoops.h"
#include "WinogradLoops.h"
#undef TG_ELEMENT
#undef TG_MASKED
#undef TG_TYPED
#undef T
#undef V
#undef LANES
#undef UNROLL

#define TG_WINOGRAD(m, dtype)                                                             \
  {                                                                                       \
    .tile = m,                                                                            \
    .patch = m + 2,                                                                       \
    .from_patches = TG_NAME(from_patches_##m##_##dtype),                                  \
    .to_tiles = TG_NAME(to_tiles_##m##_##dtype),                                          \
    .from_tiles = TG_NAME(from_tiles_##m##_##dtype),                                      \
    .from_kernel = TG_NAME(from_kernel_##m##_##dtype),                                    \
    .to_kernel = TG_NAME(to_kernel_##m##_##dtype),                                        \
  }

#define TG_FAMILY(element, dtype)                                                         \
  {                                                                                       \
    .lanes = TG_VECTOR_BYTES / sizeof(element),                                           \
    .rows = {0, 2 * TG_TILE_ROWS, TG_TILE_ROWS, TG_WIDE_TILE_ROWS},                       \
    .by_rows =                                                                            \
        {                                                                                 \
            NULL,                                                                         \
            TG_NAME(rows_1_##dtype),                                                      \
            TG_NAME(rows_2_##dtype),                                                      \
            TG_NAME(rows_3_##dtype),                                                      \
        },                                                                                \
    .by_outer =                                                                           \
        {                                                                                 \
            NULL,                                                                         \
            TG_NAME(outer_1_##dtype),                                                     \
            TG_NAME(outer_2_##dtype),                                                     \
            TG_NAME(outer_3_##dtype),                                                     \
        },                                                                                \
    .dots = TG_NAME(dots_##dtype),                                                        \
    .bands = TG_NAME(bands_##dtype),                                                      \
    .stream = TG_NAME(stream_##dtype),                                                    \
    .add = TG_NAME(add_##dtype),                                                          \
    .pack = TG_NAME(pack_##dtype),                                                        \
    .pack_transposed = TG_NAME(pack_transposed_##dtype),                                  \
    .filter = TG_NAME(filter_##dtype),                                                    \
    .filter_gradient = TG_NAME(filter_gradient_##dtype),                                  \
    .slides = &TG_NAME(slides_##dtype),                                                   \
    .image_lanes = &TG_NAME(image_lanes_##dtype),                                         \
    .winograd2 = TG_WINOGRAD(2, dtype),                                                   \
    .winograd4 = TG_WINOGRAD(4, dtype),                                                   \
  }

static const tg_contraction_table TG_NAME(tg_contraction) = {
    .vector_bytes = TG_VECTOR_BYTES,
    .float32 = TG_FAMILY(float, float32),
    .float64 = TG_FAMILY(double, float64),
};

#undef LOWER_1
#undef UPPER_1
#undef LOWER_2
#undef UPPER_2
#undef LOWER_4
#undef UPPER_4
