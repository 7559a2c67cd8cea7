"""support.h, compiled and compared with NumPy and mpmath: errors in ulp, special values, integers, bits."""

from __future__ import annotations

import ctypes
import math
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

import limpide
from limpide.ops.philox import philox
from limpide.runtime import toolchain

Array = NDArray[Any]
HEADER = Path(limpide.__file__).parent / "codegen" / "support.h"

# Largest error in ulp, float32 and float64: a little over the worst found in far larger searches.
UNARY: dict[str, tuple[float, float]] = {
    "exp": (1.0, 1.1),
    "exp2": (1.1, 1.1),
    "expm1": (1.3, 1.4),
    "log": (1.0, 1.0),
    "log2": (1.5, 0.6),
    "log10": (1.4, 0.6),
    "log1p": (1.6, 1.5),
    "sqrt": (0.5, 0.5),
    "rsqrt": (1.5, 1.5),
    "cbrt": (0.51, 1.0),
    "sin": (1.5, 1.0),
    "cos": (1.5, 1.0),
    "tan": (0.6, 1.7),
    "asin": (1.7, 1.9),
    "acos": (1.5, 1.5),
    "atan": (1.5, 1.9),
    "sinh": (1.7, 1.8),
    "cosh": (1.5, 1.7),
    "tanh": (1.7, 1.8),
    "asinh": (0.51, 1.8),
    "acosh": (0.51, 2.0),
    "atanh": (0.51, 2.0),
    "erf": (1.9, 1.2),
    "erfc": (0.51, 2.2),
    "erfinv": (0.51, 3.0),
    "sigmoid": (1.9, 1.8),
    "softplus": (2.1, 1.9),
    "log_sigmoid": (2.1, 1.9),
}
ROUNDING = ("floor", "ceil", "trunc", "rint", "fabs", "sign")
PREDICATES = ("isnan", "isinf", "isfinite", "signbit")
BINARY = {"pow": (0.51, 1.2), "atan2": (1.7, 1.9), "hypot": (0.51, 1.3), "logaddexp": (2.0, 2.0)}
SELECTING = ("maximum", "minimum", "fmax", "fmin", "copysign", "fmod", "mod", "remainder", "floor_divide")
IN_NUMPY = {"pow": "power", "mod": "remainder", "atan2": "arctan2"} | {
    f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
}
FLOATS: dict[str, Any] = {"f32": np.float32, "f64": np.float64}
INTEGERS = {f"{kind[0]}{n}": np.dtype(f"{kind}{n}") for kind in ("int", "uint") for n in (8, 16, 32, 64)}
C_NAMES = {"f32": "float", "f64": "double", "bool": "uint8_t"} | {
    name: f"{dtype.name}_t" for name, dtype in INTEGERS.items()
}
LOOPS: list[tuple[str, str, str, int]] = [  # function, argument type, result type, arguments
    *((f"{name}_{S}", S, S, 1) for S in FLOATS for name in (*UNARY, *ROUNDING, "relu")),
    *((f"{name}_{S}", S, "bool", 1) for S in FLOATS for name in PREDICATES),
    *((f"{name}_{S}", S, S, 2) for S in FLOATS for name in (*BINARY, *SELECTING)),
    *((f"to_{to}_{S}", S, to, 1) for S in FLOATS for to in (*INTEGERS, "bool")),
    *(
        (f"{name}_{S}", S, S, 2)
        for S in INTEGERS
        for name in ("floor_divide", "mod", "fmod", "maximum", "pow")
    ),
    *((f"{name}_{S}", S, S, 1) for S in INTEGERS for name in ("sign", "abs")),
]
# float32 loops that stay scalar where there is no 64-bit conversion, or no gain
SCALAR = ("signbit_f32", "to_i64_f32", "to_u64_f32")

SPECIAL = [sign * x for x in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 1e10, math.inf) for sign in (1, -1)] + [
    math.nan
]


