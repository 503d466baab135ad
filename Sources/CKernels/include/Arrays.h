#pragma once

#include <stdint.h>

/// One pooling window slid over channels-last images.
typedef struct tg_window_geometry {
  int64_t batch, input_height, input_width, channels, output_height, output_width;
  int64_t window_height, window_width, stride_height, stride_width, padding_top, padding_left;
  int64_t dilation_height, dilation_width;
} tg_window_geometry;

/// What a random fill makes.
enum {
  TG_UNIFORM_FLOAT32, TG_UNIFORM_FLOAT64, TG_NORMAL_FLOAT32, TG_NORMAL_FLOAT64, TG_BERNOULLI
};

/// Loops over arrays that are neither contractions nor pointwise. Where a function comes in twos,
/// [0] is float32 and [1] float64.
typedef struct tg_array_table {
  /// Of `width` columns of `rows` rows, `stride` elements apart: each column's mean, and the sum of
  /// the squares of its deviations from it.
  void (*moments[2])(const void *x, int64_t rows, int64_t stride, int64_t width, double *mean,
                     double *squares);

  /// Max pooling of output rows `from` to `to` (counted over the batch). Writes the maxima to `y`
  /// unless that is null, and the winners' positions in the window: 32 bits where `wide`, else 8.
  void (*max_pool[2])(const tg_window_geometry *g, const void *x, int64_t from, int64_t to,
                      void *y, void *positions, int32_t wide);
  /// The values at given positions.
  void (*pick_from_windows[2])(const tg_window_geometry *g, const void *x, int64_t from,
                               int64_t to, void *y, const void *positions, int32_t wide);
  /// The adjoint, for rows `from` to `to` of input image `image`: sets them to the sum of what the
  /// windows place there, output positions in order.
  void (*place_in_windows[2])(const tg_window_geometry *g, void *dx, int64_t image, int64_t from,
                              int64_t to, const void *dy, const void *positions, int32_t wide);

  /// Of rows `from` to `to` of logits: y[r] = log(sum(exp(x[r]))) - x[r][labels[r]].
  void (*cross_entropy[2])(const void *x, int64_t columns, const int64_t *labels, int64_t from,
                           int64_t to, void *y);
  /// dx[r] = (softmax(x[r]) - the label's unit vector) * dy[r].
  void (*cross_entropy_gradient[2])(const void *x, int64_t columns, const int64_t *labels,
                                    const void *dy, int64_t from, int64_t to, void *dx);

  /// y[r * inner + i] = the sum over k from offsets[r] to offsets[r + 1] of
  /// weights[k] * x[indices[k] * inner + i], for `rows` rows.
  void (*axis_map[2])(const void *x, int64_t rows, int64_t inner, const int64_t *offsets,
                      const int64_t *indices, const double *weights, void *y);

  /// to[r * to_row + c * to_column] = from[r * from_row + c * from_column], strides in elements of
  /// 1, 2, 4 or 8 bytes.
  void (*copy_plane)(int64_t byte_width, int64_t rows, int64_t columns, const void *from,
                     int64_t from_row, int64_t from_column, void *to, int64_t to_row,
                     int64_t to_column);
  /// The same with += in place of =.
  void (*add_plane[2])(int64_t rows, int64_t columns, const void *from, int64_t from_row,
                       int64_t from_column, void *to, int64_t to_row, int64_t to_column);

  /// The extremum over the middle of x[outer][middle][inner] for inner elements `from` to `to`,
  /// where `sign` is 1 for the maximum and -1 for the minimum: the value to `y`, its place to
  /// `positions`, each unless null.
  void (*extremum[2])(const void *x, int64_t outer, int64_t middle, int64_t inner, int64_t from,
                      int64_t to, int32_t sign, void *y, int32_t *positions);

  /// Elements `position` up to `position` + `count` of the stream of a kind and a key. The parameter
  /// is the probability of a Bernoulli draw.
  void (*fill_random)(int32_t kind, uint64_t key, uint64_t position, int64_t count,
                      double parameter, void *to);
} tg_array_table;
