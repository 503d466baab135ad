#pragma once

enum { TG_MOST_SLIDE_TAPS = 5 };

/// How the sums of neighbouring pixels of a line are computed, one vector of channels wide. A run is
/// some neighbouring taps, whose weights lie as [tap][channel][lane], one run after the other.
/// Distances are in elements.
typedef struct tg_slide {
  long runs;
  const long *starts;  ///< Where each run begins relative to the first pixel.
  const long *taps;    ///< Taps of each run: 1 to TG_MOST_SLIDE_TAPS.
  long channels;       ///< Source channels.
  long step;           ///< From one pixel, and from one tap, to the next in the source.
  long columns;        ///< Target channels to write: at most a vector holds.
  long to_step;        ///< From one pixel to the next in the target.
} tg_slide;

/// to[p, o] = sum over runs s, channels i and taps t of from[starts[s] + (p + t) * step + i] *
/// weights[s, t, i, o].
typedef void (*tg_slide_kernel)(
    void *to, const void *from, const void *weights, const tg_slide *slide);

/// The tiles of one dtype.
typedef struct tg_slides {
  long pixels;                   ///< The most pixels of a tile of neighbours.
  const tg_slide_kernel *tiles;  ///< [pixels]
} tg_slides;
