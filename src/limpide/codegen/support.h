/* limpide support: included at the top of every generated C file.
 *
 * Freestanding C11: nothing from libm. Every function is static inline and, unless its comment says otherwise,
 * straight-line code without branches, loops or tables, so that `for (i) y[i] = lp_exp_f32(x[i]);` vectorises.
 * NaN and infinities follow NumPy; denormals are never flushed. Do not compile with -ffast-math: the extended
 * precision steps below need IEEE additions in the order written. -fno-math-errno keeps sqrt inline.
 *
 * Contents: 1 compiler, 2 bits, 3 selection, 4 rounding, 5 exact sums, 6 exponentials, 7 logarithms, 8 powers,
 * 9 trigonometry, 10 hyperbolic, 11 activations, 12 error function, 13 division with remainder, 14 casts,
 * 15 integers, 16 random numbers, 17 vectors, 18 bfloat16, 19 stores past the caches.
 * Names starting with lpi_ are internal.
 */
#ifndef LIMPIDE_SUPPORT_H
#define LIMPIDE_SUPPORT_H

#include <stddef.h>
#include <stdint.h>
#if __has_include(<string.h>) /* a bare WebAssembly target has none */
#include <string.h>
#endif

/* ---- 1 compiler ---------------------------------------------------------------------------------------------- */

#define LP_INLINE static inline __attribute__((always_inline, unused))
#define LP_NOINLINE static __attribute__((noinline, unused))
#define LP_ALIGN(bytes) __attribute__((aligned(bytes)))
#define LP_RESTRICT __restrict__
#define LP_LIKELY(x) __builtin_expect(!!(x), 1)
#define LP_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* Where the part of thread t begins in a loop that is cut at multiples of `grain`. */
LP_INLINE int64_t lp_cut(int64_t extent, int64_t grain, int64_t t, int64_t nt) {
  const int64_t at = (extent + grain - 1) / grain * t / nt * grain;
  return at < extent ? at : extent;
}

/* What lies at p is read again: what compilers carry along from step to step instead takes more instructions. */
#define LP_ANEW(p) __asm__("" : "+r"(p))
#define LP_PREFETCH(address) __builtin_prefetch((address), 0, 3)
#define LP_PREFETCH_WRITE(address) __builtin_prefetch((address), 1, 3)

#if defined(__FMA__) || defined(__AVX512F__) || defined(__aarch64__)
#define LP_HAS_FMA 1
#else
#define LP_HAS_FMA 0
#endif
#if defined(__SSE4_1__) || defined(__aarch64__) || defined(__wasm__)
#define LP_HAS_ROUND 1 /* floor, ceil, trunc and rint are instructions */
#else
#define LP_HAS_ROUND 0
#endif

#define LP_INF_F32 __builtin_inff()
#define LP_INF_F64 __builtin_inf()
#define LP_NAN_F32 __builtin_nanf("")
#define LP_NAN_F64 __builtin_nan("")

/* The smallest and the largest in lanes. OpenMP's own may begin at the largest finite number, as clang's do. */
#ifdef __clang__
#pragma omp declare reduction(lp_min_f32 : float : omp_out = omp_in < omp_out ? omp_in : omp_out) \
    initializer(omp_priv = LP_INF_F32)
#pragma omp declare reduction(lp_max_f32 : float : omp_out = omp_in > omp_out ? omp_in : omp_out) \
    initializer(omp_priv = -LP_INF_F32)
#pragma omp declare reduction(lp_min_f64 : double : omp_out = omp_in < omp_out ? omp_in : omp_out) \
    initializer(omp_priv = LP_INF_F64)
#pragma omp declare reduction(lp_max_f64 : double : omp_out = omp_in > omp_out ? omp_in : omp_out) \
    initializer(omp_priv = -LP_INF_F64)
#define LP_MIN_F32 lp_min_f32
#define LP_MAX_F32 lp_max_f32
#define LP_MIN_F64 lp_min_f64
#define LP_MAX_F64 lp_max_f64
#else
#define LP_MIN_F32 min
#define LP_MAX_F32 max
#define LP_MIN_F64 min
#define LP_MAX_F64 max
#endif

/* ---- 2 bits -------------------------------------------------------------------------------------------------- */

LP_INLINE uint32_t lp_bits_f32(float x) { uint32_t u; __builtin_memcpy(&u, &x, 4); return u; }
LP_INLINE uint64_t lp_bits_f64(double x) { uint64_t u; __builtin_memcpy(&u, &x, 8); return u; }
LP_INLINE float lp_from_bits_f32(uint32_t u) { float x; __builtin_memcpy(&x, &u, 4); return x; }
LP_INLINE double lp_from_bits_f64(uint64_t u) { double x; __builtin_memcpy(&x, &u, 8); return x; }

/* a choice without a branch: what it depends on is data, which no processor foresees */
LP_INLINE float lp_where_f32(uint8_t c, float a, float b) {
    const uint32_t all = -(uint32_t)(c != 0);
    return lp_from_bits_f32((lp_bits_f32(a) & all) | (lp_bits_f32(b) & ~all));
}
LP_INLINE double lp_where_f64(uint8_t c, double a, double b) {
    const uint64_t all = -(uint64_t)(c != 0);
    return lp_from_bits_f64((lp_bits_f64(a) & all) | (lp_bits_f64(b) & ~all));
}

LP_INLINE float lp_fabs_f32(float x) { return lp_from_bits_f32(lp_bits_f32(x) & 0x7fffffffu); }
LP_INLINE double lp_fabs_f64(double x) { return lp_from_bits_f64(lp_bits_f64(x) & 0x7fffffffffffffffu); }
LP_INLINE float lp_copysign_f32(float x, float sign) {
    return lp_from_bits_f32((lp_bits_f32(x) & 0x7fffffffu) | (lp_bits_f32(sign) & 0x80000000u));
}
LP_INLINE double lp_copysign_f64(double x, double sign) {
    return lp_from_bits_f64((lp_bits_f64(x) & 0x7fffffffffffffffu) | (lp_bits_f64(sign) & 0x8000000000000000u));
}
LP_INLINE uint8_t lp_signbit_f32(float x) { return (uint8_t)(lp_bits_f32(x) >> 31); }
LP_INLINE uint8_t lp_signbit_f64(double x) { return (uint8_t)(lp_bits_f64(x) >> 63); }

/* 2^n for a normal result. */
LP_INLINE float lpi_pow2_f32(int32_t n) { return lp_from_bits_f32((uint32_t)(n + 127) << 23); }
LP_INLINE double lpi_pow2_f64(int64_t n) { return lp_from_bits_f64((uint64_t)(n + 1023) << 52); }

/* x * 2^n with one rounding, for n in [-250, 250] (f32) or [-2000, 2000] (f64) and x near 1. */
LP_INLINE float lpi_scale_f32(float x, int32_t n) {
    int32_t half = n >> 1;
    return x * lpi_pow2_f32(half) * lpi_pow2_f32(n - half);
}
LP_INLINE double lpi_scale_f64(double x, int64_t n) {
    int64_t half = (int64_t)((uint64_t)(n + 2048) >> 1) - 1024; /* AVX2 has no signed 64-bit shift */
    return x * lpi_pow2_f64(half) * lpi_pow2_f64(n - half);
}

/* ---- 3 selection --------------------------------------------------------------------------------------------- */

LP_INLINE uint8_t lp_isnan_f32(float x) { return x != x; }
LP_INLINE uint8_t lp_isnan_f64(double x) { return x != x; }
LP_INLINE uint8_t lp_isinf_f32(float x) { return lp_fabs_f32(x) == LP_INF_F32; }
LP_INLINE uint8_t lp_isinf_f64(double x) { return lp_fabs_f64(x) == LP_INF_F64; }
LP_INLINE uint8_t lp_isfinite_f32(float x) { return lp_fabs_f32(x) < LP_INF_F32; }
LP_INLINE uint8_t lp_isfinite_f64(double x) { return lp_fabs_f64(x) < LP_INF_F64; }

/* maximum and minimum pass NaN on; fmax and fmin ignore it. */
LP_INLINE float lp_maximum_f32(float a, float b) { float m = a > b ? a : b; return a != a ? a : m; }
LP_INLINE double lp_maximum_f64(double a, double b) { double m = a > b ? a : b; return a != a ? a : m; }
LP_INLINE float lp_minimum_f32(float a, float b) { float m = a < b ? a : b; return a != a ? a : m; }
LP_INLINE double lp_minimum_f64(double a, double b) { double m = a < b ? a : b; return a != a ? a : m; }
LP_INLINE float lp_fmax_f32(float a, float b) { float m = a > b ? a : b; return b != b ? a : m; }
LP_INLINE double lp_fmax_f64(double a, double b) { double m = a > b ? a : b; return b != b ? a : m; }
LP_INLINE float lp_fmin_f32(float a, float b) { float m = a < b ? a : b; return b != b ? a : m; }
LP_INLINE double lp_fmin_f64(double a, double b) { double m = a < b ? a : b; return b != b ? a : m; }

LP_INLINE float lp_sign_f32(float x) { float s = x > 0 ? 1.0f : 0.0f; s = x < 0 ? -1.0f : s; return x != x ? x : s; }
LP_INLINE double lp_sign_f64(double x) { double s = x > 0 ? 1.0 : 0.0; s = x < 0 ? -1.0 : s; return x != x ? x : s; }
LP_INLINE float lp_relu_f32(float x) { return x < 0 ? 0 : x; }
LP_INLINE double lp_relu_f64(double x) { return x < 0 ? 0 : x; }

/* ---- 4 rounding ---------------------------------------------------------------------------------------------- */

#if LP_HAS_ROUND
LP_INLINE float lp_rint_f32(float x) { return __builtin_rintf(x); }
LP_INLINE double lp_rint_f64(double x) { return __builtin_rint(x); }
LP_INLINE float lp_floor_f32(float x) { return __builtin_floorf(x); }
LP_INLINE double lp_floor_f64(double x) { return __builtin_floor(x); }
LP_INLINE float lp_ceil_f32(float x) { return __builtin_ceilf(x); }
LP_INLINE double lp_ceil_f64(double x) { return __builtin_ceil(x); }
LP_INLINE float lp_trunc_f32(float x) { return __builtin_truncf(x); }
LP_INLINE double lp_trunc_f64(double x) { return __builtin_trunc(x); }
#else
/* Adding 2^23 (2^52) to a smaller magnitude rounds it to an integer, half to even. */
LP_INLINE float lp_rint_f32(float x) {
    float a = lp_fabs_f32(x), r = (a + 0x1p23f) - 0x1p23f;
    return a < 0x1p23f ? lp_copysign_f32(r, x) : x;
}
LP_INLINE double lp_rint_f64(double x) {
    double a = lp_fabs_f64(x), r = (a + 0x1p52) - 0x1p52;
    return a < 0x1p52 ? lp_copysign_f64(r, x) : x;
}
LP_INLINE float lp_floor_f32(float x) { float r = lp_rint_f32(x); return lp_copysign_f32(r > x ? r - 1 : r, x); }
LP_INLINE double lp_floor_f64(double x) { double r = lp_rint_f64(x); return lp_copysign_f64(r > x ? r - 1 : r, x); }
LP_INLINE float lp_ceil_f32(float x) { float r = lp_rint_f32(x); return lp_copysign_f32(r < x ? r + 1 : r, x); }
LP_INLINE double lp_ceil_f64(double x) { double r = lp_rint_f64(x); return lp_copysign_f64(r < x ? r + 1 : r, x); }
LP_INLINE float lp_trunc_f32(float x) { return lp_copysign_f32(lp_floor_f32(lp_fabs_f32(x)), x); }
LP_INLINE double lp_trunc_f64(double x) { return lp_copysign_f64(lp_floor_f64(lp_fabs_f64(x)), x); }
#endif
LP_INLINE float lp_round_f32(float x) { return lp_rint_f32(x); } /* NumPy's round: half to even */
LP_INLINE double lp_round_f64(double x) { return lp_rint_f64(x); }