def loop(function: str, argument: str, result: str, arguments: int) -> str:
    pointers = ", ".join(f"const {C_NAMES[argument]} *restrict x{i}" for i in range(arguments))
    values = ", ".join(f"x{i}[k]" for i in range(arguments))
    head = f"EXPORT void loop_{function}({C_NAMES[result]} *restrict y, {pointers}, int64_t n)"
    return f"{head} {{ for (int64_t k = 0; k < n; k++) y[k] = lp_{function}({values}); }}\n"


SOURCE = (
    f'#include "{HEADER.as_posix()}"\n'
    """#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT
#endif
EXPORT void loop_philox(uint64_t *restrict y, uint64_t seed, uint64_t stream, uint64_t first, int64_t n) {
    for (int64_t k = 0; k < n; k++) y[k] = lp_philox(seed, stream, first + (uint64_t)k);
}
EXPORT int64_t lanes(void) { return LP_VF32; }
EXPORT void vectors(float *y, const float *x, double *z, const double *w) {
    y[0] = lp_hsum_f32(LP_LOAD_F32(x));
    y[1] = lp_hmax_f32(LP_LOAD_F32(x));
    z[0] = lp_hsum_f64(LP_LOAD_F64(w));
    z[1] = lp_hmax_f64(LP_LOAD_F64(w));
    LP_STORE_F32(y + 3, lp_broadcast_f32(y[1]) + LP_LOAD_F32(x));
    LP_STORE_F64(z + 3, lp_broadcast_f64(z[1]) + LP_LOAD_F64(w));
}
""" + "".join(loop(*one) for one in LOOPS)
)


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[toolchain.Toolchain]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIMPIDE_CACHE", str(tmp_path_factory.mktemp("cache")))
        toolchain.forget()
        found = toolchain.find()
        if found is None:
            pytest.skip("no C compiler here, so support.h cannot be compiled")
        yield found
    toolchain.forget()


def build(compiler: toolchain.Toolchain, place: Path, *more: str) -> subprocess.CompletedProcess[str]:
    source, library = place / "loops.c", place / f"loops{toolchain.LIBRARY_SUFFIX}"
    source.write_text(SOURCE)
    command = [*compiler.command_line([str(source)], str(library)), *more]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=toolchain.environment(place)
    )
    assert done.returncode == 0, done.stderr
    return done


class Library:
    """Calls the loops of the compiled SOURCE on arrays."""

    def __init__(self, path: Path) -> None:
        self.c = ctypes.CDLL(str(path))

    def __call__(self, function: str, *arrays: Array) -> Array:
        _, argument, result, count = next(one for one in LOOPS if one[0] == function)
        dtypes: dict[str, Any] = FLOATS | INTEGERS | {"bool": np.uint8}
        assert len(arrays) == count
        inputs = [np.ascontiguousarray(x, dtypes[argument]) for x in arrays]
        y = np.empty(inputs[0].shape, dtypes[result])
        pointers = [ctypes.c_void_p(x.ctypes.data) for x in (y, *inputs)]
        self.c[f"loop_{function}"](*pointers, ctypes.c_int64(y.size))
        return y


@pytest.fixture(scope="module", params=["native", "plain"])
def lib(
    request: pytest.FixtureRequest, compiler: toolchain.Toolchain, tmp_path_factory: pytest.TempPathFactory
) -> Library:
    """With this CPU's instructions, and without them: no fused multiply-add, no rounding instruction."""
    place = tmp_path_factory.mktemp(request.param)
    plain = request.param == "plain"
    build(replace(compiler, target=()) if plain else compiler, place, *["-ffp-contract=off"] * plain)
    return Library(place / f"loops{toolchain.LIBRARY_SUFFIX}")


