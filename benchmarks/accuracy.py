"""Measure the functions of support.h against the C library in higher precision, in units in the last place.

    python benchmarks/accuracy.py
    python benchmarks/accuracy.py exp tanh --all

Functions of one float32 are compared with the C library's in float64, at every 251st of all 2^32 bit
patterns, or with --all at every one. pow is compared at random bases and exponents, in float32 with float64
and in float64 with long double, and at all pairs of special values (C99, annex F). An error is the distance
of a result from the true one, in units in the last place of that; zeros, infinities and NaN have to be exact.
Exits with 1 where an error is above the limit.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from limpide import codegen
from limpide.runtime.toolchain import LIBRARY_SUFFIX, environment, require

SUPPORT = Path(codegen.__file__).with_name("support.h")
LIMIT = 2.0
STRIDE = 251  # between the bit patterns of a sample
PAIRS = 1 << 24  # of a sample for pow; 64 times as many with --all
PARTS, THREADS = 64, 2
FUNCTIONS = {  # in C, of a double x
    "exp": "exp(x)",
    "exp2": "exp2(x)",
    "expm1": "expm1(x)",
    "log": "log(x)",
    "log2": "log2(x)",
    "log10": "log10(x)",
    "log1p": "log1p(x)",
    "sin": "sin(x)",
    "cos": "cos(x)",
    "tan": "tan(x)",
    "tanh": "tanh(x)",
    "sigmoid": "1 / (1 + exp(-x))",
    "softplus": "(x > 0 ? x : 0) + log1p(exp(-fabs(x)))",
    "erf": "erf(x)",
}
POWERS = ("pow_f32", "pow_f64")
SPECIAL = [sign * x for x in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 1e30, np.inf, np.nan) for sign in (1, -1)]

HEAD = """
#include <math.h>
#include "support.h"
typedef struct { double error; double at[2]; } worst;

/* The distance of y from r in units in the last place: `digits` of mantissas, exponents from `least`. */
static inline double ulps(double y, long double r, int digits, int least, double largest) {
  if (isnan(y) || isnan(r)) return isnan(y) && isnan(r) ? 0 : INFINITY;
  if (fabsl(r) > largest) return isinf(y) && (y > 0) == (r > 0) ? 0 : INFINITY;
  if (isinf(y)) return INFINITY;
  int e = r == 0 ? least : ilogbl(r);
  return fabsl((long double)y - r) / ldexpl(1, (e < least ? least : e) - (digits - 1));
}
#define ULPS_F32(y, r) ulps((y), (r), 24, -126, 0x1.ffffffp127)
#define ULPS_F64(y, r) ulps((y), (r), 53, -1022, 0x1.fffffffffffff7p1023L)