LP_INLINE float lp_sqrt_f32(float x) { return __builtin_sqrtf(x); }
LP_INLINE double lp_sqrt_f64(double x) { return __builtin_sqrt(x); }
LP_INLINE float lp_rsqrt_f32(float x) { return 1.0f / __builtin_sqrtf(x); }
LP_INLINE double lp_rsqrt_f64(double x) { return 1.0 / __builtin_sqrt(x); }

/* ---- 5 exact sums and products (double-double: value = hi + lo) ------------------------------------------------ */

typedef struct { double hi, lo; } lpi_dd;

LP_INLINE lpi_dd lpi_quick_sum(double a, double b) { /* |a| >= |b| */
    double s = a + b;
    return (lpi_dd){s, b - (s - a)};
}
LP_INLINE lpi_dd lpi_sum(double a, double b) {
    double s = a + b, t = s - a;
    return (lpi_dd){s, (a - (s - t)) + (b - t)};
}
LP_INLINE lpi_dd lpi_product(double a, double b) {
    double p = a * b;
#if LP_HAS_FMA
    return (lpi_dd){p, __builtin_fma(a, b, -p)};
#else
    double ah = lp_from_bits_f64(lp_bits_f64(a) & ~(uint64_t)0x7ffffff), al = a - ah;
    double bh = lp_from_bits_f64(lp_bits_f64(b) & ~(uint64_t)0x7ffffff), bl = b - bh;
    return (lpi_dd){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
#endif
}
LP_INLINE lpi_dd lpi_dd_mul(lpi_dd a, lpi_dd b) {
    lpi_dd p = lpi_product(a.hi, b.hi);
    return lpi_quick_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
LP_INLINE lpi_dd lpi_dd_add(lpi_dd a, lpi_dd b) {
    lpi_dd s = lpi_sum(a.hi, b.hi);
    return lpi_quick_sum(s.hi, s.lo + (a.lo + b.lo));
}

/* ---- 6 exponentials ------------------------------------------------------------------------------------------ */

/* x = n ln 2 + r + low, |r| <= ln(2)/2.  Adding 1.5 * 2^23 (2^52) leaves rint(x / ln 2) in the low bits. */
typedef struct { float r, low; int32_t n; } lpi_expred_f32;
typedef struct { double r, low; int64_t n; } lpi_expred_f64;

LP_INLINE lpi_expred_f32 lpi_exp_reduce_f32(float x) {
    float t = x * 0x1.715476p+0f + 0x1.8p23f, n = t - 0x1.8p23f;
    float a = x - n * 0x1.62e4p-1f, r = a - n * 0x1.7f7d1cp-20f;
    return (lpi_expred_f32){r, (a - r) - n * 0x1.7f7d1cp-20f, (int32_t)(lp_bits_f32(t) - 0x4b400000u)};
}
LP_INLINE lpi_expred_f64 lpi_exp_reduce_f64(double x) {
    double t = x * 0x1.71547652b82fep+0 + 0x1.8p52, n = t - 0x1.8p52;
    double a = x - n * 0x1.62e42fefa38p-1, r = a - n * 0x1.ef35793c7673p-45;
    return (lpi_expred_f64){r, (a - r) - n * 0x1.ef35793c7673p-45, (int64_t)(lp_bits_f64(t) - 0x4338000000000000u)};
}
/* exp(r) - 1 - r */
LP_INLINE float lpi_exp_tail_f32(float r) {
    float q = 0x1.a262a4p-13f;
    q = q * r + 0x1.6d2e2ap-10f;
    q = q * r + 0x1.110ff4p-7f;
    q = q * r + 0x1.555502p-5f;
    q = q * r + 0x1.555556p-3f;
    q = q * r + 0.5f;
    return q * (r * r);
}
LP_INLINE double lpi_exp_tail_f64(double r) {
    double q = 0x1.aeac5623e6effp-26;
    q = q * r + 0x1.2892096a8e2b4p-22;
    q = q * r + 0x1.71de59cce3461p-19;
    q = q * r + 0x1.a019b88ddd7e3p-16;
    q = q * r + 0x1.a01a018c38a89p-13;
    q = q * r + 0x1.6c16c178b493p-10;
    q = q * r + 0x1.11111111144dbp-7;
    q = q * r + 0x1.5555555553cc8p-5;
    q = q * r + 0x1.555555555554dp-3;
    q = q * r + 0x1.0000000000001p-1;
    return q * (r * r);
}
LP_INLINE float lp_exp_f32(float x) {
    x = x > 90.0f ? 90.0f : x;
    x = x < -105.0f ? -105.0f : x;
    lpi_expred_f32 k = lpi_exp_reduce_f32(x);
    return lpi_scale_f32(1.0f + (k.r + lpi_exp_tail_f32(k.r)), k.n);
}
LP_INLINE double lp_exp_f64(double x) {
    x = x > 710.0 ? 710.0 : x;
    x = x < -746.0 ? -746.0 : x;
    lpi_expred_f64 k = lpi_exp_reduce_f64(x);
    return lpi_scale_f64(1.0 + (k.r + lpi_exp_tail_f64(k.r)), k.n);
}
/* exp(x) / 2 without early overflow */
LP_INLINE float lpi_half_exp_f32(float x) {
    x = x > 91.0f ? 91.0f : x;
    x = x < -105.0f ? -105.0f : x;
    lpi_expred_f32 k = lpi_exp_reduce_f32(x);
    return lpi_scale_f32(1.0f + (k.r + lpi_exp_tail_f32(k.r)), k.n - 1);
}
LP_INLINE double lpi_half_exp_f64(double x) {
    x = x > 711.0 ? 711.0 : x;
    x = x < -746.0 ? -746.0 : x;
    lpi_expred_f64 k = lpi_exp_reduce_f64(x);
    return lpi_scale_f64(1.0 + (k.r + lpi_exp_tail_f64(k.r)), k.n - 1);
}
/* factor * exp(x + low), |low| below one ulp of x; rounds once less than the product of the two would. */
LP_INLINE double lpi_exp_times(double x, double low, double factor) {
    double c = x > 710.0 ? 710.0 : x;
    c = c < -746.0 ? -746.0 : c;
    lpi_expred_f64 k = lpi_exp_reduce_f64(c);
    low = c == x ? low + k.low : 0.0;
    return lpi_scale_f64(factor + factor * (k.r + (low + lpi_exp_tail_f64(k.r + low))), k.n);
}

LP_INLINE float lp_exp2_f32(float x) {
    x = x > 129.0f ? 129.0f : x;
    x = x < -151.0f ? -151.0f : x;
    float t = x + 0x1.8p23f, r = x - (t - 0x1.8p23f);
    float q = 0x1.da17fcp-17f;
    q = q * r + 0x1.441796p-13f;
    q = q * r + 0x1.5da9a2p-10f;
    q = q * r + 0x1.3b2a54p-7f;
    q = q * r + 0x1.c6b06cp-5f;
    q = q * r + 0x1.ebfbep-3f;
    q = q * r + 0x1.62e43p-1f;
    return lpi_scale_f32(1.0f + q * r, (int32_t)(lp_bits_f32(t) - 0x4b400000u));
}
LP_INLINE double lp_exp2_f64(double x) {
    x = x > 1025.0 ? 1025.0 : x;
    x = x < -1076.0 ? -1076.0 : x;
    double t = x + 0x1.8p52, r = x - (t - 0x1.8p52);
    double q = 0x1.e06f22366d3e4p-36;
    q = q * r + 0x1.ec5321055b756p-32;
    q = q * r + 0x1.e4bbcd221741ep-28;
    q = q * r + 0x1.b523441f07bb6p-24;
    q = q * r + 0x1.62c0271fd745cp-20;
    q = q * r + 0x1.ffcbfd41dc22ep-17;
    q = q * r + 0x1.430912f75775bp-13;
    q = q * r + 0x1.5d87fe7875805p-10;
    q = q * r + 0x1.3b2ab6fba519ep-7;
    q = q * r + 0x1.c6b08d704a1dp-5;
    q = q * r + 0x1.ebfbdff82c58ep-3;
    q = q * r + 0x1.62e42fefa39efp-1;
    return lpi_scale_f64(1.0 + q * r, (int64_t)(lp_bits_f64(t) - 0x4338000000000000u));
}

/* exp(x) - 1 = 2 (2^(n-1) (exp(r) - 1) + 2^(n-1) - 1/2) */
LP_INLINE float lp_expm1_f32(float x) {
    float c = x > 89.0f ? 89.0f : x;
    c = c < -20.0f ? -20.0f : c;
    lpi_expred_f32 k = lpi_exp_reduce_f32(c);
    float s = lpi_pow2_f32(k.n - 1);
    float y = 2.0f * (((s - 0.5f) + s * k.r) + s * (k.low + lpi_exp_tail_f32(k.r)));
    return lp_fabs_f32(x) < 0x1p-25f ? x : y;
}
LP_INLINE double lp_expm1_f64(double x) {
    double c = x > 710.0 ? 710.0 : x;
    c = c < -40.0 ? -40.0 : c;
    lpi_expred_f64 k = lpi_exp_reduce_f64(c);
    double s = lpi_pow2_f64(k.n - 1);
    double y = 2.0 * (((s - 0.5) + s * k.r) + s * (k.low + lpi_exp_tail_f64(k.r)));
    return lp_fabs_f64(x) < 0x1p-54 ? x : y;
}

/* ---- 7 logarithms -------------------------------------------------------------------------------------------- */

/* x = 2^n m with m in [sqrt(1/2), sqrt(2)); positive finite x, denormals included. */
typedef struct { float m, n; } lpi_logred_f32;
typedef struct { double m, n; } lpi_logred_f64;

LP_INLINE lpi_logred_f32 lpi_log_reduce_f32(float x) {
    uint8_t tiny = x < 0x1p-126f;
    float scaled = x * 0x1p23f;
    uint32_t u = lp_bits_f32(tiny ? scaled : x) + (0x3f800000u - 0x3f3504f3u);
    int32_t n = (int32_t)(u >> 23) - (tiny ? 150 : 127);
    return (lpi_logred_f32){lp_from_bits_f32((u & 0x007fffffu) + 0x3f3504f3u), (float)n};
}
LP_INLINE lpi_logred_f64 lpi_log_reduce_f64(double x) {
    uint8_t tiny = x < 0x1p-1022;
    double scaled = x * 0x1p52;
    uint64_t u = lp_bits_f64(tiny ? scaled : x) + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
    double n = lp_from_bits_f64(0x4330000000000000u | (u >> 52)) - (tiny ? 0x1p52 + 1075 : 0x1p52 + 1023);
    return (lpi_logred_f64){lp_from_bits_f64((u & 0xfffffffffffffu) + 0x3fe6a09e667f3bcdu), n};
}
/* log(1 + f) - f for f in [sqrt(1/2) - 1, sqrt(2) - 1] */
LP_INLINE float lpi_log_tail_f32(float f) {
    float p = 0x1.20456cp-4f, z = f * f;
    p = p * f - 0x1.d778e8p-4f;
    p = p * f + 0x1.de32ecp-4f;
    p = p * f - 0x1.fcbfeap-4f;
    p = p * f + 0x1.23d54ep-3f;
    p = p * f - 0x1.555c8cp-3f;
    p = p * f + 0x1.999d44p-3f;
    p = p * f - 0x1.fffff8p-3f;
    p = p * f + 0x1.555554p-2f;
    return z * (f * p - 0.5f);
}
/* With s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + s^2 R(s^2)) */
LP_INLINE double lpi_log_tail_f64(double f) {
    double s = f / (2.0 + f), z = s * s, h = 0.5 * f * f;
    double p = 0x1.2b66b9bfa7252p-3;
    p = p * z + 0x1.39fd3c2df8ce9p-3;
    p = p * z + 0x1.7462bd218b3e7p-3;
    p = p * z + 0x1.c71c62c9cb7e9p-3;
    p = p * z + 0x1.2492492e03d5p-2;
    p = p * z + 0x1.9999999995284p-2;
    p = p * z + 0x1.5555555555558p-1;
    return s * (h + z * p) - h;
}
/* Puts in the values outside (0, inf): log(0) = -inf, log(x < 0) = NaN. */
LP_INLINE float lpi_log_special_f32(float x, float y) {
    float outside = x == 0 ? -LP_INF_F32 : LP_NAN_F32;
    y = x > 0 ? y : outside;
    return x < LP_INF_F32 ? y : x;
}
LP_INLINE double lpi_log_special_f64(double x, double y) {
    double outside = x == 0 ? -LP_INF_F64 : LP_NAN_F64;
    y = x > 0 ? y : outside;
    return x < LP_INF_F64 ? y : x;
}
LP_INLINE float lp_log_f32(float x) {
    lpi_logred_f32 k = lpi_log_reduce_f32(x);
    float f = k.m - 1.0f;
    float y = k.n * 0x1.62e4p-1f + (f + (lpi_log_tail_f32(f) + k.n * 0x1.7f7d1cp-20f));
    return lpi_log_special_f32(x, y);
}
LP_INLINE double lp_log_f64(double x) {
    lpi_logred_f64 k = lpi_log_reduce_f64(x);
    double f = k.m - 1.0;
    double y = k.n * 0x1.62e42fefa38p-1 + (f + (lpi_log_tail_f64(f) + k.n * 0x1.ef35793c7673p-45));
    return lpi_log_special_f64(x, y);
}
LP_INLINE float lp_log1p_f32(float x) {
    float u = 1.0f + x, lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
    lpi_logred_f32 k = lpi_log_reduce_f32(u);
    float n = k.n < 30.0f ? k.n : 30.0f;
    float f = (k.m - 1.0f) + lost * lpi_pow2_f32(-(int32_t)n);
    float y = k.n * 0x1.62e4p-1f + (f + (lpi_log_tail_f32(f) + k.n * 0x1.7f7d1cp-20f));
    y = lpi_log_special_f32(u, y);
    return lp_fabs_f32(x) < 0x1p-25f ? x : y;
}
LP_INLINE double lpi_log1p_sum(double x, double low) { /* log(1 + x + low) */
    double u = 1.0 + x, lost = (x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x)) + low;
    lpi_logred_f64 k = lpi_log_reduce_f64(u);
    double n = k.n < 60.0 ? k.n : 60.0;
    double scale = lp_from_bits_f64((lp_bits_f64(0x1p52 + 1023 - n) & 0x7ffu) << 52); /* 2^-n */
    double f = (k.m - 1.0) + lost * scale;
    double y = k.n * 0x1.62e42fefa38p-1 + (f + (lpi_log_tail_f64(f) + k.n * 0x1.ef35793c7673p-45));
    y = lpi_log_special_f64(u, y);
    return lp_fabs_f64(x) < 0x1p-54 ? x : y;
}
LP_INLINE double lp_log1p_f64(double x) { return lpi_log1p_sum(x, 0.0); }
/* log(x) as hi + lo with about 65 good bits: 2 atanh(s) with s and the cubic term 2/3 s^3 in double-double. */
LP_INLINE lpi_dd lpi_log_dd(double x) {
    lpi_logred_f64 k = lpi_log_reduce_f64(x);
    double f = k.m - 1.0;
    lpi_dd d = lpi_quick_sum(2.0, f);
    double s = f / d.hi;
    lpi_dd e = lpi_product(s, d.hi);
    lpi_dd S = {s, (((f - e.hi) - e.lo) - s * d.lo) / d.hi};
    lpi_dd z = lpi_dd_mul(S, S);
    double p = 0x1.dab5c04143b69p-4;
    p = p * z.hi + 0x1.e0180cb297a7cp-4;
    p = p * z.hi + 0x1.111556c915081p-3;
    p = p * z.hi + 0x1.3b13a9b632ccap-3;
    p = p * z.hi + 0x1.745d173d08af3p-3;
    p = p * z.hi + 0x1.c71c71c74c622p-3;
    p = p * z.hi + 0x1.24924924922fep-2;
    p = p * z.hi + 0x1.999999999999ap-2;
    lpi_dd c = lpi_quick_sum(0x1.5555555555555p-1, p * z.hi + 0x1.5555555555555p-55);
    lpi_dd t = lpi_dd_mul(lpi_dd_mul(S, z), c);
    lpi_dd a = lpi_dd_add((lpi_dd){2.0 * S.hi, 2.0 * S.lo}, t);
    lpi_dd n = lpi_dd_mul((lpi_dd){k.n, 0.0}, (lpi_dd){0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56});
    return lpi_dd_add(n, a);
}
LP_INLINE float lp_log2_f32(float x) {
    lpi_logred_f32 k = lpi_log_reduce_f32(x);
    float f = k.m - 1.0f, tail = lpi_log_tail_f32(f);
    float y = k.n + (f + (f * 0x1.c551d9p-2f + tail * 0x1.715476p+0f)); /* log2(e) = 1 + 0.44... */
    return lpi_log_special_f32(x, y);
}
LP_INLINE float lp_log10_f32(float x) {
    lpi_logred_f32 k = lpi_log_reduce_f32(x);
    float f = k.m - 1.0f, tail = lpi_log_tail_f32(f);
    float y = tail * 0x1.bcb7b2p-2f + (f * -0x1.5b235ep-27f + k.n * 0x1.3509f8p-18f);
    return lpi_log_special_f32(x, k.n * 0x1.344p-2f + (f * 0x1.bcb7b2p-2f + y));
}
LP_INLINE double lp_log2_f64(double x) {
    lpi_dd y = lpi_dd_mul(lpi_log_dd(x), (lpi_dd){0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56});
    return lpi_log_special_f64(x, y.hi + y.lo);
}
LP_INLINE double lp_log10_f64(double x) {
    lpi_dd y = lpi_dd_mul(lpi_log_dd(x), (lpi_dd){0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57});
    return lpi_log_special_f64(x, y.hi + y.lo);
}

/* ---- 8 powers ------------------------------------------------------------------------------------------------ */

/* C99 special cases of |x|^y = magnitude; the float version runs through double and shares this. */
LP_INLINE double lpi_pow_special(double x, double y, double magnitude) {
    double a = lp_fabs_f64(x), b = lp_fabs_f64(y), half = 0.5 * y;
    uint8_t integer = lp_trunc_f64(y) == y;
    uint8_t odd = integer & (lp_trunc_f64(half) != half) & (b < 0x1p53);
    double zero_or_inf = (a < 1.0) == (y < 0.0) ? LP_INF_F64 : 0.0;
    double r = ((a == 0.0) | (a == LP_INF_F64) | (b == LP_INF_F64)) ? zero_or_inf : magnitude;
    r = ((a == 1.0) & (b == LP_INF_F64)) ? 1.0 : r;
    r = (odd & lp_signbit_f64(x)) ? -r : r;
    r = ((x < 0.0) & !integer & (a < LP_INF_F64)) ? LP_NAN_F64 : r;
    r = ((x != x) | (y != y)) ? x + y : r;
    return ((x == 1.0) | (y == 0.0)) ? 1.0 : r;
}
LP_INLINE float lp_pow_f32(float x, float y) {
    double a = lp_fabs_f64((double)x), b = (double)y;
    return (float)lpi_pow_special((double)x, b, lp_exp_f64(b * lp_log_f64(a)));
}
LP_INLINE double lp_pow_f64(double x, double y) {
    double c = y > 0x1p66 ? 0x1p66 : y;
    c = c < -0x1p66 ? -0x1p66 : c;
    lpi_dd p = lpi_dd_mul(lpi_log_dd(lp_fabs_f64(x)), (lpi_dd){c, 0.0});
    return lpi_pow_special(x, y, lpi_exp_times(p.hi, p.lo, 1.0));
}

/* |x| = m 8^k with m in [1, 8): a polynomial for the mantissa's root, then Newton. */
LP_INLINE double lp_cbrt_f64(double x) {
    double a = lp_fabs_f64(x);
    uint8_t tiny = a < 0x1p-1022;
    double scaled = a * 0x1p54;
    uint64_t u = lp_bits_f64(tiny ? scaled : a);
    uint32_t e = (uint32_t)(u >> 52) + 3, q = (e * 21846u) >> 16, rest = e - 3 * q; /* 1023 + 3 = 3 * 342 */
    double m = lp_from_bits_f64((u & 0xfffffffffffffu) | 0x3ff0000000000000u);
    double y = -0x1.5b77f08bb9e71p-7;
    y = y * m + 0x1.60a153724efcdp-4;
    y = y * m - 0x1.33d38506d8622p-2;
    y = y * m + 0x1.6fb1dfe02669fp-1;
    y = y * m + 0x1.0392ccec6ddp-1;
    y *= rest == 0 ? 1.0 : rest == 1 ? 0x1.428a2f98d728bp+0 : 0x1.965fea53d6e3dp+0;
    m *= rest == 0 ? 1.0 : rest == 1 ? 2.0 : 4.0;
    y = y - (y - m / (y * y)) * (1.0 / 3.0);
    y = y - (y - m / (y * y)) * (1.0 / 3.0);
    double s = lp_from_bits_f64((uint64_t)(q + 1023 - 342 - (tiny ? 18 : 0)) << 52);
    y = lp_copysign_f64(y * s, x);
    return ((a == 0.0) | !(a < LP_INF_F64)) ? x : y;
}
LP_INLINE float lp_cbrt_f32(float x) { return (float)lp_cbrt_f64((double)x); }

LP_INLINE float lp_hypot_f32(float x, float y) {
    double a = (double)x, b = (double)y;
    float h = (float)__builtin_sqrt(a * a + b * b);
    return (lp_isinf_f32(x) | lp_isinf_f32(y)) ? LP_INF_F32 : h;
}
LP_INLINE double lp_hypot_f64(double x, double y) {
    double a = lp_fabs_f64(x), b = lp_fabs_f64(y), big = a > b ? a : b;
    double up = big < 0x1p-450 ? 0x1p+600 : 1.0, scale = big > 0x1p+450 ? 0x1p-600 : up;
    double down = big < 0x1p-450 ? 0x1p-600 : 1.0, back = big > 0x1p+450 ? 0x1p+600 : down;
    a *= scale;
    b *= scale;
    double h = __builtin_sqrt(a * a + b * b) * back;
    return ((a == LP_INF_F64) | (b == LP_INF_F64)) ? LP_INF_F64 : h;
}

/* ---- 9 trigonometry ------------------------------------------------------------------------------------------ */

/* x = quadrant pi/2 + r.  1/(2 pi) in pieces of 29 bits: each product is exact, and its whole turns are dropped,
 * which holds over all of float32. */
typedef struct { double r; uint32_t quadrant; } lpi_trigred;
typedef struct { double r, low; uint64_t quadrant; } lpi_trigred_f64;

LP_INLINE double lpi_turns(double x, double piece) { double t = x * piece; return t - lp_rint_f64(t); }

LP_INLINE lpi_trigred lpi_trig_reduce_f32(float a) {
    double x = (double)a;
    double t = lpi_turns(x, 0x1.45f306ep-3) + lpi_turns(x, -0x1.b1bbeadp-34);
    t = t - lp_rint_f64(t);
    t += lpi_turns(x, -0x1.80f62a1p-64) + lpi_turns(x, 0x1.1f534dep-94);
    t += lpi_turns(x, -0x1.f924eb5p-125) + lpi_turns(x, -0x1.9b0ef1cp-156);
    t *= 4.0;
    double k = t + 0x1.8p52;
    return (lpi_trigred){(t - (k - 0x1.8p52)) * 0x1.921fb54442d18p+0, (uint32_t)lp_bits_f64(k)};
}
/* The same in double: x has 53 bits and up to 1024 of 1/(2 pi) matter, of which five pieces of 50 bits are enough
 * for one x.  Piece m is scaled by 2^(50 m); pieces before the first only give whole turns. */
static const double lpi_inverse_turn[24] __attribute__((unused)) = {
    0x1.45f306dc9c88p-3, 0x1.529fc2757d2p-4, -0x1.596447e493aep-3, 0x1.664f10e4108p-2,
    -0x1.ae9c5421443bp-2, 0x1.86dc91b8e909p-2, 0x1.ba5c00c925dep-3, -0x1.7d8b9b78c079p-2,
    0x1.eb1cb129a73fp-2, -0x1.77dca0ad144cp-4, 0x1.213a671c09acp-4, 0x1.17df904e6476p-2,
    -0x1.c67cacc60b63p-2, -0x1.ee81d1081b5fp-2, -0x1.3801da00088p-4, 0x1.6603fbcbc463p-2,
    -0x1.4beb25c12594p-3, 0x1.fb3c9f2c26ddp-2, 0x1.e8c7ecd3cbfep-3, -0x1.74a2b6114e05p-2,
    -0x1.a0e84c2f8c6p-6, -0x1.0eb5ada2b28p-5, -0x1.2813b81ca8bcp-4, -0x1.ea7f33ee40e1p-2,
};
LP_INLINE double lpi_fraction(double x) { return x - lp_rint_f64(x); }
LP_INLINE lpi_dd lpi_dd_plus(lpi_dd a, double b) {
    lpi_dd s = lpi_sum(a.hi, b);
    return lpi_quick_sum(s.hi, s.lo + a.lo);
}
LP_INLINE lpi_trigred_f64 lpi_trig_reduce_f64(double x) {
    int64_t e = (int64_t)(lp_bits_f64(x) >> 52 & 0x7ffu) - (1023 + 53);
    int64_t first = (int64_t)((uint64_t)(uint32_t)(e > 0 ? e : 0) * 1311u >> 16); /* e / 50 */
    double scaled = x * lpi_pow2_f64(-50 * first); /* below 2^103 */
    lpi_dd p = lpi_product(scaled, lpi_inverse_turn[first]);
    lpi_dd q = lpi_product(scaled * 0x1p-50, lpi_inverse_turn[first + 1]);
    lpi_dd u = lpi_product(scaled * 0x1p-100, lpi_inverse_turn[first + 2]);
    lpi_dd v = lpi_product(scaled * 0x1p-150, lpi_inverse_turn[first + 3]);
    double w = scaled * 0x1p-200 * lpi_inverse_turn[first + 4];
    double a = lpi_fraction(p.hi), b = lpi_fraction(p.lo), c = lpi_fraction(q.hi), d = lpi_fraction(u.hi);
    double k = 4.0 * ((a + b) + (c + q.lo) + d) + 0x1.8p52;
    /* the quadrant goes first, so that what cancels does so exactly */
    lpi_dd t = lpi_dd_plus(lpi_sum(a, -0.25 * (k - 0x1.8p52)), b);
    t = lpi_dd_plus(lpi_dd_plus(lpi_dd_plus(lpi_dd_plus(t, c), q.lo), d), u.lo);
    t = lpi_dd_plus(lpi_dd_plus(t, v.hi), v.lo + w);
    lpi_dd r = lpi_dd_mul(t, (lpi_dd){0x1.921fb54442d18p+2, 0x1.1a62633145c07p-52});
    return (lpi_trigred_f64){r.hi, r.lo, lp_bits_f64(k)};
}
LP_INLINE float lpi_sin_f32(float r) {
    float z = r * r, p = 0x1.8767bap-19f;
    p = p * z - 0x1.a082f4p-13f;
    p = p * z + 0x1.111198p-7f;
    p = p * z - 0x1.555556p-3f;
    return r + (r * z) * p;
}
LP_INLINE float lpi_cos_f32(float r) {
    float z = r * r, p = 0x1.9bc51ap-16f;
    p = p * z - 0x1.6c129ap-10f;
    p = p * z + 0x1.555554p-5f;
    return 1.0f + z * (z * p - 0.5f);
}
LP_INLINE lpi_dd lpi_sin_f64(double r, double low) {
    double z = r * r, p = 0x1.5e0f4638c8a3bp-33;
    p = p * z - 0x1.ae601a815bd7fp-26;
    p = p * z + 0x1.71de37ab69a0bp-19;
    p = p * z - 0x1.a01a019e9c435p-13;
    p = p * z + 0x1.1111111110c7p-7;
    p = p * z - 0x1.5555555555555p-3;
    return lpi_quick_sum(r, (r * z) * p + low * (1.0 - 0.5 * z));
}
LP_INLINE lpi_dd lpi_cos_f64(double r, double low) {
    double z = r * r, p = -0x1.907236e923294p-37, h = 0.5 * z, w = 1.0 - h;
    p = p * z + 0x1.1eeb560ee7976p-29;
    p = p * z - 0x1.27e4fa0143cb1p-22;
    p = p * z + 0x1.a01a019f37109p-16;
    p = p * z - 0x1.6c16c16c168c6p-10;
    p = p * z + 0x1.5555555555555p-5;
    return lpi_quick_sum(w, ((1.0 - w) - h) + (z * (z * p) - r * low));
}
/* Quadrant 1 swaps sine and cosine, quadrant 2 negates: as masks, which need no 64-bit compare. */
LP_INLINE float lpi_quadrant_f32(uint32_t quadrant, float even, float odd) {
    uint32_t swap = 0u - (quadrant & 1u), bits = (lp_bits_f32(even) & ~swap) | (lp_bits_f32(odd) & swap);
    return lp_from_bits_f32(bits ^ ((quadrant & 2u) << 30));
}
LP_INLINE double lpi_quadrant_f64(uint64_t quadrant, double even, double odd) {
    uint64_t swap = 0u - (quadrant & 1u), bits = (lp_bits_f64(even) & ~swap) | (lp_bits_f64(odd) & swap);
    return lp_from_bits_f64(bits ^ ((quadrant & 2u) << 62));
}
LP_INLINE float lp_sin_f32(float x) {
    lpi_trigred k = lpi_trig_reduce_f32(x);
    float r = (float)k.r, y = lpi_quadrant_f32(k.quadrant, lpi_sin_f32(r), lpi_cos_f32(r));
    return lp_fabs_f32(x) < 0x1p-13f ? x : y;
}
LP_INLINE float lp_cos_f32(float x) {
    lpi_trigred k = lpi_trig_reduce_f32(x);
    float r = (float)k.r;
    return lpi_quadrant_f32(k.quadrant + 1, lpi_sin_f32(r), lpi_cos_f32(r));
}
LP_INLINE float lp_tan_f32(float x) {
    lpi_trigred k = lpi_trig_reduce_f32(x);
    double z = k.r * k.r, p = 0x1.8767bap-19, q = 0x1.9bc51ap-16; /* the float coefficients are enough */
    p = p * z - 0x1.a082f4p-13;
    p = p * z + 0x1.111198p-7;
    p = p * z - 0x1.555556p-3;
    q = q * z - 0x1.6c129ap-10;
    q = q * z + 0x1.555554p-5;
    double sine = k.r + (k.r * z) * p, cosine = 1.0 + z * (z * q - 0.5);
    uint32_t odd = k.quadrant & 1u;
    float y = (float)(lpi_quadrant_f64(odd, sine, -cosine) / lpi_quadrant_f64(odd, cosine, sine));
    return lp_fabs_f32(x) < 0x1p-13f ? x : y;
}
LP_INLINE double lp_sin_f64(double x) {
    lpi_trigred_f64 k = lpi_trig_reduce_f64(x);
    double y = lpi_quadrant_f64(k.quadrant, lpi_sin_f64(k.r, k.low).hi, lpi_cos_f64(k.r, k.low).hi);
    return lp_fabs_f64(x) < 0x1p-27 ? x : y;
}
LP_INLINE double lp_cos_f64(double x) {
    lpi_trigred_f64 k = lpi_trig_reduce_f64(x);
    return lpi_quadrant_f64(k.quadrant + 1, lpi_sin_f64(k.r, k.low).hi, lpi_cos_f64(k.r, k.low).hi);
}
LP_INLINE double lp_tan_f64(double x) {
    lpi_trigred_f64 k = lpi_trig_reduce_f64(x);
    lpi_dd s = lpi_sin_f64(k.r, k.low), c = lpi_cos_f64(k.r, k.low);
    uint64_t odd = k.quadrant & 1u;
    double above = lpi_quadrant_f64(odd, s.hi, -c.hi), above_low = lpi_quadrant_f64(odd, s.lo, -c.lo);
    double below = lpi_quadrant_f64(odd, c.hi, s.hi), below_low = lpi_quadrant_f64(odd, c.lo, s.lo);
    double y = above / below;
    y = y + (above_low - y * below_low) / below;
    return lp_fabs_f64(x) < 0x1p-27 ? x : y;
}

/* atan(a) - a for a in [0, 1] */
LP_INLINE float lpi_atan_tail_f32(float a) {
    float z = a * a, p = -0x1.3b6c6ap-9f;
    p = p * z + 0x1.bd14p-7f;
    p = p * z - 0x1.26cceep-5f;
    p = p * z + 0x1.005ebp-4f;
    p = p * z - 0x1.62baf8p-4f;
    p = p * z + 0x1.c3f7fep-4f;
    p = p * z - 0x1.246ce4p-3f;
    p = p * z + 0x1.999832p-3f;
    p = p * z - 0x1.555554p-2f;
    return (a * z) * p;
}
LP_INLINE double lpi_atan_tail_f64(double a) {
    double z = a * a, p = -0x1.d7b32c77a828bp-16;
    p = p * z + 0x1.36fa947d3bd12p-12;
    p = p * z - 0x1.842d86089cad7p-10;
    p = p * z + 0x1.333500bfd010bp-8;
    p = p * z - 0x1.5dbb585ed5f95p-7;
    p = p * z + 0x1.35a9fa1bde43dp-6;
    p = p * z - 0x1.c576ba49d9586p-6;
    p = p * z + 0x1.2228940aab81dp-5;
    p = p * z - 0x1.557716fc398c4p-5;
    p = p * z + 0x1.818caa0f97717p-5;
    p = p * z - 0x1.ae11dd69f0919p-5;
    p = p * z + 0x1.e1af5b9961177p-5;
    p = p * z - 0x1.110db1675aec2p-4;
    p = p * z + 0x1.3b135f97174ebp-4;
    p = p * z - 0x1.745d121c2d89p-4;
    p = p * z + 0x1.c71c7193cda75p-4;
    p = p * z - 0x1.249249240aab5p-3;
    p = p * z + 0x1.99999999987a1p-3;
    p = p * z - 0x1.5555555555552p-2;
    return (a * z) * p;
}
LP_INLINE float lp_atan_f32(float x) {
    float a = lp_fabs_f32(x), inverse = 1.0f / a;
    uint8_t big = a > 1.0f;
    float t = big ? inverse : a, tail = lpi_atan_tail_f32(t);
    float lead = 0x1.921fb6p+0f - t, lost = (0x1.921fb6p+0f - lead) - t;
    float y = big ? lead + (lost - (tail + 0x1.777a5cp-25f)) : t + tail;
    return lp_copysign_f32(y, x);
}
LP_INLINE double lp_atan_f64(double x) {
    double a = lp_fabs_f64(x), inverse = 1.0 / a;
    uint8_t big = a > 1.0;
    double t = big ? inverse : a, tail = lpi_atan_tail_f64(t);
    double lead = 0x1.921fb54442d18p+0 - t, lost = (0x1.921fb54442d18p+0 - lead) - t;
    double y = big ? lead + (lost - (tail - 0x1.1a62633145c07p-54)) : t + tail;
    return lp_copysign_f64(y, x);
}
LP_INLINE float lp_atan2_f32(float y, float x) {
    float a = lp_fabs_f32(x), b = lp_fabs_f32(y);
    uint8_t steep = b > a, left = lp_signbit_f32(x);
    float big = steep ? b : a, small = steep ? a : b, ratio = small / big;
    ratio = big == 0.0f ? 0.0f : ratio;
    ratio = small == LP_INF_F32 ? 1.0f : ratio;
    float turn = left ? 2.0f : 0.0f;
    turn = steep ? 1.0f : turn;
    float t = lpi_atan_tail_f32(ratio);
    uint8_t flip = steep != left;
    float lead = flip ? -ratio : ratio, tail = flip ? -t : t;
    float whole = turn * 0x1.921fb6p+0f, sum = whole + lead, lost = (whole - sum) + lead;
    float r = sum + (lost + (tail - turn * 0x1.777a5cp-25f));
    r = lp_copysign_f32(r, y);
    return ((x != x) | (y != y)) ? x + y : r;
}
LP_INLINE double lp_atan2_f64(double y, double x) {
    double a = lp_fabs_f64(x), b = lp_fabs_f64(y);
    uint8_t steep = b > a, left = lp_signbit_f64(x);
    double big = steep ? b : a, small = steep ? a : b, ratio = small / big;
    ratio = big == 0.0 ? 0.0 : ratio;
    ratio = small == LP_INF_F64 ? 1.0 : ratio;
    double turn = left ? 2.0 : 0.0;
    turn = steep ? 1.0 : turn;
    double t = lpi_atan_tail_f64(ratio);
    uint8_t flip = steep != left;
    double lead = flip ? -ratio : ratio, tail = flip ? -t : t;
    double whole = turn * 0x1.921fb54442d18p+0, sum = whole + lead, lost = (whole - sum) + lead;
    double r = sum + (lost + (tail + turn * 0x1.1a62633145c07p-54));
    r = lp_copysign_f64(r, y);
    return ((x != x) | (y != y)) ? x + y : r;
}

/* asin(sqrt(z)) / sqrt(z) - 1 for z in [0, 1/4]; above 1/2, asin(a) = pi/2 - 2 asin(sqrt((1 - a)/2)) */
LP_INLINE float lpi_asin_tail_f32(float z) {
    float p = 0x1.3926d2p-5f;
    p = p * z + 0x1.b1e3acp-6f;
    p = p * z + 0x1.70bf2ap-5f;
    p = p * z + 0x1.332688p-4f;
    p = p * z + 0x1.55555ep-3f;
    return p * z;
}
LP_INLINE double lpi_asin_tail_f64(double z) {
    double p = 0x1.cfa0dd1b3cdaep-6;
    p = p * z - 0x1.66027474ff315p-7;
    p = p * z + 0x1.087182f3f3191p-6;
    p = p * z + 0x1.fd1151b1a537bp-8;
    p = p * z + 0x1.856073c1ac801p-7;
    p = p * z + 0x1.c86a22cda4433p-7;
    p = p * z + 0x1.1c5997c35743cp-6;
    p = p * z + 0x1.6e8b264d46847p-6;
    p = p * z + 0x1.f1c71fbd29fb9p-6;
    p = p * z + 0x1.6db6db67f6d9fp-5;
    p = p * z + 0x1.3333333337233p-4;
    p = p * z + 0x1.555555555554ep-3;
    return p * z;
}
LP_INLINE float lp_asin_f32(float x) {
    float a = lp_fabs_f32(x), h = 0.5f * (1.0f - a);
    uint8_t big = a > 0.5f;
    float z = big ? h : a * a, root = __builtin_sqrtf(h), s = big ? root : a;
    float tail = s * lpi_asin_tail_f32(z);
    float twice = 2.0f * s, lead = 0x1.921fb6p+0f - twice, lost = (0x1.921fb6p+0f - lead) - twice;
    float y = big ? lead + (lost - (2.0f * tail + 0x1.777a5cp-25f)) : s + tail;
    return lp_copysign_f32(y, x);
}
LP_INLINE double lp_asin_f64(double x) {
    double a = lp_fabs_f64(x), h = 0.5 * (1.0 - a);
    uint8_t big = a > 0.5;
    double z = big ? h : a * a, root = __builtin_sqrt(h), s = big ? root : a;
    double tail = s * lpi_asin_tail_f64(z);
    double twice = 2.0 * s, lead = 0x1.921fb54442d18p+0 - twice, lost = (0x1.921fb54442d18p+0 - lead) - twice;
    double y = big ? lead + (lost - (2.0 * tail - 0x1.1a62633145c07p-54)) : s + tail;
    return lp_copysign_f64(y, x);
}
LP_INLINE float lp_acos_f32(float x) {
    float a = lp_fabs_f32(x), h = 0.5f * (1.0f - a);
    uint8_t big = a > 0.5f;
    float z = big ? h : a * a, root = __builtin_sqrtf(h), s = big ? root : a;
    float tail = s * lpi_asin_tail_f32(z);
    float middle = (0x1.921fb6p+0f - lp_copysign_f32(s, x)) - (lp_copysign_f32(tail, x) + 0x1.777a5cp-25f);
    float left = (0x1.921fb6p+1f - 2.0f * s) - (2.0f * tail + 0x1.777a5cp-24f), right = 2.0f * (s + tail);
    float side = x < 0.0f ? left : right;
    return big ? side : middle;
}
LP_INLINE double lp_acos_f64(double x) {
    double a = lp_fabs_f64(x), h = 0.5 * (1.0 - a);
    uint8_t big = a > 0.5;
    double z = big ? h : a * a, root = __builtin_sqrt(h), s = big ? root : a;
    double tail = s * lpi_asin_tail_f64(z);
    double middle = (0x1.921fb54442d18p+0 - lp_copysign_f64(s, x)) - (lp_copysign_f64(tail, x) - 0x1.1a62633145c07p-54);
    double left = (0x1.921fb54442d18p+1 - 2.0 * s) - (2.0 * tail - 0x1.1a62633145c07p-53), right = 2.0 * (s + tail);
    double side = x < 0.0 ? left : right;
    return big ? side : middle;
}

/* ---- 10 hyperbolic ------------------------------------------------------------------------------------------- */

/* tanh(a) = e / (e + 2) with e = exp(2a) - 1; it is 1 from 9.02 (f32) or 19.07 (f64) on. */
LP_INLINE float lp_tanh_f32(float x) {
    float a = lp_fabs_f32(x);
    a = a > 10.0f ? 10.0f : a;
    lpi_expred_f32 k = lpi_exp_reduce_f32(2.0f * a);
    float s = lpi_pow2_f32(k.n), e = ((s - 1.0f) + s * k.r) + s * (k.low + lpi_exp_tail_f32(k.r));
    float h = 0.5f * e, q = e / (e + 2.0f); /* q = h - h q, which rounds better while q is small */
    return lp_copysign_f32(e < 1.0f ? h - h * q : q, x);
}
LP_INLINE double lp_tanh_f64(double x) {
    double a = lp_fabs_f64(x);
    a = a > 20.0 ? 20.0 : a;
    lpi_expred_f64 k = lpi_exp_reduce_f64(2.0 * a);
    double s = lpi_pow2_f64(k.n);
    lpi_dd e = lpi_quick_sum((s - 1.0) + s * k.r, s * (k.low + lpi_exp_tail_f64(k.r)));
    double d = e.hi + 2.0, lost = e.hi < 2.0 ? e.hi - (d - 2.0) : 2.0 - (d - e.hi), y = e.hi / d;
    return lp_copysign_f64(y + (e.lo - y * (lost + e.lo)) / d, x);
}
/* sinh: a polynomial up to 1, then (exp(a) - exp(-a)) / 2. */
LP_INLINE float lp_sinh_f32(float x) {
    float a = lp_fabs_f32(x), h = lpi_half_exp_f32(a), z = a * a, p = 0x1.720e84p-19f;
    p = p * z + 0x1.a036dap-13f;
    p = p * z + 0x1.1110c4p-7f;
    p = p * z + 0x1.555556p-3f;
    return lp_copysign_f32(a > 1.0f ? h - 0.25f / h : a + (a * z) * p, x);
}
LP_INLINE double lp_sinh_f64(double x) {
    double a = lp_fabs_f64(x), h = lpi_half_exp_f64(a), z = a * a, p = 0x1.b2502d89ea57ep-41;
    p = p * z + 0x1.612265e4b979bp-33;
    p = p * z + 0x1.ae6452c7cecbep-26;
    p = p * z + 0x1.71de3a5f0db9dp-19;
    p = p * z + 0x1.a01a01a00b33ep-13;
    p = p * z + 0x1.111111111119ap-7;
    p = p * z + 0x1.5555555555555p-3;
    return lp_copysign_f64(a > 1.0 ? h - 0.25 / h : a + (a * z) * p, x);
}
LP_INLINE float lp_cosh_f32(float x) {
    float h = lpi_half_exp_f32(lp_fabs_f32(x));
    return h + 0.25f / h;
}
LP_INLINE double lp_cosh_f64(double x) {
    double h = lpi_half_exp_f64(lp_fabs_f64(x));
    return h + 0.25 / h;
}
/* asinh(a) = log1p(a + a^2 / (1 + sqrt(a^2 + 1))), acosh(1 + t) = log1p(t + sqrt(t (t + 2))); from 2^28 on log(2x). */
LP_INLINE double lp_asinh_f64(double x) {
    double a = lp_fabs_f64(x);
    uint8_t big = a > 0x1p28;
    double b = big ? 1.0 : a, z = b * b;
    lpi_dd t = lpi_sum(b, z / (1.0 + __builtin_sqrt(z + 1.0)));
    double y = lpi_log1p_sum(big ? a - 1.0 : t.hi, big ? 0.0 : t.lo) + (big ? 0x1.62e42fefa39efp-1 : 0.0);
    return lp_copysign_f64(y, x);
}
LP_INLINE double lp_acosh_f64(double x) {
    uint8_t big = x > 0x1p28;
    double t = (big ? 2.0 : x) - 1.0;
    lpi_dd square = lpi_product(t, t + 2.0);
    double root = __builtin_sqrt(square.hi);
    lpi_dd back = lpi_product(root, root), u = lpi_sum(t, root);
    double low = u.lo + ((square.hi - back.hi) + (square.lo - back.lo)) / (2.0 * root + 0x1p-1000);
    double y = lpi_log1p_sum(big ? x - 1.0 : u.hi, big ? 0.0 : low) + (big ? 0x1.62e42fefa39efp-1 : 0.0);
    return x < 1.0 ? LP_NAN_F64 : y;
}
LP_INLINE double lp_atanh_f64(double x) {
    double a = lp_fabs_f64(x), y = 0.5 * lp_log1p_f64(2.0 * a / (1.0 - a));
    return lp_copysign_f64(y, x);
}
LP_INLINE float lp_asinh_f32(float x) { return (float)lp_asinh_f64((double)x); }
LP_INLINE float lp_acosh_f32(float x) { return (float)lp_acosh_f64((double)x); }
LP_INLINE float lp_atanh_f32(float x) { return (float)lp_atanh_f64((double)x); }

/* ---- 11 activations ------------------------------------------------------------------------------------------ */

/* With e = exp(-|x|) and q = e / (1 + e): 1 - q for x >= 0, else q = e - e q, which rounds better. */
LP_INLINE float lp_sigmoid_f32(float x) {
    float e = lp_exp_f32(-lp_fabs_f32(x)), q = e / (1.0f + e), s = x < 0 ? e : 1.0f;
    return s - s * q;
}
LP_INLINE double lp_sigmoid_f64(double x) {
    double e = lp_exp_f64(-lp_fabs_f64(x)), q = e / (1.0 + e), s = x < 0 ? e : 1.0;
    return s - s * q;
}
/* log(1 + e) for e in [0, 1] */
LP_INLINE float lpi_log1p_unit_f32(float e) {
    float p = 0x1.7a99b8p-9f;
    p = p * e - 0x1.203f72p-6f;
    p = p * e + 0x1.9a941ep-5f;
    p = p * e - 0x1.79ee5p-4f;
    p = p * e + 0x1.0c1192p-3f;
    p = p * e - 0x1.4f996ap-3f;
    p = p * e + 0x1.98cffep-3f;
    p = p * e - 0x1.fff212p-3f;
    p = p * e + 0x1.55552ap-2f;
    p = p * e - 0.5f;
    return e + e * e * p;
}
LP_INLINE float lp_softplus_f32(float x) { return lp_relu_f32(x) + lpi_log1p_unit_f32(lp_exp_f32(-lp_fabs_f32(x))); }
LP_INLINE double lp_softplus_f64(double x) { return lp_relu_f64(x) + lp_log1p_f64(lp_exp_f64(-lp_fabs_f64(x))); }
LP_INLINE float lp_log_sigmoid_f32(float x) { return -lp_softplus_f32(-x); }
LP_INLINE double lp_log_sigmoid_f64(double x) { return -lp_softplus_f64(-x); }
LP_INLINE float lp_logaddexp_f32(float a, float b) {
    float d = a == b ? 0.0f : a - b;
    return lp_maximum_f32(a, b) + lpi_log1p_unit_f32(lp_exp_f32(-lp_fabs_f32(d)));
}
LP_INLINE double lp_logaddexp_f64(double a, double b) {
    double d = a == b ? 0.0 : a - b;
    return lp_maximum_f64(a, b) + lp_log1p_f64(lp_exp_f64(-lp_fabs_f64(d)));
}

/* ---- 12 error function --------------------------------------------------------------------------------------- */

LP_INLINE float lp_erf_f32(float x) {
    float a = lp_fabs_f32(x), z = a * a;
    float p = 0x1.4c5cb4p-14f; /* erf(a) / a - 1 for a in [0, 1] */
    p = p * z - 0x1.a5197ap-11f;
    p = p * z + 0x1.542fecp-8f;
    p = p * z - 0x1.b7fec4p-6f;
    p = p * z + 0x1.ce2d52p-4f;
    p = p * z - 0x1.81274p-2f;
    p = p * z + 0x1.06eba8p-3f;
    float t = a > 4.0f ? 4.0f : a, q = -0x1.bfc8cp-17f; /* log(1 - erf(t)) for t in [1, 4] */
    q = q * t + 0x1.4da332p-12f;
    q = q * t - 0x1.c30b42p-9f;
    q = q * t + 0x1.72e87ap-6f;
    q = q * t - 0x1.a757aap-4f;
    q = q * t - 0x1.473142p-1f;
    q = q * t - 0x1.203eb2p+0f;
    q = q * t - 0x1.886c4cp-11f;
    lpi_expred_f32 k = lpi_exp_reduce_f32(q);
    float tail = 1.0f - lpi_pow2_f32(k.n) * (1.0f + (k.r + lpi_exp_tail_f32(k.r)));
    return lp_copysign_f32(a > 1.0f ? tail : a + a * p, x);
}
/* erf(a) / a - 1 for a in [0, 1] */
LP_INLINE double lpi_erf_small(double a) {
    double z = a * a, p = -0x1.ac1a4196e188cp-31;
    p = p * z + 0x1.d73d744d56748p-27;
    p = p * z - 0x1.5c0bc3130e21dp-23;
    p = p * z + 0x1.b9807f233887cp-20;
    p = p * z - 0x1.f4ca5bb2856d7p-17;
    p = p * z + 0x1.f9a2bb4bba0e4p-14;
    p = p * z - 0x1.c02db03ff6859p-11;
    p = p * z + 0x1.565bccf908894p-8;
    p = p * z - 0x1.b82ce311f7069p-6;
    p = p * z + 0x1.ce2f21a040b02p-4;
    p = p * z - 0x1.812746b0379b5p-2;
    return p * z + 0x1.06eba8214db68p-3;
}
/* erfc(a) for a >= 1/2: exp(-a^2) P(y) / (a + 2), y = (a - 2) / (a + 2). */
LP_INLINE double lpi_erfc_large(double a) {
    a = a > 28.0 ? 28.0 : a;
    lpi_dd d = lpi_quick_sum(a > 2.0 ? a : 2.0, a > 2.0 ? 2.0 : a);
    double inverse = 1.0 / d.hi, y = (a - 2.0) * inverse, p = -0x1.0dd604de2baf1p-24;
    lpi_dd check = lpi_product(y, d.hi);
    y += ((((a - 2.0) - check.hi) - check.lo) - y * d.lo) * inverse;
    p = p * y + 0x1.547255cb1b384p-23;
    p = p * y + 0x1.a81173971bed2p-23;
    p = p * y - 0x1.f5500bec7732dp-22;
    p = p * y - 0x1.8565058402ecdp-21;
    p = p * y + 0x1.42b900f1a818cp-23;
    p = p * y + 0x1.152a6979a3386p-19;
    p = p * y + 0x1.ddeec8258e3b6p-19;
    p = p * y - 0x1.31c7c0646e83cp-20;
    p = p * y - 0x1.0dfe149b1e6a6p-16;
    p = p * y - 0x1.6bfc24f625f4ep-16;
    p = p * y + 0x1.1e6949618bbe7p-15;
    p = p * y + 0x1.2efa397af312dp-13;
    p = p * y + 0x1.2055d5fbb2c7ap-15;
    p = p * y - 0x1.5ba43986c8297p-11;
    p = p * y - 0x1.b6fbfbea4a948p-11;
    p = p * y + 0x1.9517bb76eb944p-9;
    p = p * y + 0x1.a89eaffbcbb21p-8;
    p = p * y - 0x1.606e41552f4e7p-6;
    p = p * y - 0x1.2a88e6107fa27p-5;
    p = p * y + 0x1.1e2deea6b116fp-2;
    p = p * y - 0x1.5fd386754eff5p-1;
    lpi_dd last = lpi_product(p, y), top = lpi_quick_sum(0x1.058671b52c776p+0, last.hi);
    double ratio = top.hi * inverse;
    lpi_dd back = lpi_product(ratio, d.hi), square = lpi_product(a, a);
    ratio += (((top.hi - back.hi) - back.lo) + ((top.lo + last.lo) - ratio * d.lo)) * inverse;
    return lpi_exp_times(-square.hi, -square.lo, ratio);
}
LP_INLINE double lp_erf_f64(double x) {
    double a = lp_fabs_f64(x), y = a > 1.0 ? 1.0 - lpi_erfc_large(a) : a + a * lpi_erf_small(a);
    return lp_copysign_f64(y, x);
}
LP_INLINE double lp_erfc_f64(double x) {
    double a = lp_fabs_f64(x), c = lpi_erfc_large(a), y = x < 0.0 ? 2.0 - c : c;
    return a < 0.5 ? 1.0 - (x + x * lpi_erf_small(x)) : y;
}
LP_INLINE float lp_erfc_f32(float x) { return (float)lp_erfc_f64((double)x); }

/* Winitzki's closed form, good to 2e-3, then Halley's cubic step twice on erf(y) = x, or on erfc near 1. */
LP_INLINE double lpi_erfinv_step(double a, double y) {
    double s = y + y * lpi_erf_small(y), miss = y < 0.75 ? s - a : (1.0 - a) - lpi_erfc_large(y);
    double u = miss * 0x1.c5bf891b4ef6bp-1 * lp_exp_f64(y * y);
    return y - u / (1.0 + y * u);
}
LP_INLINE double lp_erfinv_f64(double x) {
    double a = lp_fabs_f64(x), w = lp_log_f64((1.0 - a) * (1.0 + a)), h = 4.33074675 + 0.5 * w;
    double y = __builtin_sqrt(__builtin_sqrt(h * h - w * 6.80272108843537) - h);
    y = a < 0x1p-10 ? a * 0x1.c5bf891b4ef6bp-1 : y;
    y = lpi_erfinv_step(a, lpi_erfinv_step(a, y));
    y = a == 1.0 ? LP_INF_F64 : y;
    y = a > 1.0 ? LP_NAN_F64 : y;
    return lp_copysign_f64(y, x);
}
LP_INLINE float lp_erfinv_f32(float x) { return (float)lp_erfinv_f64((double)x); }

/* ---- 13 division with remainder ------------------------------------------------------------------------------ */

/* Exact over the whole range: ten quotients of 28 bits each, in double. */
LP_INLINE float lp_fmod_f32(float x, float y) {
    double d = lp_fabs_f64((double)y), r = lp_fabs_f64((double)x), inverse = 1.0 / d;
#define LPI_STEP(k) r -= lp_rint_f64(r * (inverse * 0x1p-##k)) * (d * 0x1p+##k);
    LPI_STEP(252) LPI_STEP(224) LPI_STEP(196) LPI_STEP(168) LPI_STEP(140)
    LPI_STEP(112) LPI_STEP(84) LPI_STEP(56) LPI_STEP(28) LPI_STEP(0)
#undef LPI_STEP
    r = r < 0.0 ? r + d : r;
    float m = (float)lp_copysign_f64(r, (double)x);
    m = lp_fabs_f32(y) == LP_INF_F32 ? x : m;
    return lp_fabs_f32(x) < LP_INF_F32 ? m : x - x; /* y = 0 gave NaN */
}
/* Exact: long division of the significands, 11 bits of the quotient a step, so a loop over it does not vectorise. */
LP_INLINE double lp_fmod_f64(double x, double y) {
    double r = lp_fabs_f64(x), d = lp_fabs_f64(y);
    if (!(r < LP_INF_F64) || !(d > 0.0)) return x != x || y != y ? x + y : LP_NAN_F64;
    if (r < d) return x;
    uint64_t a = lp_bits_f64(r), b = lp_bits_f64(d), hidden = (uint64_t)1 << 52;
    int64_t ea = (int64_t)(a >> 52), eb = (int64_t)(b >> 52);
    uint64_t m = ea ? (a & (hidden - 1)) | hidden : a, n = eb ? (b & (hidden - 1)) | hidden : b;
    ea += ea == 0;
    eb += eb == 0;
    m %= n;
    for (int64_t left = ea - eb; left > 0; left -= 11) m = (m << (left < 11 ? left : 11)) % n;
    return lp_copysign_f64(lpi_scale_f64((double)m, eb - 1075), x);
}
/* NumPy's remainder has the sign of the divisor; floor_divide agrees with it. */
LP_INLINE int32_t lpi_opposite_f32(float a, float b) { return (int32_t)(lp_bits_f32(a) ^ lp_bits_f32(b)) < 0; }
LP_INLINE int64_t lpi_opposite_f64(double a, double b) { return (int64_t)(lp_bits_f64(a) ^ lp_bits_f64(b)) < 0; }
#define LPI_FLOAT_DIVISION(T, S)                                                                                     \
    LP_INLINE T lp_mod_##S(T x, T y) {                                                                               \
        T m = lp_fmod_##S(x, y), wrapped = lpi_opposite_##S(m, y) ? m + y : m;                                       \
        return m == 0 ? lp_copysign_##S(m, y) : wrapped;                                                             \
    }                                                                                                                \
    LP_INLINE T lp_remainder_##S(T x, T y) { return lp_mod_##S(x, y); }                                              \
    LP_INLINE T lp_floor_divide_##S(T x, T y) {                                                                      \
        T m = lp_fmod_##S(x, y), q = (x - m) / y, below = lpi_opposite_##S(m, y) ? q - 1 : q;                        \
        q = m == 0 ? q : below;                                                                                      \
        T f = lp_floor_##S(q);                                                                                       \
        f = q - f > (T)0.5 ? f + 1 : f;                                                                              \
        f = q == 0 ? lp_copysign_##S(0, x / y) : f;                                                                  \
        return y == 0 ? x / y : f;                                                                                   \
    }