def every_exponent(step: int) -> Array:
    """float32 values spread evenly over all bit patterns, special ones included."""
    bits = np.arange(0, 2**32, step, dtype=np.uint64).astype(np.uint32)
    edges = np.array([1, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0x3F7FFFFF, 0x3F800001], np.uint32)
    values = np.concatenate([bits, edges, edges | np.uint32(1 << 31)]).view(np.float32)
    values = np.where(np.isnan(values), np.float32(np.nan), values)  # NumPy warns of signalling ones
    near = np.random.default_rng(0).uniform(-20, 20, 20000).astype(np.float32)
    return np.concatenate([values, near, np.array(SPECIAL, np.float32)])


def some_doubles(count: int) -> Array:
    """float64 values: any bits, then [-1, 1], [-30, 30] and [-750, 750], then special ones."""
    rng = np.random.default_rng(1)
    bits = rng.integers(0, 2**64, count, dtype=np.uint64, endpoint=False).view(np.float64)
    near = [rng.uniform(-size, size, count) for size in (1, 30, 750)]
    edges = [
        5e-324,
        -5e-324,
        1e-310,
        2.2250738585072014e-308,
        1.7976931348623157e308,
        709.78,
        -745.1,
        math.pi,
    ]
    return np.concatenate([bits, *near, edges, SPECIAL])


def errors(y: Array, exact: Array) -> Array:
    """|y - exact| in ulp of y's type; exact has more digits. NaN, infinities and signs of zero must agree."""
    info = np.finfo(y.dtype)
    with np.errstate(all="ignore"):
        rounded = exact.astype(y.dtype)
        same = (y == rounded) & (np.signbit(y) == np.signbit(rounded)) | np.isnan(y) & np.isnan(exact)
        ulp = np.ldexp(1.0, np.maximum(np.frexp(exact)[1], info.minexp + 1) - info.nmant - 1)
        # at the edge of overflow, infinity stands for the next power of two
        top = np.ldexp(1.0, info.maxexp - 1) * 2.0 if info.bits == 32 else np.inf
        value = np.where(np.isinf(y) & np.isfinite(exact), np.copysign(top, y), y.astype(np.float64))
        off = np.abs(value - exact) / ulp
    unlike = np.isnan(y) != np.isnan(exact)
    return np.where(same & ~np.isfinite(rounded), 0.0, np.where(unlike | np.isnan(off), np.inf, off))


def reference(name: str) -> Callable[..., Array]:
    """The function on float64 arrays, much better than float32."""
    by_hand: dict[str, Callable[..., Array]] = {
        "rsqrt": lambda x: 1 / np.sqrt(x),
        "sigmoid": lambda x: np.where(x < 0, np.exp(x) / (1 + np.exp(x)), 1 / (1 + np.exp(-x))),
        "softplus": lambda x: np.logaddexp(0, x),
        "log_sigmoid": lambda x: -np.logaddexp(0, -x),
        "erf": np.vectorize(math.erf),
        "erfc": np.vectorize(math.erfc),
    }
    found: Callable[..., Array] = by_hand.get(name) or getattr(np, IN_NUMPY.get(name, name))
    return found


@pytest.mark.parametrize("name", [name for name in UNARY if name != "erfinv"])
def test_float32_error(lib: Library, name: str) -> None:
    x = every_exponent(60013)
    with np.errstate(all="ignore"):
        exact = reference(name)(x.astype(np.float64))
    y = lib(f"{name}_f32", x)
    off = errors(y, exact)
    worst = int(np.argmax(off))
    assert off[worst] <= UNARY[name][0], (x[worst], y[worst], exact[worst])


def exact_erfinv(x: float) -> Any:
    """mpmath's erfinv, which loses digits near 1, improved by one Newton step."""
    if abs(x) >= 1 or x == 0:
        return mpmath.mpf(x) * mpmath.inf if abs(x) == 1 else mpmath.mpf(x) if x == 0 else mpmath.nan
    y = mpmath.erfinv(x)
    return y + (x - mpmath.erf(y)) * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(y * y)


