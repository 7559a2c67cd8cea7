/* What this machine can do. `lp_limits` does one kind of work several times on nt threads and gives back the
   shortest time in seconds; limits.py knows how much work that was, and puts VECTOR_BYTES and REGISTERS before
   this text. */

#include <stddef.h>
#include <time.h>

#include "pool.h"

enum { FLOPS_F32, FLOPS_F64, READ, TRIAD, TRIAD_STREAMING, BARRIERS, HANDED_OVER };

typedef struct {
  lp_pool *pool;
  void (*work)(int tid, int nt, void *task);
  float *a, *b, *c; /* n numbers each */
  size_t n;
  long repeats;
  int rounds;
  double factor;
  double seconds; /* of the shortest round */
  volatile double sink; /* where results go, so that they have to be computed */
} task;

typedef float vector __attribute__((vector_size(VECTOR_BYTES)));
typedef double vector_f64 __attribute__((vector_size(VECTOR_BYTES)));

#define LANES (VECTOR_BYTES / sizeof(float))
#define AHEAD 4096 /* bytes between what is read and what is fetched */
#define FORGET __asm__ volatile("" ::: "memory") /* nothing may be known of an earlier repeat */

/* Past the caches where the compiler has an instruction for it. */
#if defined(__clang__)
#define STREAM(p, v) __builtin_nontemporal_store((v), (p))
#elif defined(__AVX512F__)
#define STREAM(p, v) __builtin_ia32_movntps512((float *)(p), (v))
#elif defined(__AVX__)
#define STREAM(p, v) __builtin_ia32_movntps256((float *)(p), (v))
#elif defined(__SSE__)
#define STREAM(p, v) __builtin_ia32_movntps((float *)(p), (v))
#else
#define STREAM(p, v) (*(p) = (v))
#endif

/* Sums that do not wait for one another: as many as registers hold beside the two factors. */
#define CHAINS_OF_16(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#if REGISTERS >= 32
#define CHAINS(X) CHAINS_OF_16(X) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23)
#else
#define CHAINS(X) CHAINS_OF_16(X)
#endif

#define FLOPS_START(i) __typeof__(sum) v##i = sum + i;
#define FLOPS_STEP(i) v##i = v##i * factor + term;
#define FLOPS_END(i) sum += v##i;
#define FLOPS(name, type, number)                                \
  static void name(int tid, int nt, void *argument) {            \
    task *t = argument;                                          \
    type factor = {0}, term = {0}, sum = {0};                    \
    factor += (number)t->factor;                                 \
    term += (number)(1 - t->factor);                             \
    CHAINS(FLOPS_START)                                          \
    for (long i = 0; i < t->repeats; i++) { CHAINS(FLOPS_STEP) } \
    CHAINS(FLOPS_END)                                            \
    t->sink = sum[0];                                            \
  }
FLOPS(flops_f32, vector, float)
FLOPS(flops_f64, vector_f64, double)

static size_t part(const task *t, int tid, int nt) { return t->n * tid / nt / (4 * LANES) * (4 * LANES); }

static void read_all(int tid, int nt, void *argument) {
  task *t = argument;
  vector s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
  size_t start = part(t, tid, nt), stop = part(t, tid + 1, nt);
  for (long repeat = 0; repeat < t->repeats; repeat++) {
    for (size_t i = start; i < stop; i += 4 * LANES) {
      const char *next = (const char *)(t->a + i) + AHEAD;
      for (size_t line = 0; line < 4 * VECTOR_BYTES; line += 64) __builtin_prefetch(next + line, 0, 2);
      const vector *v = (const vector *)(t->a + i);
      s0 += v[0];
      s1 += v[1];
      s2 += v[2];
      s3 += v[3];
    }
    FORGET;
  }
  t->sink = (s0 + s1 + s2 + s3)[0];
}

#define TRIAD_LOOP(name, STORE)                                               \
  static void name(int tid, int nt, void *argument) {                         \
    task *t = argument;                                                       \
    vector factor = {0};                                                      \
    factor += (float)t->factor;                                               \
    size_t start = part(t, tid, nt), stop = part(t, tid + 1, nt);             \
    for (size_t i = start; i < stop; i += 4 * LANES) {                        \
      for (size_t line = 0; line < 4 * VECTOR_BYTES; line += 64) {            \
        __builtin_prefetch((const char *)(t->a + i) + AHEAD + line, 0, 2);    \
        __builtin_prefetch((const char *)(t->b + i) + AHEAD + line, 0, 2);    \
      }                                                                       \
      for (size_t j = i; j < i + 4 * LANES; j += LANES)                       \
        STORE((vector *)(t->c + j), *(vector *)(t->a + j) + *(vector *)(t->b + j) * factor); \
    }                                                                         \
    __atomic_thread_fence(__ATOMIC_SEQ_CST);                                  \
  }
#define STORE(p, v) (*(p) = (v))
TRIAD_LOOP(triad, STORE)
TRIAD_LOOP(triad_streaming, STREAM)

static void barriers(int tid, int nt, void *argument) {
  task *t = argument;
  for (long i = 0; i < t->repeats; i++) lp_barrier(t->pool, nt);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void note(task *t, double seconds) {
  if (seconds < t->seconds) t->seconds = seconds;
}

static void rounds(int tid, int nt, void *argument) {
  task *t = argument;
  for (int round = 0; round < t->rounds; round++) {
    lp_barrier(t->pool, nt);
    double start = now();
    t->work(tid, nt, t);
    lp_barrier(t->pool, nt);
    if (tid == 0) note(t, now() - start);
  }
}

/* The first thread writes what the last one then reads: only the reading is timed. */
static void handed_over(int tid, int nt, void *argument) {
  task *t = argument;
  for (int round = 0; round < t->rounds; round++) {
    if (tid == 0)
      for (size_t i = 0; i < t->n; i++) t->a[i] = (float)round;
    lp_barrier(t->pool, nt);
    double start = now();
    if (tid == nt - 1) read_all(0, 1, t);
    if (tid == nt - 1) note(t, now() - start);
    lp_barrier(t->pool, nt);
  }
}

static void (*const works[])(int, int, void *) = {
  [FLOPS_F32] = flops_f32, [FLOPS_F64] = flops_f64, [READ] = read_all, [TRIAD] = triad,
  [TRIAD_STREAMING] = triad_streaming, [BARRIERS] = barriers,
};

/* memory: room for 3 * n numbers that starts at a multiple of 64 bytes. */
double lp_limits(lp_pool *pool, int kind, int nt, float *memory, size_t n, long repeats, int count) {
  task t = {.pool = pool, .a = memory, .b = memory + n, .c = memory + 2 * n, .n = n, .repeats = repeats,
            .rounds = count, .factor = 0.999, .seconds = 1e9};
  if (kind != HANDED_OVER) t.work = works[kind];
  lp_run(pool, kind == HANDED_OVER ? handed_over : rounds, &t, nt);
  return t.seconds;
}
