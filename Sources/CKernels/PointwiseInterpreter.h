// Runs a pointwise program over one chunk of its domain, a block at a time.
#pragma once
#include "PointwiseLoops.h"
#include "PointwisePairs.h"
#include "PointwiseStreams.h"
#include "PointwiseSums.h"

static void TG_NAME(run_chunk)(const tg_pointwise_program *program, int64_t chunk) {
  int64_t begin = chunk * program->chunk_length;
  int64_t end = begin + program->chunk_length;
  if (end > program->count) { end = program->count; }
  int64_t block = program->block;
  int64_t bytes = program->is_double ? 8 : 4;
  // A line between buffers, so that they do not all begin in the same cache set.
  int64_t stride = (block * bytes + 63) / 64 * 64 + 64;

  char *arena = __builtin_alloca_with_align((size_t)(program->slot_count * stride), 512);
  char *values[program->value_count];
  stream_state streamStates[program->stream_count + 1];
  sum_state sumStates[program->sum_count + 1];
  for (int32_t v = 0; v < program->value_count; v++) {
    values[v] = program->slots[v] < 0 ? NULL : arena + program->slots[v] * stride;
  }
  char *buffers[program->stream_count + 1];
  for (int32_t s = 0; s < program->stream_count; s++) {
    streamStates[s].length = 0;
    buffers[s] = values[program->streams[s].value];
  }
  for (int32_t k = 0; k < program->constant_count; k++) {
    char *to = values[program->constants[k].value];
    if (!to) { continue; }
    double number = program->constants[k].number;
    for (int64_t i = 0; i < block; i++) {
      if (program->is_double) {
        ((double *)to)[i] = number;
      } else {
        ((float *)to)[i] = (float)number;
      }
    }
  }
  int64_t laneCount = 0;
  for (int32_t s = 0; s < program->sum_count; s++) { laneCount += program->sums[s].lanes; }
  double *lanes = __builtin_alloca_with_align((size_t)(laneCount * 8 + 64), 512);
  memset(lanes, 0, (size_t)laneCount * 8);
  for (int32_t s = 0; s < program->sum_count; s++) {
    sumStates[s] = (sum_state){.lanes = lanes, .begin = begin, .position = 0};
    lanes += program->sums[s].lanes;
  }

  const operation_loop *loops = operationLoops[program->is_double];
  const operation_loop *pairs = pairLoops[program->is_double];
  for (int64_t from = begin; from < end; from += block) {
    int64_t n = end - from < block ? end - from : block;
    for (int32_t s = 0; s < program->store_count; s++) {
      const tg_store *store = &program->stores[s];
      if (store->direct) { values[store->value] = store->destination + from * bytes; }
    }
    for (int32_t s = 0; s < program->step_count; s++) {
      const tg_step *step = &program->steps[s];
      if (step->operation < TG_OPERATION_COUNT) {
        loops[step->operation](values[step->destination], values[step->a], values[step->b],
                               values[step->c], NULL, n);
      } else if (step->operation < TG_PAIRS_END) {
        pairs[step->operation - TG_PAIRS](values[step->destination], values[step->a],
                                          values[step->b], values[step->c], values[step->e], n);
      } else if (step->operation == TG_STEP_LOAD) {
        const tg_stream *stream = &program->streams[step->a];
        values[stream->value] = (char *)loadBlock(program, stream, &streamStates[step->a],
                                                  buffers[step->a], from, n);
      } else if (step->operation == TG_STEP_STORE) {
        const tg_store *store = &program->stores[step->a];
        storeConversions[program->is_double][store->dtype](
            store->destination + from * dtypeWidths[store->dtype], values[store->value], n);
      } else {
        const tg_sum *sum = &program->sums[step->a];
        addBlock(program, sum, &sumStates[step->a], chunk, values[sum->value], from, n);
      }
    }
  }
  for (int32_t s = 0; s < program->sum_count; s++) {
    if (sumStates[s].begin < end) { endRun(program, &program->sums[s], &sumStates[s], chunk, end); }
  }
}

static const tg_pointwise_table TG_NAME(tg_pointwise) = {
    .run_chunk = TG_NAME(run_chunk),
    .merge = TG_NAME(merge),
    .add_columns = TG_NAME(add_columns),
    .load = LOAD_CONVERSIONS,
    .store = STORE_CONVERSIONS,
};
