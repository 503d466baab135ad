// A small persistent pool. One job at a time: each thread has a stretch of neighbouring blocks of its
// own, takes them in ascending order, and then helps others from the end of theirs. The caller takes
// part, at once or, where it launched the job, when it waits for it; workers spin for a moment between
// jobs and then sleep.
//
// Every job over the same domain thus gives the same part of it to the same thread. Its caches hold
// what it wrote in the job before: on machines where cores share no cache, arithmetic over tensors of
// a few megabytes ran 2 to 5 times faster than with blocks dealt out one by one.
#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "include/Processors.h"
#include "include/ThreadPool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define MAXIMUM_THREADS 1024
/// How long a worker watches for the next job before it sleeps.
#define SPIN_NANOSECONDS 200000
/// How often the caller looks whether the last blocks have ended before it offers its processor to
/// others: about as long. On a busy machine the worker it waits for may be what needs it.
#define CALLER_SPINS 4000

/// The blocks of one thread that nobody has claimed: the first in the upper half, the end in the
/// lower. A claim is a successful exchange, so a worker that comes late can take no block of a job
/// that ended; what it claims belongs to the present job, whose fields were set before.
typedef struct {
  _Alignas(128) _Atomic uint64_t blocks;
} thread_share;

typedef struct {
  // The job: its number, the blocks that have ended, how many threads have a share, what to run.
  _Alignas(128) _Atomic uint64_t number;
  _Alignas(128) _Atomic uint64_t finished;
  _Atomic long threads;
  tg_block_body body;
  void *context;

  // A job whose caller did not wait: see tg_threads_launch.
  _Atomic bool flying;
  _Atomic bool landing;  // Somebody waits for its end, for all.
  long flying_blocks;
  tg_job_end then;

  _Alignas(128) _Atomic bool busy;  // A caller owns the pool.
  _Atomic long count;               // Threads wanted.
  _Atomic bool pins;                // Whether workers have processors of their own.
  _Atomic int sleepers;
  _Atomic bool stopping;
  pthread_mutex_t lock;
  pthread_cond_t wake;

  // Only the owner changes these; `spins` while no worker lives.
  long started;
  bool spins;
  pthread_t workers[MAXIMUM_THREADS];
  // Where the caller last was, and where each worker is pinned; -1: it is not.
  int caller_place;
  int places[MAXIMUM_THREADS];
  thread_share shares[MAXIMUM_THREADS];
} thread_pool;

static thread_pool pool = {
    .count = 1,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER,
};

static _Thread_local bool inside_block = false;
/// Whether what this thread calls may leave a job in flight, and the number of the last that did.
static _Thread_local bool leaves = false;
static _Thread_local uint64_t launched = 0;

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// The next block of a thread's own share, or -1.
static long claim_first(thread_share *share) {
  uint64_t blocks = atomic_load_explicit(&share->blocks, memory_order_acquire);
  while ((blocks >> 32) < (uint32_t)blocks) {
    if (atomic_compare_exchange_weak_explicit(&share->blocks, &blocks, blocks + (1ull << 32),
                                              memory_order_acq_rel, memory_order_acquire)) {
      return (long)(blocks >> 32);
    }
  }
  return -1;
}

/// The last block of another thread's share, or -1.
static long claim_last(thread_share *share) {
  uint64_t blocks = atomic_load_explicit(&share->blocks, memory_order_acquire);
  while ((blocks >> 32) < (uint32_t)blocks) {
    if (atomic_compare_exchange_weak_explicit(&share->blocks, &blocks, blocks - 1,
                                              memory_order_acq_rel, memory_order_acquire)) {
      return (long)(uint32_t)blocks - 1;
    }
  }
  return -1;
}

/// Claims and runs blocks until none is left: a thread's own, then others'.
static void work(long thread, long threads) {
  uint64_t done = 0;
  for (long block; (block = claim_first(&pool.shares[thread])) >= 0; done++) {
    pool.body(pool.context, block);
  }
  for (long next = 1; next < threads; next++) {
    thread_share *other = &pool.shares[(thread + next) % threads];
    for (long block; (block = claim_last(other)) >= 0; done++) {
      pool.body(pool.context, block);
    }
  }
  if (done > 0) { atomic_fetch_add_explicit(&pool.finished, done, memory_order_acq_rel); }
}

static inline bool is_new(uint64_t seen) {
  return atomic_load_explicit(&pool.number, memory_order_acquire) != seen;
}