def complex_is_nan(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def real(x: Any) -> Any:
        y = function(x)
        return y if isinstance(y, mpmath.mpf) else mpmath.nan

    return real


EXACT: dict[str, Callable[[Any], Any]] = {
    "exp2": lambda x: mpmath.power(2, x),
    "log": complex_is_nan(mpmath.log),
    "log2": complex_is_nan(lambda x: mpmath.log(x) / mpmath.log(2)),
    "log10": complex_is_nan(mpmath.log10),
    "log1p": complex_is_nan(mpmath.log1p),
    "sqrt": complex_is_nan(mpmath.sqrt),
    "rsqrt": complex_is_nan(lambda x: 1 / mpmath.sqrt(x)),
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "asin": complex_is_nan(mpmath.asin),
    "acos": complex_is_nan(mpmath.acos),
    "acosh": complex_is_nan(mpmath.acosh),
    "atanh": complex_is_nan(mpmath.atanh),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x)),
    "log_sigmoid": lambda x: -(mpmath.log1p(mpmath.exp(-x)) if x > 0 else mpmath.log1p(mpmath.exp(x)) - x),
    "erfinv": exact_erfinv,
}


def error_against_mpmath(y: Any, exact: Any) -> float:
    """|y - exact| in ulp for finite, normal exact; y is a NumPy scalar."""
    info = np.finfo(y.dtype)
    exponent = max(mpmath.frexp(exact)[1], info.minexp + 1) if exact else info.minexp + 1
    return float(abs(mpmath.mpf(float(y)) - exact) / mpmath.ldexp(1, exponent - info.nmant - 1))


@pytest.mark.parametrize("name", UNARY)
def test_float64_error(lib: Library, name: str) -> None:
    x = some_doubles(20 if name == "erfinv" else 150)
    x = x[np.isfinite(x) & (x != 0)]
    if name in ("sinh", "cosh", "exp", "expm1", "exp2", "erfc", "sigmoid", "softplus", "log_sigmoid", "tanh"):
        x = x[np.abs(x) < 1000]  # beyond lie only the constants that test_special_values sees
    function = EXACT.get(name) or getattr(mpmath, name)
    y = lib(f"{name}_f64", x)
    with mpmath.workprec(120):
        for argument, value in zip(x, y, strict=True):
            exact = function(mpmath.mpf(float(argument)))
            if mpmath.isnan(exact) or mpmath.isinf(exact):
                assert np.isnan(value) if mpmath.isnan(exact) else value == float(exact), (argument, value)
            elif abs(exact) > mpmath.mpf(2) ** 1024:
                assert value == math.copysign(math.inf, exact), (argument, value)
            else:
                assert error_against_mpmath(value, exact) <= UNARY[name][1], (argument, value)


def test_erfinv_float32(lib: Library) -> None:
    x = np.random.default_rng(2).uniform(-1, 1, 100).astype(np.float32)
    x = np.concatenate([x, np.array([1 - 2.0**-24, 2.0**-20, 1e-30, 1e-42], np.float32)])
    y = lib("erfinv_f32", x)
    with mpmath.workprec(100):
        for argument, value in zip(x, y, strict=True):
            exact = exact_erfinv(float(argument))
            assert error_against_mpmath(value, exact) <= UNARY["erfinv"][0], (argument, value)


@pytest.mark.parametrize("S", FLOATS)
def test_reduction_at_the_hardest_angles(lib: Library, S: str) -> None:
    """The arguments nearest to multiples of pi/2, and the doubles next to small multiples."""
    hard = [6381956970095103.0 * 2.0**797, 16367173.0 * 2.0**72, 1e22, 2.0**1023, 3.0e38, 5.0e7]
    x = np.concatenate([hard, np.arange(1, 2000) * (math.pi / 2)])
    if S == "f32":
        x = x[np.abs(x) < 3.4e38].astype(np.float32)
    limit = UNARY["sin"][S == "f64"]
    with mpmath.workprec(200):
        for name, function in (("sin", mpmath.sin), ("cos", mpmath.cos)):
            y = lib(f"{name}_{S}", x)
            worst = max(
                error_against_mpmath(b, function(mpmath.mpf(float(a)))) for a, b in zip(x, y, strict=True)
            )
            assert worst <= limit, (name, worst)


