/* The thread pool behind lp_run. Each worker has a slot where its next job is put; it watches the
   slot for a while and then sleeps, so that an idle pool takes no CPU time. Workers start when they
   are first asked for, and end with the process. */

#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* which processor a thread is on */
#endif

#include "pool.h"

#if LP_HAS_THREADS

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

/* How long to watch before sleeping; waking costs 5 to 40 us. Long watching helps an uneven team that has
   its cores to itself, and harms where the missing thread waits for the very core that watches. */
#define SPIN_NANOSECONDS 15000.0 /* at a barrier */
#define IDLE_SPINS 8 /* times as long for the next job */

typedef struct {
  _Alignas(LP_LINE) unsigned jobs; /* jobs handed over so far: a change means a new one */
  int asleep;
  int nt;
  int cpu; /* where it worked last; -1: nobody knows */
  int away; /* from which processor it was sent away; -1: from none */
  lp_function function;
  void *arg;
  pthread_t thread;
  pthread_mutex_t lock; /* for sleeping only */
  pthread_cond_t wake;
} slot;

static struct {
  lp_pool shared;
  _Alignas(LP_LINE) pthread_mutex_t turn; /* one run at a time */
  pthread_mutex_t barrier_lock;
  pthread_cond_t barrier_passed;
  int started;
  slot slots[LP_POOL_THREADS]; /* slot 0 stays empty: that thread is the caller */
} pool;

static _Thread_local int inside; /* this thread is running a job */

static void sleep_at_barrier(lp_pool *shared, unsigned phase) {
  pthread_mutex_lock(&pool.barrier_lock);
  __atomic_add_fetch(&shared->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&shared->phase, __ATOMIC_SEQ_CST) == phase)
    pthread_cond_wait(&pool.barrier_passed, &pool.barrier_lock);
  __atomic_sub_fetch(&shared->sleepers, 1, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&pool.barrier_lock);
}

static void wake_at_barrier(lp_pool *shared) {
  pthread_mutex_lock(&pool.barrier_lock);
  pthread_cond_broadcast(&pool.barrier_passed);
  pthread_mutex_unlock(&pool.barrier_lock);
}

static void sleep_until_job(slot *s, unsigned seen) {
  pthread_mutex_lock(&s->lock);
  __atomic_store_n(&s->asleep, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&s->jobs, __ATOMIC_SEQ_CST) == seen) pthread_cond_wait(&s->wake, &s->lock);
  __atomic_store_n(&s->asleep, 0, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&s->lock);
}

static void wait_for_job(slot *s, unsigned seen) {
  for (int i = 0; i < IDLE_SPINS * pool.shared.spins; i++) {
    if (__atomic_load_n(&s->jobs, __ATOMIC_ACQUIRE) != seen) return;
    lp_pause();
  }
  sleep_until_job(s, seen);
}

#if defined(__linux__)
static int current_cpu(void) { return sched_getcpu(); }

/* Systems like to wake a thread on the processor of the one that wakes it, and may leave it there: then both
   share it while another is idle. A worker keeps off the caller's, as long as it has another. */
static void keep_apart(slot *s, int here) {
  cpu_set_t allowed;
  if (here < 0 || s->away == here) return;
  if (pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed)) return;
  CPU_CLR(here, &allowed);
  if (CPU_COUNT(&allowed) && !pthread_setaffinity_np(s->thread, sizeof allowed, &allowed)) s->away = here;
}
#else
static int current_cpu(void) { return -1; }
static void keep_apart(slot *s, int here) {}
#endif

static void *work(void *own) {
  slot *s = own;
  int tid = (int)(s - pool.slots);
  inside = 1;
  for (unsigned seen = 0;; seen++) {
    wait_for_job(s, seen);
    int nt = s->nt;
    s->cpu = current_cpu();
    s->function(tid, nt, s->arg);
    lp_barrier(&pool.shared, nt);
  }
  return NULL;
}

static void hand_over(slot *s, lp_function function, void *arg, int nt, int here) {
  if (here >= 0 && (s->cpu == here || __atomic_load_n(&s->asleep, __ATOMIC_RELAXED))) keep_apart(s, here);
  s->function = function;
  s->arg = arg;
  s->nt = nt;
  __atomic_store_n(&s->jobs, s->jobs + 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&s->asleep, __ATOMIC_SEQ_CST)) {
    pthread_mutex_lock(&s->lock);
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
  }
}

/* Workers block all signals, so that Ctrl-C reaches Python's main thread. */
static void start_workers(int wanted) {
  sigset_t all, before;
  pthread_attr_t detached;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  while (pool.started < wanted) {
    slot *s = &pool.slots[pool.started + 1];
    if (pthread_create(&s->thread, &detached, work, s)) break;
    pool.started++;
  }
  pthread_attr_destroy(&detached);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void run(lp_pool *shared, lp_function function, void *arg, int nt) {
  if (inside) {
    function(0, 1, arg);
    return;
  }
  pthread_mutex_lock(&pool.turn);
  if (nt > LP_POOL_THREADS) nt = LP_POOL_THREADS;
  if (pool.started < nt - 1) start_workers(nt - 1);
  if (nt > pool.started + 1) nt = pool.started + 1;
  int here = current_cpu();
  for (int tid = 1; tid < nt; tid++) hand_over(&pool.slots[tid], function, arg, nt, here);
  inside = 1;
  function(0, nt, arg);
  inside = 0;
  lp_barrier(shared, nt);
  pthread_mutex_unlock(&pool.turn);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

/* A pause takes from 1 to 50 ns: how many fill the time that we mean to spin. */
static int count_spins(void) {
  double shortest = 1e9;
  for (int attempt = 0; attempt < 5; attempt++) {
    double start = now();
    for (int i = 0; i < 100; i++) {
      (void)__atomic_load_n(&pool.shared.phase, __ATOMIC_ACQUIRE);
      lp_pause();
    }
    double took = now() - start;
    if (took < shortest) shortest = took;
  }
  return (int)(SPIN_NANOSECONDS / (shortest / 100 + 0.1));
}

/* To be called once, and again in a forked child, where the workers are gone and locks may be held
   by threads that do not exist. */
lp_pool *lp_pool_reset(void) {
  pool.shared.run = run;
  pool.shared.sleep = sleep_at_barrier;
  pool.shared.wake = wake_at_barrier;
  pool.shared.arrived = 0;
  pool.shared.sleepers = 0;
  if (!pool.shared.spins) pool.shared.spins = count_spins();
  pool.started = 0;
  inside = 0;
  pthread_mutex_init(&pool.turn, NULL);
  pthread_mutex_init(&pool.barrier_lock, NULL);
  pthread_cond_init(&pool.barrier_passed, NULL);
  for (int i = 0; i < LP_POOL_THREADS; i++) {
    slot *s = &pool.slots[i];
    s->jobs = 0;
    s->asleep = 0;
    s->cpu = s->away = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
  }
  return &pool.shared;
}

int lp_pool_limit(void) { return LP_POOL_THREADS; }

#else

static void run(lp_pool *shared, lp_function function, void *arg, int nt) { function(0, 1, arg); }

static lp_pool pool = {run};

lp_pool *lp_pool_reset(void) { return &pool; }

int lp_pool_limit(void) { return 1; }

#endif