LPI_FLOAT_DIVISION(float, f32)
LPI_FLOAT_DIVISION(double, f64)

/* ---- 14 casts ------------------------------------------------------------------------------------------------ */

/* The low 32 bits of an integer |x| < 2^51; other x give anything. */
LP_INLINE uint32_t lpi_low32(double x) { return (uint32_t)lp_bits_f64(x + 0x1.8p52); }

/* Truncation. NaN and values out of range give the smallest int32 or int64, and 0 as uint32; types of 8 and 16 bits
 * keep the low bits of the int32, and uint64 takes negative values modulo 2^64. */
#define LPI_FLOAT_CASTS(T, S)                                                                                        \
    LP_INLINE int32_t lp_to_i32_##S(T x) {                                                                           \
        int32_t i = (int32_t)(x >= (T)-0x1p31 ? x < (T)0x1p31 ? x : (T)-0x1p31 : (T)-0x1p31);                        \
        return i;                                                                                                    \
    }                                                                                                                \
    LP_INLINE int64_t lp_to_i64_##S(T x) {                                                                           \
        int64_t i = (int64_t)(x >= (T)-0x1p63 ? x < (T)0x1p63 ? x : (T)-0x1p63 : (T)-0x1p63);                        \
        return i;                                                                                                    \
    }                                                                                                                \
    LP_INLINE uint64_t lp_to_u64_##S(T x) {                                                                          \
        uint64_t low = (uint64_t)lp_to_i64_##S(x), high = (uint64_t)lp_to_i64_##S(x - (T)0x1p63);                    \
        return x >= (T)0x1p63 ? high ^ 0x8000000000000000u : low;                                                    \
    }                                                                                                                \
    LP_INLINE uint32_t lp_to_u32_##S(T x) {                                                                          \
        double d = (double)x, inside = lp_fabs_f64(d) < 0x1p51 ? d : 0.0;                                            \
        return lpi_low32(lp_trunc_f64(inside));                                                                      \
    }                                                                                                                \
    LP_INLINE int16_t lp_to_i16_##S(T x) { return (int16_t)lp_to_i32_##S(x); }                                       \
    LP_INLINE uint16_t lp_to_u16_##S(T x) { return (uint16_t)lp_to_i32_##S(x); }                                     \
    LP_INLINE int8_t lp_to_i8_##S(T x) { return (int8_t)lp_to_i32_##S(x); }                                          \
    LP_INLINE uint8_t lp_to_u8_##S(T x) { return (uint8_t)lp_to_i32_##S(x); }                                        \
    LP_INLINE uint8_t lp_to_bool_##S(T x) { return x != 0; }
