"""Derivatives of recorded variables: grad, jacobian, hessian, Rop, Lop, verify_grad."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...derivatives import jacobian_nodes
from ...dtypes import is_float
from ...grad import vjp_nodes, zeros_like
from ...graph import Node, replace
from ...ops.custom import custom_gradient
from ...ops.define import cast
from ...ops.loop import placeholder
from ...tensor import Tensor
from .. import missing, record
from ..record import Symbol
from . import scalar
from .configparser import config
from .engine import lp
from .gof import recipes
from .gof.graph import apply, outputs_of
from .gof.op import Named, Op
from .gof.type import Type
from .gof.utils import MethodNotDefined
from .tensor.basic import record_op
from .tensor.basic import zeros_like as zeros_like_variable
from .tensor.type import TensorType, formula
from .tensor.var import as_tensor_variable, dtype_of, pattern_of


class DisconnectedInputError(ValueError):
    """The gradient by a variable that the cost does not depend on."""


class NullTypeGradError(TypeError):
    """The gradient is not defined."""


class GradientError(Exception):
    """A gradient is not the one that differences say."""

    def __init__(
        self, arg: int, err_pos: Any, abs_err: float, rel_err: float, abs_tol: float, rel_tol: float
    ):
        super().__init__(
            "GradientError: numeric gradient and analytic "
            f"gradient exceed tolerance: at position {err_pos} of "
            f"argument {arg}, abs. error {abs_err}, abs. tolerance {abs_tol}, rel. error {rel_err}, rel. "
            f"tolerance {rel_tol}"
        )


class DisconnectedType(Type):
    """The type of a gradient that does not exist because there is no connection."""

    def make_variable(self, name: str | None = None) -> Any:
        return as_tensor_variable(np.zeros((), config.floatX))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DisconnectedType)

    def __hash__(self) -> int:
        return hash(DisconnectedType)

    def __str__(self) -> str:
        return "DisconnectedType"


disconnected_type = DisconnectedType()


def format_as(use_list: bool, use_tuple: bool, outputs: Any) -> Any:
    """Outputs as a list, a tuple or one alone."""
    listed = _listed(outputs)
    return listed if use_list else tuple(listed) if use_tuple else listed[0]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def grad(
    cost: Any,
    wrt: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Mapping[Any, Any] | None = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """The derivative of a scalar by a variable, or by each of a list.

    consider_constant: variables through which nothing flows back. known_grads: derivatives that are known
    already, by variables; then the cost may be None. disconnected_inputs: 'raise', 'warn' or 'ignore' for a
    variable that the cost does not depend on.
    Raises TypeError for a cost that is no float scalar, DisconnectedInputError.
    """
    known = dict(known_grads or {})
    if cost is None and not known:
        raise AssertionError("grad needs a cost or known_grads")
    if cost is not None:
        cost = as_tensor_variable(cost)
        if pattern_of(cost):
            raise TypeError("cost must be a scalar.")
        if dtype_of(cost) in scalar.DISCRETE:
            raise TypeError(f"Cost must be of a float type, it is {dtype_of(cost)}")
    targets = _listed(wrt)
    for t in targets:
        if not isinstance(t, Symbol):
            raise TypeError(f"Expected Variable, got {t} of type {type(t)}")
    constants = (
        [as_tensor_variable(c) for c in _listed(consider_constant)] if consider_constant is not None else []
    )
    heads = ([] if cost is None else [cost]) + list(known)
    seeds = ([] if cost is None else [None]) + [as_tensor_variable(g) for g in known.values()]
    far = _check_connected(heads, targets, constants, disconnected_inputs)
    near = [t for t in targets if t.key not in far]
    slopes = {t.key: g for t, g in zip(near, _through(heads, seeds, near, constants), strict=True)}
    found = [slopes[t.key] if t.key in slopes else _zeros(t) for t in targets]
    if add_names and cost is not None:
        for t, g in zip(targets, found, strict=True):
            if t.name is not None and g.name is None:
                g.name = f"(d{cost.name or 'cost'}/d{t.name})" if cost.name else None
    return type(wrt)(found) if isinstance(wrt, (list, tuple)) else found[0]


def _zeros(t: Any) -> Any:
    return zeros_like_variable(t, dtype=gradient_dtype(dtype_of(t)))


def _check_connected(heads: list[Any], targets: list[Any], constants: list[Any], action: str) -> set[Any]:
    """The keys of targets that nothing depends on."""
    if action not in ("ignore", "warn", "raise"):
        raise ValueError(f"Invalid value for keyword 'disconnected_inputs': {action}")
    stop = {c.key for c in constants}
    behind = record.sources_behind([h for h in heads if h.key not in stop], lambda s: s.key in stop)
    keys = {o.key for s in behind for o in _all_outputs(s)} | stop
    far = {t.key for t in targets} - keys
    for t in targets:
        if t.key in keys or action == "ignore":
            continue
        message = (
            "grad method was asked to compute the gradient "
            "with respect to a variable that is not part of the "
            f"computational graph of the cost, or is used only by a non-differentiable operator: {t}"
        )
        if action == "raise":
            raise DisconnectedInputError(message)
        warnings.warn(message, stacklevel=4)
    return far


def _all_outputs(source: record.Source) -> list[Any]:
    return [Symbol(source, i) for i in range(len(source.known))]


def _through(heads: list[Any], seeds: list[Any], targets: list[Any], constants: list[Any]) -> list[Any]:
    """The gradients, also through ops that scripts wrote: what flows into one is handed to its `grad`."""
    stop = {c.key for c in constants} | {t.key for t in targets}
    sources = record.sources_behind(heads, lambda s: s.key in stop)
    customs = [s for s in sources if isinstance(s, record.Host) and isinstance(vars(s).get("op"), Op)]
    for custom in reversed(customs):
        outputs = outputs_of(custom)
        flowing = [o for o in outputs if dtype_of(o) not in scalar.DISCRETE]
        if not flowing:
            continue
        weights = _native(heads, seeds, flowing, constants)
        back = _asked(custom, outputs, dict(zip((o.key for o in flowing), weights, strict=True)))
        for variable, g in zip(custom.args, back, strict=True):
            if isinstance(g, Symbol) and not isinstance(getattr(g, "type", None), DisconnectedType):
                heads, seeds = [*heads, variable], [*seeds, g]
    return _native(heads, seeds, targets, constants)


def _asked(custom: record.Apply, outputs: list[Any], weights: dict[Any, Any]) -> list[Any]:
    op = custom.op  # type: ignore[attr-defined]
    inputs = list(custom.args)
    given = [weights[o.key] if o.key in weights else zeros_like_variable(o) for o in outputs]
    if not hasattr(op, "grad") and type(op).L_op is Op.L_op:
        raise NotImplementedError(f"{op} has no grad method: it cannot be differentiated")
    try:
        return list(op.L_op(inputs, outputs, given))
    except MethodNotDefined as error:
        raise NotImplementedError(f"{op} has no gradient: {error}") from None


def _native(heads: list[Any], seeds: list[Any], targets: list[Any], constants: list[Any]) -> list[Any]:
    """The gradients that the engine finds."""
    for t in targets:
        record.differentiable(t)
    asked = [s for s in seeds if s is not None]
    places = [None if s is None else sum(x is not None for x in seeds[:i]) for i, s in enumerate(seeds)]

    def build(heads: Any, asked: Any, targets: Any, constants: Any) -> list[Tensor]:
        roots = [h.node for h in heads]
        if constants:
            still = {c.node: lp["stop_gradient"](c).node for c in constants}
            still = {c: s for c, s in still.items() if c is not s}
            roots = replace(roots, still)
        weights = [
            lp["ones_like"](h).node if p is None else _fitted(asked[p], h)
            for h, p in zip(heads, places, strict=True)
        ]
        pairs = [(r, w) for r, w in zip(roots, weights, strict=True) if is_float(r.dtype)]
        return gradients_of([r for r, _ in pairs], [w for _, w in pairs], [t.node for t in targets])

    found: list[Any] = apply(
        Named("grad"),
        build,
        (heads, asked, targets, constants),
        count=len(targets),
        known=lambda: [_like(t) for t in targets],
    )
    return found


def _fitted(seed: Tensor, head: Tensor) -> Node:
    return cast(lp["broadcast_to"](seed, head.shape).node, head.dtype)


def _like(t: Any) -> Tensor:
    return formula(gradient_dtype(dtype_of(t)), pattern_of(t))


def gradient_dtype(dtype: str) -> str:
    return config.floatX if dtype in scalar.DISCRETE else dtype


def gradients_of(roots: Sequence[Node], weights: Sequence[Node], targets: Sequence[Node]) -> list[Tensor]:
    """The gradients by nodes; zeros where none flows."""
    found = vjp_nodes(roots, weights, targets)
    zeros = [
        zeros_like(t) if is_float(t.dtype) else cast(zeros_like(t), np.dtype(config.floatX)) for t in targets
    ]
    return [Tensor(z if g is None else g) for g, z in zip(found, zeros, strict=True)]


# ---------------------------------------------------------------------------------- products with jacobians
def Lop(
    f: Any, wrt: Any, eval_points: Any, consider_constant: Any = None, disconnected_inputs: str = "raise"
) -> Any:
    """The row vector `eval_points` times the jacobian of f by wrt."""
    outputs, points, targets = _listed(f), _listed(eval_points), _listed(wrt)
    constants = _listed(consider_constant) if consider_constant is not None else []
    _check_connected(outputs, targets, constants, disconnected_inputs)
    found = _through(outputs, [as_tensor_variable(p) for p in points], targets, constants)
    return type(wrt)(found) if isinstance(wrt, (list, tuple)) else found[0]


def Rop(f: Any, wrt: Any, eval_points: Any, **_: Any) -> Any:
    """The jacobian of f by wrt times the column vector `eval_points`."""
    outputs, targets = _listed(f), _listed(wrt)
    points = [as_tensor_variable(p) for p in _listed(eval_points)]

    def build(outputs: Any, targets: Any, points: Any) -> list[Tensor]:
        weights = [placeholder("weight", o.shape, o.dtype) for o in outputs]
        back = vjp_nodes([o.node for o in outputs], weights, [t.node for t in targets])
        moved = [(g, cast(p.node, g.dtype)) for g, p in zip(back, points, strict=True) if g is not None]
        found = vjp_nodes([g for g, _ in moved], [p for _, p in moved], weights)
        nodes = [zeros_like(o.node) if g is None else g for g, o in zip(found, outputs, strict=True)]
        return [Tensor(n) for n in replace(nodes, {w: zeros_like(w) for w in weights})]

    found = record_op(
        "Rop", build, outputs, targets, points, count=len(outputs), known=lambda: [_like(o) for o in outputs]
    )
    return type(f)(found) if isinstance(f, (list, tuple)) else found[0]


def jacobian(
    expression: Any, wrt: Any, consider_constant: Any = None, disconnected_inputs: str = "raise"
) -> Any:
    """The derivatives of the elements of a vector (or scalar) by a variable: one row for each."""
    expression = as_tensor_variable(expression)
    if expression.ndim > 1:
        raise ValueError(
            "tensor.jacobian expects a 1 dimensional variable as "
            f"`expression`. If not use flatten to make it a vector: {expression}"
        )
    return _jacobian("jacobian", expression, wrt, consider_constant, disconnected_inputs)


def hessian(cost: Any, wrt: Any, consider_constant: Any = None, disconnected_inputs: str = "raise") -> Any:
    """The second derivatives of a scalar by a vector, or by each of a list."""
    cost = as_tensor_variable(cost)
    if cost.ndim:
        raise ValueError("tensor.hessian expects a 0 dimensional variable as `cost`")
    found = []
    for w in _listed(wrt):
        if w.ndim != 1:
            raise ValueError("tensor.hessian expects a (list of) 1 dimensional variable as `wrt`")
        first = grad(cost, w, consider_constant, disconnected_inputs)
        found.append(_jacobian("hessian", first, w, consider_constant, "ignore"))
    return type(wrt)(found) if isinstance(wrt, (list, tuple)) else found[0]


def _jacobian(name: str, y: Any, wrt: Any, consider_constant: Any, disconnected_inputs: str) -> Any:
    targets = _listed(wrt)
    constants = _listed(consider_constant) if consider_constant is not None else []
    _check_connected([y], targets, constants, disconnected_inputs)
    for t in targets:
        record.differentiable(t)

    def build(y: Tensor, targets: Any, constants: Any) -> list[Tensor]:
        root = y.node
        if constants:
            root = replace([root], {c.node: lp["stop_gradient"](c).node for c in constants})[0]
        nodes = jacobian_nodes(root, [t.node for t in targets], related=False)
        return [Tensor(n) for n in nodes]

    found = record_op(
        name,
        build,
        y,
        targets,
        constants,
        count=len(targets),
        known=lambda: [formula(dtype_of(y), (*pattern_of(y), *pattern_of(t))) for t in targets],
    )
    return type(wrt)(found) if isinstance(wrt, (list, tuple)) else found[0]


def subgraph_grad(wrt: Any, end: Any, start: Any = None, cost: Any = None, details: bool = False) -> Any:
    """Gradients by `wrt` and by `end`, the intermediate variables where the walk back stops."""
    ends, targets = _listed(end), _listed(wrt)
    heads, seeds = list((start or {}).keys()), [as_tensor_variable(g) for g in (start or {}).values()]
    if cost is not None:
        heads, seeds = [*heads, cost], [*seeds, None]
    at_end = _through(heads, seeds, ends, [])
    at_wrt = _through(heads, seeds, targets, ends)
    return at_wrt, at_end


def consider_constant(x: Any) -> Any:
    """`x`, through which nothing flows back."""
    return record_op("ConsiderConstant", lambda t: lp["stop_gradient"](t), as_tensor_variable(x))


zero_grad = disconnected_grad = consider_constant


def undefined_grad(x: Any) -> Any:
    return consider_constant(x)


def grad_undefined(op: Any, x_pos: int, x: Any, comment: str = "") -> Any:
    return consider_constant(zeros_like_variable(x))


def grad_not_implemented(op: Any, x_pos: int, x: Any, comment: str = "") -> Any:
    raise NullTypeGradError(f"the gradient of {op} by its input {x_pos} is not implemented. {comment}")


def grad_clip(x: Any, lower_bound: float, upper_bound: float) -> Any:
    """`x`; what flows back is kept between the bounds."""
    low, high = float(lower_bound), float(upper_bound)

    def slope(g: Node) -> list[Node | None]:
        return [lp["clip"](Tensor(g), low, high).node]

    def build(t: Tensor) -> Tensor:
        return Tensor(custom_gradient(lp["stop_gradient"](t).node, [t.node], slope))

    return record_op("GradClip", build, as_tensor_variable(x))


def grad_scale(x: Any, multiplier: float) -> Any:
    """`x`; what flows back is multiplied."""

    def build(t: Tensor) -> Tensor:
        return lp["stop_gradient"](t * (1 - multiplier)) + t * multiplier

    return record_op("GradScale", build, as_tensor_variable(x))


# ---------------------------------------------------------------------------------------------- checking
class numeric_grad:
    """The gradient of a function of arrays by differences; `gf` holds it."""

    def __init__(self, f: Callable[..., Any], pt: Any, eps: float | None = None, out_type: Any = None):
        points = [np.array(p) for p in _listed(pt)]
        step = eps or (1e-4 if any(p.dtype == np.float32 for p in points) else 1e-7)
        self.gf: Any = []
        for p in points:
            slope = np.zeros(p.shape, p.dtype)
            for place in np.ndindex(p.shape):
                kept = p[place]
                p[place] = kept + step
                above = f(*points)
                p[place] = kept - step
                below = f(*points)
                p[place] = kept
                slope[place] = (np.asarray(above) - np.asarray(below)) / (2 * step)
            self.gf.append(slope)
        if not isinstance(pt, (list, tuple)):
            self.gf = self.gf[0]


def verify_grad(
    fun: Any,
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: Any = None,
    eps: float | None = None,
    out_type: Any = None,
    abs_tol: float | None = None,
    rel_tol: float | None = None,
    mode: Any = None,
    cast_to_output_type: bool = False,
    no_debug_ref: bool = True,
) -> None:
    """Compare the gradient of `fun` at the points with differences along random projections.

    Raises GradientError where they differ.
    """
    points = [np.array(p) for p in pt]
    loose = any(p.dtype == np.float32 for p in points)
    atol, rtol = abs_tol or (1e-2 if loose else 1e-4), rel_tol or (1e-2 if loose else 1e-4)
    variables = [TensorType(p.dtype, (False,) * p.ndim)() for p in points]
    output = fun(*variables)
    random = rng or np.random.RandomState(0)
    value = record.Runner(variables, [output])
    for _ in range(n_tests):
        weights = (random.random_sample(value(*points)[0].shape) + 0.5).astype(dtype_of(output))
        cost = (output * as_tensor_variable(weights)).sum()
        analytic = record.Runner(variables, grad(cost, variables, disconnected_inputs="ignore"))
        numeric = numeric_grad(lambda *p, w=weights: float((value(*p)[0] * w).sum()), points, eps)
        for at, (a, n) in enumerate(zip(analytic(*points), numeric.gf, strict=True)):
            error = np.abs(a - n)
            relative = error / np.maximum(np.abs(a) + np.abs(n), 1e-8)
            wrong = (error > atol) & (relative > rtol)
            if wrong.any():
                place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
                raise GradientError(at, place, float(error[place]), float(relative[place]), atol, rtol)


recipes.keep(
    "gradient",
    globals(),
    ["grad", "jacobian", "hessian", "Rop", "Lop", "subgraph_grad", "grad_clip", "consider_constant"],
)

__getattr__ = missing.attributes("theano.gradient", globals())