@pytest.mark.parametrize("S", FLOATS)
@pytest.mark.parametrize("name", [*sorted(set(UNARY) - {"erfinv"}), *ROUNDING])
def test_special_values(lib: Library, name: str, S: str) -> None:
    """NaN, infinities, the sign of zero, ends of domains and tiny denormals as NumPy has them."""
    x = np.array([*SPECIAL, 1e-42, -1e-42, 1e-45, -1e-45, 1e38, -1e38], FLOATS[S])
    with np.errstate(all="ignore"):
        expected = (
            reference(name)(x) if name not in ("erf", "erfc") else reference(name)(x.astype(np.float64))
        )
    y = lib(f"{name}_{S}", x)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))
    kind = ~np.isnan(y)
    np.testing.assert_array_equal(np.signbit(y[kind]), np.signbit(expected[kind]))
    np.testing.assert_allclose(y, expected.astype(FLOATS[S]), rtol=4 * np.finfo(FLOATS[S]).eps, atol=0)


@pytest.mark.parametrize("S", FLOATS)
def test_erfinv_outside(lib: Library, S: str) -> None:
    y = lib(f"erfinv_{S}", np.array([1, -1, 1.5, -2, math.nan, math.inf, 0.0, -0.0]))
    np.testing.assert_array_equal(y, [np.inf, -np.inf, np.nan, np.nan, np.nan, np.nan, 0, 0])
    assert np.signbit(y[-1]) and not np.signbit(y[-2])


@pytest.mark.parametrize("S", FLOATS)
def test_rounding_is_exact(lib: Library, S: str) -> None:
    x = every_exponent(60013).astype(FLOATS[S])
    x = np.concatenate([x, np.arange(-9, 9, 0.25), (np.arange(-9, 9) + 0.5) * 1e5]).astype(FLOATS[S])
    for name in ROUNDING:
        np.testing.assert_array_equal(lib(f"{name}_{S}", x), getattr(np, name)(x), err_msg=name)
    for name in PREDICATES:
        np.testing.assert_array_equal(lib(f"{name}_{S}", x), getattr(np, name)(x), err_msg=name)
    expected = np.where(x < 0, FLOATS[S](0), x)
    np.testing.assert_array_equal(lib(f"relu_{S}", x), expected)
    tiny = np.array([1e-42, -1e-42], FLOATS[S])
    np.testing.assert_array_equal(lib(f"relu_{S}", tiny), [tiny[0], 0])


def pairs(S: str, count: int) -> tuple[Array, Array]:
    """All pairs of special values, then random pairs of several sizes."""
    rng = np.random.default_rng(3)
    a, b = (x.ravel() for x in np.meshgrid(SPECIAL, SPECIAL))
    sizes = 10.0 ** rng.integers(-3, 4, (2, count))
    x, y = rng.normal(size=(2, count)) * sizes
    return np.concatenate([a, x]).astype(FLOATS[S]), np.concatenate([b, y]).astype(FLOATS[S])


@pytest.mark.parametrize("name", BINARY)
def test_float32_error_of_two_arguments(lib: Library, name: str) -> None:
    a, b = pairs("f32", 50000)
    if name == "logaddexp":  # near a zero of the result the error is that of max(a, b)
        a, b = np.abs(a), np.abs(b)
    with np.errstate(all="ignore"):
        exact = reference(name)(a.astype(np.float64), b.astype(np.float64))
    y = lib(f"{name}_f32", a, b)
    off = errors(y, exact)
    worst = int(np.argmax(off))
    assert off[worst] <= BINARY[name][0], (a[worst], b[worst], y[worst], exact[worst])