LPI_FLOAT_CASTS(float, f32)
LPI_FLOAT_CASTS(double, f64)

/* ---- 15 integers --------------------------------------------------------------------------------------------- */

/* Division by zero gives 0 and the smallest integer divided by -1 wraps, as in NumPy. Up to 32 bits the floor of the
 * float or double quotient is exact, and it vectorises; 64 bits do not. */
#define LPI_DIVISION_16(T, S)                                                                                        \
    LP_INLINE T lp_floor_divide_##S(T a, T b) {                                                                      \
        int32_t x = a, y = b, q = (int32_t)lp_floor_f32((float)x / (float)(y == 0 ? 1 : y));                         \
        return (T)(y == 0 ? 0 : q);                                                                                  \
    }
#define LPI_DIVISION_32(T, S)                                                                                        \
    LP_INLINE T lp_floor_divide_##S(T a, T b) {                                                                      \
        uint32_t q = lpi_low32(lp_floor_f64((double)a / (double)(b == 0 ? 1 : b)));                                  \
        return (T)(b == 0 ? 0 : q);                                                                                  \
    }
LPI_DIVISION_16(int8_t, i8)
LPI_DIVISION_16(uint8_t, u8)
LPI_DIVISION_16(int16_t, i16)
LPI_DIVISION_16(uint16_t, u16)
LPI_DIVISION_32(int32_t, i32)
LPI_DIVISION_32(uint32_t, u32)
LP_INLINE int64_t lp_floor_divide_i64(int64_t a, int64_t b) {
    int64_t d = b == 0 || b == -1 ? 1 : b, q = a / d, below = q - ((a % d != 0) & ((a < 0) != (d < 0)));
    int64_t r = b == -1 ? (int64_t)(0 - (uint64_t)a) : below;
    return b == 0 ? 0 : r;
}
LP_INLINE uint64_t lp_floor_divide_u64(uint64_t a, uint64_t b) {
    uint64_t q = a / (b == 0 ? 1 : b);
    return b == 0 ? 0 : q;
}

