#pragma once

#include <stdbool.h>

/// One block of work: `context` is what the caller handed over, `block` counts from zero.
typedef void (*tg_block_body)(void *context, long block);

/// Runs `body` for every block from 0 to `blocks` - 1 and returns when all have ended.
///
/// Which thread runs which block is not determined; every block runs exactly once. A call from
/// inside a block, and a call while another thread has the pool, runs serially on the caller.
void tg_threads_run(long blocks, void *context, tg_block_body body);

/// Says how the pool begins, before anything else: the number of threads (at least 1, at most 1024),
/// and whether each has a processor of its own.
void tg_threads_begin(long count, bool pins);

/// The number of threads that share the work, the caller among them.
long tg_threads_count(void);

/// Changes the number of threads (at least 1, at most 1024). Waits for work in progress; false, and
/// nothing is changed, from inside a block of it.
bool tg_threads_set_count(long count);

/// The number of processors this process may run on, or that its share of their time is worth.
long tg_allowed_processors(void);