static inline double ulps_f32(float y, double r) { /* the same, quick where all is plain */
  if (!(fabs(r) >= 0x1p-126 && fabs(r) < 0x1.fffffep127 && y - y == 0)) return ULPS_F32(y, r);
  union { double d; uint64_t u; } last = {r};
  last.u = (last.u & 0x7ff0000000000000) - (23ull << 52);
  return fabs((double)y - r) / last.d;
}
static inline void take(worst *w, double error, double x, double y) {
  if (error > w->error) *w = (worst){error, {x, y}};
}
static inline uint64_t mixed(uint64_t x) { /* splitmix64 */
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}
/* Random numbers for pow: a base of any size or near 1, and an exponent of any size or whole or that fits. */
static inline void drawn(uint64_t k, double *a, double *b, double most, double any) {
  uint64_t r = mixed(3 * k * 0x9e3779b97f4a7c15), s = mixed((3 * k + 1) * 0x9e3779b97f4a7c15);
  double u = (r >> 11) * 0x1p-53, v = (s >> 11) * 0x1p-53;
  double base = k & 1 ? exp2((2 * u - 1) * any) : 1 + (2 * u - 1) * exp2(-25 * v);
  double reach = most / fabs(log2(base));
  double exponent = (2 * v - 1) * (reach < 1e300 ? reach : 1);
  if (k & 2) exponent = rint((2 * v - 1) * 40);
  if ((k & 12) == 12) exponent = exp2((2 * v - 1) * any) * (k & 16 ? 1 : -1);
  *a = (k & 34) == 34 ? -base : base;
  *b = exponent;
}
void pow_f32(worst *w, int64_t low, int64_t high, int64_t step) {
  for (int64_t k = low; k < high; k += step) {
    double a, b;
    drawn(k, &a, &b, 152, 127);
    float x = a, y = b;
    take(w, ulps_f32(lp_pow_f32(x, y), pow(x, y)), x, y);
  }
}
void pow_f64(worst *w, int64_t low, int64_t high, int64_t step) {
  for (int64_t k = low; k < high; k += step) {
    double x, y;
    drawn(k, &x, &y, 1080, 1000);
    take(w, ULPS_F64(lp_pow_f64(x, y), powl(x, y)), x, y);
  }
}
double at_pow_f32(float x, float y) { return lp_pow_f32(x, y); }
double at_pow_f64(double x, double y) { return lp_pow_f64(x, y); }
double true_pow_f32(float x, float y) { return pow(x, y); }
double true_pow_f64(double x, double y) { return pow(x, y); }
"""
LOOP = """
void {name}(worst *w, int64_t low, int64_t high, int64_t step) {{
  for (int64_t k = low; k < high; k += step) {{
    float f = lp_from_bits_f32((uint32_t)k);
    double x = f;
    take(w, ulps_f32(lp_{name}_f32(f), {formula}), x, 0);
  }}
}}
"""


class Worst(ctypes.Structure):
    """The largest error so far, and the arguments with it."""

    _fields_ = (("error", ctypes.c_double), ("at", ctypes.c_double * 2))


def compiled(place: Path) -> ctypes.CDLL:
    (place / "support.h").write_text(SUPPORT.read_text("utf-8"))
    loops = [LOOP.format(name=f"of_{name}", formula=formula) for name, formula in FUNCTIONS.items()]
    text = HEAD + "".join(loops).replace("lp_of_", "lp_")
    (place / "accuracy.c").write_text(text)
    library = place / f"accuracy{LIBRARY_SUFFIX}"
    command = [*require().command_line(["accuracy.c"], str(library)), "-lm"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, env=environment(place))
    if done.returncode:
        raise SystemExit(done.stderr)
    return ctypes.CDLL(str(library))


@dataclass(frozen=True)
class Found:
    """The largest error of a function, and where."""

    error: float
    at: tuple[float, float]


def search(loop: Any, count: int, step: int) -> Found:
    """The worst of arguments 0, step, 2 step... below count; in parts that threads take."""
    ends = [count * part // PARTS // step * step for part in range(PARTS)] + [count]

    def one(part: int) -> Worst:
        worst = Worst()
        loop(*(ctypes.byref(worst), *map(ctypes.c_int64, (ends[part], ends[part + 1], step))))
        return worst

    with ThreadPoolExecutor(THREADS) as pool:
        worst = max(pool.map(one, range(PARTS)), key=lambda w: float(w.error))
    return Found(worst.error, (worst.at[0], worst.at[1]))


def wrong_specials(library: ctypes.CDLL, name: str) -> list[str]:
    """Pairs of special values of which pow gives something else than the C library does."""
    kind = ctypes.c_float if name.endswith("f32") else ctypes.c_double
    functions: list[Callable[..., float]] = []
    for prefix in ("at_", "true_"):
        function = getattr(library, prefix + name)
        function.argtypes, function.restype = [kind, kind], ctypes.c_double
        functions.append(function)
    found = []
    for x, y in itertools.product(SPECIAL, repeat=2):
        with np.errstate(over="ignore"):
            got, want = (np.float64(f(x, y)).astype(kind) for f in functions)
        if got.tobytes() != want.tobytes() and not (np.isnan(got) and np.isnan(want)):
            near = (
                np.isfinite([got, want]).all() and want and abs(got - want) <= LIMIT * np.spacing(abs(want))
            )
            found += [] if near else [f"{name}({x}, {y}) is {got}, not {want}"]
    return found


def main() -> int:
    names = (*FUNCTIONS, *POWERS)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--all", action="store_true", help="every float32, and more pairs for pow")
    parser.add_argument("--limit", type=float, default=LIMIT, help="in units in the last place")
    options = parser.parse_args()
    well = True
    with tempfile.TemporaryDirectory() as place:
        library = compiled(Path(place))
        for name in options.names:
            if name in FUNCTIONS:
                found = search(getattr(library, f"of_{name}"), 1 << 32, 1 if options.all else STRIDE)
                at = f"{found.at[0]!r}"
            else:
                found = search(getattr(library, name), PAIRS * (64 if options.all else 1), 1)
                at = f"{found.at[0]!r}, {found.at[1]!r}"
                wrong = wrong_specials(library, name)
                well &= not wrong
                print(*wrong, sep="\n", end="\n" if wrong else "")
            print(f"{name:10} {found.error:8.4f} ulp at {at}", flush=True)
            well &= found.error <= options.limit
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