/* mod has the sign of the divisor, fmod that of the dividend. pow is modulo the type's size; a negative exponent
 * gives the reciprocal rounded to zero; its loop does not vectorise. negative is a < 0, or 0 for unsigned types. */
#define LPI_INTEGER(T, S, negative)                                                                                  \
    LP_INLINE T lp_mod_##S(T a, T b) {                                                                               \
        T r = (T)((uint64_t)a - (uint64_t)lp_floor_divide_##S(a, b) * (uint64_t)b);                                  \
        return (T)(b == 0 ? 0 : r);                                                                                  \
    }                                                                                                                \
    LP_INLINE T lp_remainder_##S(T a, T b) { return lp_mod_##S(a, b); }                                              \
    LP_INLINE T lp_fmod_##S(T a, T b) {                                                                              \
        T r = lp_mod_##S(a, b), down = (T)((uint64_t)r - (uint64_t)b);                                               \
        return r != 0 && negative(a) != negative(b) ? down : r;                                                      \
    }                                                                                                                \
    LP_INLINE T lp_sign_##S(T a) { T up = a != 0; return negative(a) ? (T)-1 : up; }                                   \
    LP_INLINE T lp_abs_##S(T a) { T minus = (T)(0 - (uint64_t)a); return negative(a) ? minus : a; }                  \
    LP_INLINE T lp_maximum_##S(T a, T b) { return a > b ? a : b; }                                                   \
    LP_INLINE T lp_minimum_##S(T a, T b) { return a < b ? a : b; }                                                   \
    LP_INLINE T lp_pow_##S(T base, T exponent) {                                                                     \
        uint64_t factor = (uint64_t)base, power = 1, n = (uint64_t)exponent;                                         \
        if (negative(exponent)) {                                                                                    \
            factor = factor == 1 || factor + 1 == 0 ? factor : 0;                                                     \
            n = factor ? n & 1 : 1;                                                                                  \
        }                                                                                                            \
        for (; n; n >>= 1, factor *= factor) power *= n & 1 ? factor : 1;                                            \
        return (T)power;                                                                                             \
    }