static void sleep_until_job(uint64_t seen) {
  pthread_mutex_lock(&pool.lock);
  atomic_fetch_add(&pool.sleepers, 1);
  while (atomic_load(&pool.number) == seen && !atomic_load(&pool.stopping)) {
    pthread_cond_wait(&pool.wake, &pool.lock);
  }
  atomic_fetch_sub(&pool.sleepers, 1);
  pthread_mutex_unlock(&pool.lock);
}

/// - Parameter thread: which share is its own; the caller's is the first.
static void *worker(void *thread) {
  inside_block = true;
  uint64_t seen = 0;
  while (!atomic_load(&pool.stopping)) {
    uint64_t number = atomic_load_explicit(&pool.number, memory_order_acquire);
    if (number != seen) {
      seen = number;
      work((long)thread, atomic_load_explicit(&pool.threads, memory_order_relaxed));
      continue;
    }
    bool found = false;
    if (pool.spins) {
      int64_t end = nanoseconds() + SPIN_NANOSECONDS;
      do {
        for (int i = 0; i < 64 && !found; i++) {
          relax();
          found = is_new(seen);
        }
      } while (!found && nanoseconds() < end);
    }
    if (!found) { sleep_until_job(seen); }
  }
  return NULL;
}

#if defined(__linux__)
/// The set of the process's first thread: a caller may itself be pinned to fewer processors.
static void allowed_set(cpu_set_t *set) {
  CPU_ZERO(set);
  if (sched_getaffinity(getpid(), sizeof(*set), set) != 0) { CPU_SET(0, set); }
}

static void pin(long worker, int processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  pthread_setaffinity_np(pool.workers[worker], sizeof(one), &one);
  pool.places[worker] = processor;
}

/// Gives each worker a processor of its own, and a core while there are enough.
static void pin_workers(void) {
  pool.caller_place = -1;
  if (!atomic_load(&pool.pins)) { return; }
  cpu_set_t allowed;
  allowed_set(&allowed);
  static int cores[CPU_SETSIZE], places[MAXIMUM_THREADS];
  for (int i = 0; i < CPU_SETSIZE; i++) {
    cores[i] = CPU_ISSET(i, &allowed) ? tg_core_of("/sys/devices/system/cpu", i) : -1;
  }
  int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE) { return; }
  pool.caller_place = here;
  tg_choose_places(cores, CPU_SETSIZE, pool.caller_place, places, pool.started);
  for (long i = 0; i < pool.started; i++) { pin(i, places[i]); }
}

/// The caller is not pinned: after a rest the system may wake it on a worker's processor, where both
/// would take turns until somebody moves one of them, some milliseconds later. That worker takes the
/// place that the caller left.
static void make_room(void) {
  if (pool.caller_place < 0) { return; }
  int here = sched_getcpu();
  if (here == pool.caller_place) { return; }
  for (long i = 0; i < pool.started; i++) {
    if (pool.places[i] == here) {
      pin(i, pool.caller_place);
      break;
    }
  }
  pool.caller_place = here;
}

long tg_allowed_processors(void) {
  cpu_set_t allowed;
  allowed_set(&allowed);
  long count = CPU_COUNT(&allowed), quota = tg_quota_processors("/sys/fs/cgroup");
  return quota > 0 && quota < count ? quota : count;
}
#else
static void pin_workers(void) {}

static void make_room(void) {}

long tg_allowed_processors(void) {
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? online : 1;
}
#endif

static long limited(long count) {
  return count < 1 ? 1 : count > MAXIMUM_THREADS ? MAXIMUM_THREADS : count;
}

void tg_threads_begin(long count, bool pins) {
  atomic_store(&pool.pins, pins);
  atomic_store(&pool.count, limited(count));
}

long tg_threads_count(void) { return atomic_load_explicit(&pool.count, memory_order_relaxed); }

/// Stops all workers. The caller owns the pool.
static void stop_workers(void) {
  pthread_mutex_lock(&pool.lock);
  atomic_store(&pool.stopping, true);
  pthread_cond_broadcast(&pool.wake);
  pthread_mutex_unlock(&pool.lock);
  for (long i = 0; i < pool.started; i++) { pthread_join(pool.workers[i], NULL); }
  pool.started = 0;
  atomic_store(&pool.stopping, false);
}

/// Brings the number of workers to what is wanted. The caller owns the pool.
static void start_workers(long count) {
  if (pool.started == count - 1) { return; }
  stop_workers();
  long processors = tg_allowed_processors();
  bool enough = count <= processors;
  pool.spins = enough;
  for (long i = 0; i < count - 1; i++) {
    if (pthread_create(&pool.workers[i], NULL, worker, (void *)(i + 1)) != 0) { break; }
    pool.started += 1;
  }
  if (pool.started < count - 1) {
    // The system refuses more threads: go on with those there are.
    atomic_store(&pool.count, pool.started + 1);
  }
  if (enough) { pin_workers(); }
}