@pytest.mark.parametrize("name", BINARY)
def test_float64_error_of_two_arguments(lib: Library, name: str) -> None:
    a, b = pairs("f64", 500)
    if name == "logaddexp":
        a, b = np.abs(a), np.abs(b)
    y = lib(f"{name}_f64", a, b)
    with np.errstate(all="ignore"):
        expected = reference(name)(a, b)
    exact: dict[str, Callable[[Any, Any], Any]] = {
        "pow": mpmath.power,
        "atan2": mpmath.atan2,
        "hypot": mpmath.hypot,
        "logaddexp": lambda p, q: max(p, q) + mpmath.log1p(mpmath.exp(-abs(p - q))),
    }
    with mpmath.workprec(120):
        for p, q, value, other in zip(a, b, y, expected, strict=True):
            if 0 in (p, q, other) or not np.isfinite([p, q, other]).all():
                np.testing.assert_allclose(value, other, rtol=1e-15)
                assert np.isnan(value) or np.signbit(value) == np.signbit(other), (p, q)
            else:
                e = error_against_mpmath(value, exact[name](mpmath.mpf(float(p)), mpmath.mpf(float(q))))
                assert e <= BINARY[name][1], (p, q, value, e)


@pytest.mark.parametrize("S", FLOATS)
@pytest.mark.parametrize("name", SELECTING)
def test_equal_to_numpy(lib: Library, name: str, S: str) -> None:
    """Exact functions: every bit as NumPy, except for which zero maximum and minimum of two zeros give."""
    a, b = pairs(S, 20000)
    huge = every_exponent(600011).astype(FLOATS[S])
    a, b = np.concatenate([a, huge]), np.concatenate([b, np.roll(huge, 777)])
    with np.errstate(all="ignore"):
        expected = getattr(np, IN_NUMPY.get(name, name))(a, b)
    y = lib(f"{name}_{S}", a, b)
    np.testing.assert_array_equal(y, expected)
    signed = ~np.isnan(y) & ((a != 0) | (b != 0)) if "m" in name[:2] else ~np.isnan(y)
    np.testing.assert_array_equal(np.signbit(y[signed]), np.signbit(expected[signed]))


def whole_range(dtype: np.dtype[Any], count: int) -> tuple[Array, Array]:
    info = np.iinfo(dtype)
    edges = [info.min, info.min + 1, 0, 1, 2, 3, info.max - 1, info.max, *([-1, -2, -3] if info.min else [5])]
    rng = np.random.default_rng(4)
    a, b = (x.ravel() for x in np.meshgrid(np.array(edges, dtype), np.array(edges, dtype)))
    more = rng.integers(info.min, info.max, (2, count), dtype=dtype, endpoint=True)
    small = rng.integers(-20 if info.min else 0, 20, count).astype(dtype)
    return np.concatenate([a, *more]), np.concatenate([b, more[1], small])


@pytest.mark.parametrize("S", INTEGERS)
def test_integers_equal_numpy(lib: Library, S: str) -> None:
    a, b = whole_range(INTEGERS[S], 5000)
    with np.errstate(all="ignore"):
        for name in ("floor_divide", "mod", "fmod", "maximum"):
            y = lib(f"{name}_{S}", a, b)
            np.testing.assert_array_equal(y, getattr(np, IN_NUMPY.get(name, name))(a, b), err_msg=name)
        np.testing.assert_array_equal(lib(f"abs_{S}", a), np.abs(a))
        np.testing.assert_array_equal(lib(f"sign_{S}", a), np.sign(a))


@pytest.mark.parametrize("S", INTEGERS)
def test_integer_power(lib: Library, S: str) -> None:
    a, _ = whole_range(INTEGERS[S], 500)
    n = (np.arange(a.size) % 70).astype(a.dtype)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(lib(f"pow_{S}", a, n), np.power(a, n))
    if S.startswith("i"):
        y = lib(f"pow_{S}", np.array([1, -1, -1, 2, -3, 0]), np.array([-1, -1, -2, -1, -2, -1]))
        np.testing.assert_array_equal(y, [1, -1, 1, 0, 0, 0])