#define LPI_NEGATIVE(a) ((a) < 0)
#define LPI_NEVER(a) 0
LPI_INTEGER(int8_t, i8, LPI_NEGATIVE)
LPI_INTEGER(int16_t, i16, LPI_NEGATIVE)
LPI_INTEGER(int32_t, i32, LPI_NEGATIVE)
LPI_INTEGER(int64_t, i64, LPI_NEGATIVE)
LPI_INTEGER(uint8_t, u8, LPI_NEVER)
LPI_INTEGER(uint16_t, u16, LPI_NEVER)
LPI_INTEGER(uint32_t, u32, LPI_NEVER)
LPI_INTEGER(uint64_t, u64, LPI_NEVER)

/* ---- 16 random numbers --------------------------------------------------------------------------------------- */

/* Philox-4x32-10 (Salmon, Moraes, Dror, Shaw 2011): key = seed, counter = (index, stream); words 0 and 1.
 * Words lie in 64-bit lanes and are cut to 32 bits where that matters. */
#define LPI_LOW 0xffffffffu
#define LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)                                                                     \
    {                                                                                                                \
        uint64_t p = (c0 & LPI_LOW) * 0xd2511f53u, q = (c2 & LPI_LOW) * 0xcd9e8d57u;                                 \
        c0 = (q >> 32) ^ c1 ^ k0;                                                                                    \
        c2 = (p >> 32) ^ c3 ^ k1;                                                                                    \
        c1 = q;                                                                                                      \
        c3 = p;                                                                                                      \
        k0 += 0x9e3779b9u;                                                                                           \
        k1 += 0xbb67ae85u;                                                                                           \
    }