static bool try_own(void) { return !atomic_exchange_explicit(&pool.busy, true, memory_order_acquire); }

static void disown(void) { atomic_store_explicit(&pool.busy, false, memory_order_release); }

bool tg_threads_set_count(long count) {
  if (inside_block) { return false; }
  while (!try_own()) {
    tg_threads_land(true);
    usleep(50);
  }
  atomic_store(&pool.count, limited(count));
  disown();
  return true;
}

static void run_serially(long blocks, void *context, tg_block_body body) {
  for (long i = 0; i < blocks; i++) { body(context, i); }
}

/// Hands a job out to all threads. The caller owns the pool.
static void hand_out(long blocks, void *context, tg_block_body body) {
  start_workers(tg_threads_count());
  make_room();
  pool.body = body;
  pool.context = context;
  atomic_store_explicit(&pool.finished, 0, memory_order_relaxed);
  uint64_t threads = (uint64_t)pool.started + 1, first = 0;
  atomic_store_explicit(&pool.threads, (long)threads, memory_order_relaxed);
  for (uint64_t i = 0; i < threads; i++) {
    // Where they do not come out even the caller has one more: it begins first.
    uint64_t end = ((i + 1) * (uint64_t)blocks + threads - 1) / threads;
    atomic_store_explicit(&pool.shares[i].blocks, first << 32 | end, memory_order_release);
    first = end;
  }
  atomic_fetch_add(&pool.number, 1);
  if (atomic_load(&pool.sleepers) > 0) {
    pthread_mutex_lock(&pool.lock);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
  }
}

static bool has_ended(long blocks) {
  return atomic_load_explicit(&pool.finished, memory_order_acquire) == (uint64_t)blocks;
}

/// Takes the caller's share of a job that was handed out, and waits for the others.
static void take_part(long blocks) {
  inside_block = true;
  work(0, atomic_load_explicit(&pool.threads, memory_order_relaxed));
  inside_block = false;
  for (long spins = 0; !has_ended(blocks); spins++) {
    if (pool.spins && spins < CALLER_SPINS) {
      relax();
    } else {
      sched_yield();
    }
  }
}

/// Whether this thread is to share out so many blocks, and may: then it owns the pool.
static bool can_share(long blocks) {
  return blocks > 1 && !inside_block && blocks <= UINT32_MAX && tg_threads_count() > 1 && try_own();
}

void tg_threads_run(long blocks, void *context, tg_block_body body) {
  if (!can_share(blocks)) {
    run_serially(blocks, context, body);
    return;
  }
  hand_out(blocks, context, body);
  take_part(blocks);
  disown();
}

// MARK: - Jobs that are not waited for

bool tg_threads_leaves(void) { return leaves; }

bool tg_threads_leave(bool now) {
  bool before = leaves;
  leaves = now;
  return before;
}

bool tg_threads_launch(long blocks, void *context, tg_block_body body, tg_job_end then) {
  if (!can_share(blocks)) { return false; }
  pool.flying_blocks = blocks;
  pool.then = then;
  hand_out(blocks, context, body);
  launched = atomic_load_explicit(&pool.number, memory_order_relaxed);
  atomic_store_explicit(&pool.flying, true, memory_order_release);
  return true;
}

static bool are_flying(void) { return atomic_load_explicit(&pool.flying, memory_order_acquire); }

uint64_t tg_threads_flying_number(void) {
  return are_flying() ? atomic_load_explicit(&pool.number, memory_order_relaxed) : 0;
}

bool tg_threads_are_inside(void) { return inside_block; }

tg_flight tg_threads_flight(void) {
  if (!are_flying() || inside_block) { return TG_NO_FLIGHT; }
  return launched == atomic_load_explicit(&pool.number, memory_order_relaxed) ? TG_OWN_FLIGHT
                                                                              : TG_OTHER_FLIGHT;
}

void tg_threads_land(bool waits) {
  if (inside_block) { return; }
  while (atomic_exchange_explicit(&pool.landing, true, memory_order_acquire)) {
    if (!waits) { return; }
    sched_yield();
  }
  if (are_flying() && (waits || has_ended(pool.flying_blocks))) {
    take_part(pool.flying_blocks);
    inside_block = true;
    pool.then(pool.context);
    inside_block = false;
    atomic_store_explicit(&pool.flying, false, memory_order_release);
    disown();
  }
  atomic_store_explicit(&pool.landing, false, memory_order_release);
}
