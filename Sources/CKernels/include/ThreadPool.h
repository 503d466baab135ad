#pragma once

#include <stdbool.h>
#include <stdint.h>

/// One block of work: `context` is what the caller handed over, `block` counts from zero.
typedef void (*tg_block_body)(void *context, long block);

/// Runs `body` for every block from 0 to `blocks` - 1 and returns when all have ended.
///
/// Which thread runs which block is not determined; every block runs exactly once. A call from
/// inside a block, and a call while another thread has the pool, runs serially on the caller.
void tg_threads_run(long blocks, void *context, tg_block_body body);

/// What follows a job's last block.
typedef void (*tg_job_end)(void *context);

/// Whether the calling thread's kernels may leave their last job in flight; says so, and tells what was said
/// before.
bool tg_threads_leaves(void);
bool tg_threads_leave(bool now);

/// Hands a job out and returns at once: workers run its blocks, and whoever calls `tg_threads_land` helps.
/// `then` runs after the last block, on that thread. The pool is taken meanwhile.
///
/// False, and nothing happens, where `tg_threads_run` would run serially.
bool tg_threads_launch(long blocks, void *context, tg_block_body body, tg_job_end then);

/// The job that was launched and has not landed, as the calling thread sees it. Inside of its blocks
/// there is none: what they read was there when it began.
typedef enum { TG_NO_FLIGHT, TG_OWN_FLIGHT, TG_OTHER_FLIGHT } tg_flight;
tg_flight tg_threads_flight(void);

/// The number of the launched job that has not landed, whoever asks, and 0 where there is none: later jobs
/// have higher numbers. And whether a block of a job asks.
uint64_t tg_threads_flying_number(void);
bool tg_threads_are_inside(void);

/// Ends the job that was launched, if there is one: helps, waits for the others, runs its end. Without
/// `waits` only if nothing is left to wait for.
void tg_threads_land(bool waits);

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