LP_INLINE uint64_t lp_philox(uint64_t seed, uint64_t stream, uint64_t index) {
    uint64_t k0 = seed, k1 = seed >> 32, c0 = index, c1 = index >> 32, c2 = stream, c3 = stream >> 32;
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    LPI_PHILOX_ROUND(c0, c1, c2, c3, k0, k1)
    return c1 << 32 | (c0 & LPI_LOW);
}

/* ---- 17 vectors, for hand-tiled kernels ------------------------------------------------------------------------ */

#ifndef LP_VB /* bytes of one vector */
#if defined(__AVX512F__)
#define LP_VB 64
#elif defined(__AVX__)
#define LP_VB 32
#else
#define LP_VB 16
#endif
#endif
#define LP_VF32 (LP_VB / 4) /* lanes */
#define LP_VF64 (LP_VB / 8)

/* lp_v##S, and the same at any address and over memory of any type */
#define LPI_VECTOR(T, S)                                                                                             \
    typedef T lp_v##S __attribute__((vector_size(LP_VB)));                                                           \
    typedef T lp_v##S##u __attribute__((vector_size(LP_VB), aligned(sizeof(T)), may_alias));
LPI_VECTOR(float, f32)
LPI_VECTOR(double, f64)
LPI_VECTOR(int8_t, i8)
LPI_VECTOR(int16_t, i16)
LPI_VECTOR(int32_t, i32)
LPI_VECTOR(int64_t, i64)
LPI_VECTOR(uint8_t, u8)
LPI_VECTOR(uint16_t, u16)
LPI_VECTOR(uint32_t, u32)
LPI_VECTOR(uint64_t, u64)
LPI_VECTOR(uint8_t, b8)
/* lp_s##S: of 16 bytes, for squares of small numbers */
#define LPI_SMALL_VECTOR(T, S)                                                                                       \
    typedef T lp_s##S __attribute__((vector_size(16)));                                                              \
    typedef T lp_s##S##u __attribute__((vector_size(16), aligned(sizeof(T)), may_alias));