@pytest.mark.parametrize("S", FLOATS)
@pytest.mark.parametrize("to", [*INTEGERS, "bool"])
def test_casts(lib: Library, to: str, S: str) -> None:
    dtype: Any = np.dtype(np.bool_) if to == "bool" else INTEGERS[to]
    low, high = (0, 1) if to == "bool" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    x = np.concatenate([np.linspace(low, high, 1001), np.arange(-3, 4, 0.25)]).astype(FLOATS[S])
    inside = (x.astype(np.float64) > low - 1.0) & (x.astype(np.float64) < high + 1.0)
    x = x if to == "bool" else x[inside]
    np.testing.assert_array_equal(lib(f"to_{to}_{S}", x).astype(dtype), x.astype(dtype))


@pytest.mark.parametrize("S", FLOATS)
def test_casts_outside_are_defined(lib: Library, S: str) -> None:
    x = np.array([math.nan, math.inf, -math.inf, 1e30, -1e30])
    np.testing.assert_array_equal(lib(f"to_i32_{S}", x), np.full(5, -(2**31)))
    np.testing.assert_array_equal(lib(f"to_i64_{S}", x), np.full(5, -(2**63)))
    np.testing.assert_array_equal(lib(f"to_u32_{S}", x), np.zeros(5))
    np.testing.assert_array_equal(lib(f"to_u8_{S}", x), np.zeros(5))
    np.testing.assert_array_equal(lib(f"to_bool_{S}", x), np.ones(5))
    np.testing.assert_array_equal(lib(f"to_u64_{S}", np.array([2.0**63, 1.5 * 2.0**63])), [2**63, 3 * 2**62])


def test_philox_equals_numpy(lib: Library) -> None:
    for seed, stream, first in (
        (0, 0, 0),
        (2**64 - 1, 2**63 + 5, 2**32 - 100),
        (12345678901234567, 3, 2**64 - 700),
    ):
        y = np.empty(600, np.uint64)
        words = [ctypes.c_uint64(word) for word in (seed, stream, first)]
        lib.c.loop_philox(ctypes.c_void_p(y.ctypes.data), *words, ctypes.c_int64(y.size))
        np.testing.assert_array_equal(
            y, philox(seed, stream, np.uint64(first) + np.arange(600, dtype=np.uint64))
        )


def test_vectors(lib: Library) -> None:
    """Unaligned loads and stores; the sum folds the upper half onto the lower one until one lane is left."""
    lanes = lib.c.lanes()
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=lanes + 1).astype(np.float32)[1:], rng.normal(size=lanes // 2 + 1)[1:]
    y, z = np.zeros(lanes + 3, np.float32), np.zeros(lanes // 2 + 3)
    lib.c.vectors(*(ctypes.c_void_p(v.ctypes.data) for v in (y, x, z, w)))
    for source, result in ((x, y), (w, z)):
        folded = source
        while folded.size > 1:
            folded = folded[: folded.size // 2] + folded[folded.size // 2 :]
        assert result[0] == folded[0]
        assert result[1] == source.max()
        np.testing.assert_array_equal(result[3:], source.max() + source)


def test_float32_loops_vectorise(compiler: toolchain.Toolchain, tmp_path: Path) -> None:
    """Every float32 function: one loop over it becomes vector code."""
    if compiler.isa.name not in ("avx512", "avx2", "neon"):
        pytest.skip(f"checked for AVX2, AVX-512 and NEON, not {compiler.isa.name}")
    gcc = ("-fopt-info-vec-optimized", "-fno-ipa-icf")  # without merging equal functions
    report = build(
        compiler, tmp_path, *(gcc if compiler.kind == "gcc" else ("-Rpass=loop-vectorize",))
    ).stderr
    lines = SOURCE.splitlines()
    done = {
        lines[int(place.split(":")[1]) - 1]
        for place in report.splitlines()
        if "loops.c:" in place and "vectorized" in place
    }
    missing = [
        one[0]
        for one in LOOPS
        if one[0].endswith("_f32") and one[0] not in SCALAR and loop(*one).rstrip("\n") not in done
    ]
    assert missing == []
