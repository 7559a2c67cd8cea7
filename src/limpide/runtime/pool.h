/* Threads for generated code: lp_run starts a team, lp_barrier keeps it in step.

   A team is `nt` threads that all run the same function (SPMD), the caller being thread 0:

       static void step(int tid, int nt, void *arg) {
         first_half(arg, tid, nt);
         lp_barrier(((state *)arg)->pool, nt);
         second_half(arg, tid, nt);
       }
       lp_run(pool, step, &state, 4);

   `nt` may come out smaller than asked: 1 inside of another run, fewer when the system has no more
   threads. A function must therefore divide its work by the nt that it is given. */

#ifndef LP_POOL_H
#define LP_POOL_H

#define LP_POOL_THREADS 256
#define LP_LINE 128 /* bytes that one core fetches at once; two lines, as neighbours come in pairs */

#if defined(_WIN32) || defined(__wasm__)
#define LP_HAS_THREADS 0
#else
#define LP_HAS_THREADS 1
#endif

typedef void (*lp_function)(int tid, int nt, void *arg);

typedef struct lp_pool {
  void (*run)(struct lp_pool *pool, lp_function function, void *arg, int nt);
  void (*sleep)(struct lp_pool *pool, unsigned phase);
  void (*wake)(struct lp_pool *pool);
  int spins; /* how often to look before sleeping */
  _Alignas(LP_LINE) int arrived; /* threads that wait at the barrier */
  int sleepers; /* those of them that sleep */
  _Alignas(LP_LINE) unsigned phase; /* barriers passed so far */
} lp_pool;

/* Run function(tid, nt, arg) on nt threads; returns when all are done. pool may be NULL if nt is 1. */
static inline void lp_run(lp_pool *pool, lp_function function, void *arg, int nt) {
  if (nt <= 1)
    function(0, 1, arg);
  else
    pool->run(pool, function, arg, nt);
}

#if LP_HAS_THREADS

static inline void lp_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

/* No thread of the team goes on before all nt have come here. Those that wait watch for a while; after
   that another process has most likely taken a core, and they sleep to let the missing thread run. */
static inline void lp_barrier(lp_pool *pool, int nt) {
  if (nt <= 1) return;
  unsigned phase = __atomic_load_n(&pool->phase, __ATOMIC_RELAXED);
  if (__atomic_add_fetch(&pool->arrived, 1, __ATOMIC_ACQ_REL) == nt) {
    __atomic_store_n(&pool->arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&pool->phase, phase + 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST)) pool->wake(pool);
    return;
  }
  for (int i = 0; i < pool->spins; i++) {
    if (__atomic_load_n(&pool->phase, __ATOMIC_ACQUIRE) != phase) return;
    lp_pause();
  }
  pool->sleep(pool, phase);
}

#else

static inline void lp_barrier(lp_pool *pool, int nt) {}

#endif
#endif