LPI_SMALL_VECTOR(int8_t, i8)
LPI_SMALL_VECTOR(int16_t, i16)

#define LP_LOAD_F32(p) ((lp_vf32)(*(const lp_vf32u *)(p)))
#define LP_LOAD_F64(p) ((lp_vf64)(*(const lp_vf64u *)(p)))
#define LP_LOAD_I8(p) ((lp_vi8)(*(const lp_vi8u *)(p)))
#define LP_LOAD_I16(p) ((lp_vi16)(*(const lp_vi16u *)(p)))
#define LP_LOAD_I32(p) ((lp_vi32)(*(const lp_vi32u *)(p)))
#define LP_LOAD_I64(p) ((lp_vi64)(*(const lp_vi64u *)(p)))
#define LP_LOAD_U8(p) ((lp_vu8)(*(const lp_vu8u *)(p)))
#define LP_LOAD_U16(p) ((lp_vu16)(*(const lp_vu16u *)(p)))
#define LP_LOAD_U32(p) ((lp_vu32)(*(const lp_vu32u *)(p)))
#define LP_LOAD_U64(p) ((lp_vu64)(*(const lp_vu64u *)(p)))
#define LP_LOAD_B8(p) ((lp_vb8)(*(const lp_vb8u *)(p)))
#define LP_STORE_F32(p, v) (*(lp_vf32u *)(p) = (v))
#define LP_STORE_F64(p, v) (*(lp_vf64u *)(p) = (v))
#define LP_STORE_I8(p, v) (*(lp_vi8u *)(p) = (v))
#define LP_STORE_I16(p, v) (*(lp_vi16u *)(p) = (v))
#define LP_STORE_I32(p, v) (*(lp_vi32u *)(p) = (v))
#define LP_STORE_I64(p, v) (*(lp_vi64u *)(p) = (v))
#define LP_STORE_U8(p, v) (*(lp_vu8u *)(p) = (v))
#define LP_STORE_U16(p, v) (*(lp_vu16u *)(p) = (v))
#define LP_STORE_U32(p, v) (*(lp_vu32u *)(p) = (v))
#define LP_STORE_U64(p, v) (*(lp_vu64u *)(p) = (v))
#define LP_STORE_B8(p, v) (*(lp_vb8u *)(p) = (v))
/* Lanes of two vectors by number, those of the second after those of the first; k: bits of a lane. */
#if defined(__clang__) || __GNUC__ >= 12
#define LP_SHUFFLE(k, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define LP_SMALL_SHUFFLE(k, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define LP_SHUFFLE(k, a, b, ...) __builtin_shuffle(a, b, (lp_vi##k){__VA_ARGS__})
#define LP_SMALL_SHUFFLE(k, a, b, ...) __builtin_shuffle(a, b, (lp_si##k){__VA_ARGS__})
#endif

LP_INLINE lp_vf32 lp_broadcast_f32(float x) { return x - (lp_vf32){0}; }
LP_INLINE lp_vf64 lp_broadcast_f64(double x) { return x - (lp_vf64){0}; }

/* Horizontal reductions: lane i meets lane i + width/2, then halves again; the order is part of the result. */
LP_INLINE float lp_hsum_f32(lp_vf32 v) {
    float a[LP_VF32];
    __builtin_memcpy(a, &v, LP_VB);
    for (int width = LP_VF32 / 2; width; width /= 2)
        for (int i = 0; i < width; i++) a[i] += a[i + width];
    return a[0];
}
LP_INLINE double lp_hsum_f64(lp_vf64 v) {
    double a[LP_VF64];
    __builtin_memcpy(a, &v, LP_VB);
    for (int width = LP_VF64 / 2; width; width /= 2)
        for (int i = 0; i < width; i++) a[i] += a[i + width];
    return a[0];
}
LP_INLINE float lp_hmax_f32(lp_vf32 v) {
    float a[LP_VF32];
    __builtin_memcpy(a, &v, LP_VB);
    for (int width = LP_VF32 / 2; width; width /= 2)
        for (int i = 0; i < width; i++) a[i] = lp_maximum_f32(a[i], a[i + width]);
    return a[0];
}
LP_INLINE double lp_hmax_f64(lp_vf64 v) {
    double a[LP_VF64];
    __builtin_memcpy(a, &v, LP_VB);
    for (int width = LP_VF64 / 2; width; width /= 2)
        for (int i = 0; i < width; i++) a[i] = lp_maximum_f64(a[i], a[i + width]);
    return a[0];
}

/* ---- 18 bfloat16 ------------------------------------------------------------------------------------------------ */

/* The upper half of a float32. From float32: the nearest, halves to even; a NaN stays one, made quiet. */
LP_INLINE float lp_to_f32_bf16(uint16_t x) { return lp_from_bits_f32((uint32_t)x << 16); }
LP_INLINE uint32_t lpi_bits_bf16(float x) {
    const uint32_t u = lp_bits_f32(x), rounded = u + 0x7fffu + (u >> 16 & 1), quiet = u | 0x400000u;
    return x != x ? quiet : rounded;
}
LP_INLINE uint16_t lp_to_bf16_f32(float x) { return (uint16_t)(lpi_bits_bf16(x) >> 16); }
/* What is read again of what was stored. */
LP_INLINE float lp_round_bf16(float x) { return lp_from_bits_f32(lpi_bits_bf16(x) & 0xffff0000u); }

/* A vector of floats from as many bfloat16 numbers, or from the first n. */
typedef uint16_t lpi_half_u16 __attribute__((vector_size(LP_VB / 2), aligned(2), may_alias));
LP_INLINE lp_vf32 lp_load_bf16(const uint16_t *p) {
    return (lp_vf32)(__builtin_convertvector(*(const lpi_half_u16 *)p, lp_vu32) << 16);
}
#define LP_LOAD_BF16(p) lp_load_bf16(p)
LP_INLINE lp_vf32 lp_part_bf16(const uint16_t *p, int n) {
    uint16_t part[LP_VF32] = {0};
    __builtin_memcpy(part, p, (size_t)n * 2);
    return lp_load_bf16(part);
}

/* ---- 19 stores past the caches --------------------------------------------------------------------------------- */

/* How many of n elements of some size lie before the next cache line begins. */
LP_INLINE int64_t lp_before_line(const void *at, int64_t size, int64_t n) {
    const int64_t count = (int64_t)(-(uintptr_t)at & 63) / size;
    return count < n ? count : n;
}
#if defined(__AVX512F__)
typedef float lpi_part_of_line __attribute__((vector_size(64), aligned(4), may_alias));
#else
typedef float lpi_part_of_line __attribute__((vector_size(16), aligned(4), may_alias));
#endif
/* Writes 64 bytes from `from` to a whole cache line, which is not read first and does not stay in a cache. */
LP_INLINE void lp_stream_line(void *to, const void *from) {
#if __has_builtin(__builtin_nontemporal_store)
    for (int i = 0; i < 64 / LP_VB; i++)
        __builtin_nontemporal_store(LP_LOAD_F32((const float *)from + i * LP_VF32), (lp_vf32 *)to + i);
#elif defined(__AVX512F__)
    __builtin_ia32_movntps512((float *)to, *(const lpi_part_of_line *)from);
#elif defined(__SSE__)
    for (int i = 0; i < 4; i++)
        __builtin_ia32_movntps((float *)to + 4 * i, ((const lpi_part_of_line *)from)[i]);
#else
    __builtin_memcpy(to, from, 64);
#endif
}
/* Other threads see what was written so after it. */
LP_INLINE void lp_stream_end(void) {
#if defined(__SSE__)
    __builtin_ia32_sfence();
#endif
}

#endif
