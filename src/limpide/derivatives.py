"""Derivatives of expressions and of functions: grad, value_and_grad, jacobian, hessian, vjp, jvp.

Every one gives ordinary tensors, so that they nest to any order; functions see values where there are values.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import grad as gradients
from . import nest, tensor
from .compile import Compiled
from .dtypes import BOOL
from .errors import ArgumentError, GradientError, ShapeError
from .graph import Node, replace
from .ops.checkpoint import checkpoint as mark
from .ops.creation import eye
from .ops.loop import placeholder, scan_nodes
from .ops.view import reshape
from .shapes import product, same, show
from .tensor import Parameter, Tensor, astensor, evaluated, history

Function = Callable[..., Any]
Argnums = int | Sequence[int]


class Variable(Tensor):
    """An argument of a function that is being differentiated: it stands for a tensor, and equals no other."""

    __slots__ = ("stands_for",)

    def __init__(self, stands_for: Tensor, label: str):
        super().__init__(placeholder(label, stands_for.shape, stands_for.dtype), stands_for.value)
        self.node.name = label
        self.stands_for = stands_for

    @property
    def tracked(self) -> bool:
        return True


@dataclass
class Call:
    """A function called on variables in the place of some arguments."""

    result: Any
    variables: list[Variable]
    specs: list[nest.Spec]  # how the variables make up each argument

    def given_back(self, t: Tensor) -> Tensor:
        """The tensor in terms of the arguments instead of the variables."""
        node = replace([t.node], {v.node: v.stands_for.node for v in self.variables})[0]
        if t.value is None:
            return Tensor(node)
        leaves = [s for s in history(t) if isinstance(s, (Parameter, Variable))]
        own = {id(v) for v in self.variables}
        behind = [s.stands_for if isinstance(s, Variable) and id(s) in own else s for s in leaves]
        parents = tuple(s for s in behind if s.tracked)
        return Tensor(node if parents else None, t.value, parents)

    def arranged(self, leaves: Sequence[Any]) -> list[Any]:
        """One leaf per variable, nested as the arguments are."""
        remaining = iter(leaves)
        return [nest.unflatten(spec, remaining) for spec in self.specs]


def called(f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Sequence[int]) -> Call:
    """`f` with variables for the arguments of these positions."""
    plain: Function = inspect.unwrap(f) if isinstance(f, Compiled) else f
    given, variables, specs = list(args), list[Variable](), list[nest.Spec]()
    for position in argnums:
        if not -len(args) <= position < len(args):
            raise ArgumentError("grad", f"there is no argument {position} among the {len(args)} given")
        leaves, spec = nest.flatten(args[position])
        own = [Variable(astensor(leaf), f"argument{position}") for leaf in leaves]
        variables += own
        specs.append(spec)
        given[position] = nest.unflatten(spec, list(own))
    return Call(plain(*given, **kwargs), variables, specs)


def _positions(argnums: Argnums) -> list[int]:
    return [argnums] if isinstance(argnums, int) else list(argnums)


# ------------------------------------------------------------------------------------------------ grad
def grad(
    output: Any, wrt: Any = None, grad_outputs: Any = None, *, argnums: Argnums = 0, has_aux: bool = False
) -> Any:
    """The derivative of a scalar by one tensor, or by each of a list; or the gradient function of a function.

    output: a float scalar; several (a list) are added up; one of another shape needs `grad_outputs`,
    the weight of each of its elements. For a function, `wrt` (or argnums) are the positions of its arguments
    to differentiate by; with `has_aux` it gives (scalar, anything), its gradient (gradient, anything).
    Raises GradientError where the output is no scalar, or does not depend on a tensor of `wrt`.

    >>> import limpide as lp, numpy as np
    >>> x = lp.parameter(3.0, name="x")
    >>> float(lp.grad(x ** 2, x)), float(lp.grad(lambda x: x ** 3)(2.0))
    (6.0, 12.0)
    """
    if not _is_function(output):
        if wrt is None:
            raise ArgumentError(
                "grad", "by what?", hint="lp.grad(y, x), lp.grad(y, [x, z]) or lp.grad(function)"
            )
        return tensor.grad(output, wrt, grad_outputs)
    both = value_and_grad(output, argnums if wrt is None else wrt, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def value_and_grad(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that gives the value of `f`, a scalar, and its gradient by the arguments `argnums`.

    The gradient of one argument is nested as the argument is; for several positions there is a tuple.

    >>> import limpide as lp, numpy as np
    >>> value, slope = lp.value_and_grad(lambda x: (x ** 2).sum())(np.float64([1, 2]))
    >>> float(value), slope
    (5.0, tensor([2., 4.], dtype=float64))
    """

    def both(*args: Any, **kwargs: Any) -> Any:
        call = called(f, args, kwargs, _positions(argnums))
        value, aux = call.result if has_aux else (call.result, None)
        value = astensor(value)
        found = tensor.grad(value, list(call.variables))
        parts = call.arranged([call.given_back(g) for g in found])
        result = parts[0] if isinstance(argnums, int) else tuple(parts)
        value = call.given_back(value)
        return ((value, _given_back(call, aux)) if has_aux else value), result

    return both


def _given_back(call: Call, aux: Any) -> Any:
    leaves, spec = nest.flatten(aux)
    return nest.unflatten(spec, [call.given_back(x) if isinstance(x, Tensor) else x for x in leaves])


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, Tensor)


# ------------------------------------------------------------------------------- jacobian and hessian
def jacobian(y: Any, x: Any = 0, *, argnums: Argnums | None = None) -> Any:
    """Every derivative of a tensor by one tensor, or by each of a list: shapes are y.shape + x.shape.

    Of a function: jacobian(f) and jacobian(f, argnums) give a function, jacobian(f, x) its value at x.

    >>> import limpide as lp, numpy as np
    >>> lp.jacobian(lambda x: x ** 2, np.float64([1, 2]))
    tensor([[2., 0.],
            [0., 4.]], dtype=float64)
    """
    if _is_function(y):
        return _of_function(_jacobian, "jacobian", y, x if argnums is None else argnums)
    targets = list(x) if isinstance(x, (list, tuple)) else [x]
    found = _jacobian([astensor(y)], targets)[0]
    return found if isinstance(x, (list, tuple)) else found[0]


def hessian(y: Any, x: Any = 0, *, argnums: Argnums | None = None) -> Any:
    """Every second derivative of a scalar by one tensor: the shape is x.shape + x.shape.

    By a list of tensors: a list of lists of blocks. Of a function: as `jacobian`.

    >>> import limpide as lp, numpy as np
    >>> lp.hessian(lambda x: x[0] ** 2 * x[1], np.float64([1, 2]))
    tensor([[4., 2.],
            [2., 0.]], dtype=float64)
    """
    if _is_function(y):
        return _of_function(_hessian, "hessian", y, x if argnums is None else argnums)
    targets = list(x) if isinstance(x, (list, tuple)) else [x]
    found = _hessian([astensor(y)], targets)
    return found if isinstance(x, (list, tuple)) else found[0][0]


Matrix = Callable[[list[Tensor], list[Tensor]], list[list[Tensor]]]


def _of_function(matrix: Matrix, name: str, f: Function, where: Any) -> Any:
    """A function of the arguments, or its value where arguments are given in the place of positions."""
    if not _are_positions(where):
        inputs = where if isinstance(where, tuple) else (where,)
        at = list(range(len(inputs))) if isinstance(where, tuple) else 0
        return _of_function(matrix, name, f, at)(*inputs)

    def evaluate(*args: Any, **kwargs: Any) -> Any:
        call = called(f, args, kwargs, _positions(where))
        if any(spec != () for spec in call.specs) or not isinstance(call.result, Tensor):
            raise ArgumentError(
                name, "functions of tensors that give one tensor have one", hint="differentiate parts"
            )
        rows = matrix([call.result], list(call.variables))
        found = [[call.given_back(t) for t in row] for row in rows]
        if isinstance(where, int):
            return found[0][0]
        return tuple(map(tuple, found)) if matrix is _hessian else tuple(found[0])

    return evaluate


def _are_positions(where: Any) -> bool:
    parts = where if isinstance(where, (tuple, list)) else [where]
    return all(type(p) is int for p in parts)


def _jacobian(outputs: list[Tensor], targets: list[Tensor]) -> list[list[Tensor]]:
    for target in targets:
        if not isinstance(target, Tensor):
            raise ArgumentError("jacobian", f"the derivative by a {type(target).__name__} is not defined")
    nodes = [jacobian_nodes(y.node, [t.node for t in targets]) for y in outputs]
    return [evaluated(row, [y, *targets]) for row, y in zip(nodes, outputs, strict=True)]


def _hessian(outputs: list[Tensor], targets: list[Tensor]) -> list[list[Tensor]]:
    (y,) = outputs
    if not all(same(s, 1) for s in y.shape):
        raise GradientError(
            "hessian", f"second derivatives are those of a scalar, not of shape {show(y.shape)}"
        )
    wrt = [t.node for t in targets]
    first = gradients.grad_nodes(reshape(y.node, ()), wrt)
    nodes = [jacobian_nodes(g, wrt, related=False) for g in first]
    return [evaluated(row, [y, *targets]) for row in nodes]


def jacobian_nodes(y: Node, wrt: Sequence[Node], related: bool = True) -> list[Node]:
    """The jacobians of `y` by each of `wrt`: a loop over the elements of `y`.

    related: it is an error that `y` does not depend on one of them; else its jacobian is zero.
    """
    gradients.check_floats(y, wrt)
    size = product(y.shape)
    flat = reshape(y, (size,))

    def row(seed: Node) -> list[Node]:
        found = gradients.vjp_nodes([flat], [seed], wrt)
        missing = gradients.unrelated if related else lambda _, x: gradients.zeros_like(x)
        return [g if g is not None else missing(y, x) for g, x in zip(found, wrt, strict=True)]

    if size == 1:
        rows = row(gradients.ones_like(flat))
    else:
        _, rows = scan_nodes(lambda _, seeds: ([], row(seeds[0])), [], [eye(size, dtype=y.dtype)])
    return [reshape(r, (*y.shape, *x.shape)) for r, x in zip(rows, wrt, strict=True)]


# ----------------------------------------------------------------------------------------- vjp and jvp
def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """The value of `f` and the function from weights of its elements to the gradients by every argument.

    >>> import limpide as lp, numpy as np
    >>> y, pull = lp.vjp(lambda x: x ** 2, np.float64([1, 2]))
    >>> pull(np.float64([1, 10]))
    (tensor([ 2., 40.], dtype=float64),)
    """
    call = called(f, primals, {}, range(len(primals)))
    leaves, spec = nest.flatten(call.result)
    outputs = [astensor(leaf) for leaf in leaves]

    def pull(weights: Any) -> tuple[Any, ...]:
        seeds = _like("vjp", "a weight", nest.flatten(weights)[0], outputs)
        wrt = [v.node for v in call.variables]
        found = gradients.vjp_nodes([o.node for o in outputs], [s.node for s in seeds], wrt)
        nodes = [g if g is not None else gradients.zeros_like(x) for g, x in zip(found, wrt, strict=True)]
        tensors = evaluated(nodes, [*outputs, *seeds, *call.variables])
        return tuple(call.arranged([call.given_back(t) for t in tensors]))

    return nest.unflatten(spec, [call.given_back(o) for o in outputs]), pull


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f` and its derivative along `tangents`, one per argument, nested as it.

    The gradient is linear in the weights of the elements; its own gradient by them is this derivative.

    >>> import limpide as lp, numpy as np
    >>> lp.jvp(lambda x: x ** 2, [np.float64([1, 2])], [np.float64([1, 10])])[1]
    tensor([ 2., 40.], dtype=float64)
    """
    call = called(f, primals, {}, range(len(primals)))
    leaves, spec = nest.flatten(call.result)
    outputs = [astensor(leaf) for leaf in leaves]
    along = _like("jvp", "a tangent", nest.flatten(list(tangents))[0], call.variables)
    weights = [placeholder("weight", o.shape, o.dtype) for o in outputs]
    wrt = [v.node for v in call.variables]
    back = gradients.vjp_nodes([o.node for o in outputs], weights, wrt)
    moved = [(g, t.node) for g, t in zip(back, along, strict=True) if g is not None]
    found = gradients.vjp_nodes([g for g, _ in moved], [t for _, t in moved], weights)
    nodes = [
        g if g is not None else gradients.zeros_like(o.node) for g, o in zip(found, outputs, strict=True)
    ]
    nodes = replace(nodes, {w: gradients.zeros_like(w) for w in weights})
    tensors = evaluated(nodes, [*outputs, *along, *call.variables])
    values = nest.unflatten(spec, [call.given_back(o) for o in outputs])
    return values, nest.unflatten(spec, [call.given_back(t) for t in tensors])


def _like(op: str, what: str, given: Sequence[Any], models: Sequence[Tensor]) -> list[Tensor]:
    """Tensors of the shapes and dtypes of the models."""
    tensors = [astensor(g) for g in given]
    if len(tensors) != len(models):
        raise ArgumentError(op, f"{len(models)} are needed, {len(tensors)} are given")
    for t, m in zip(tensors, models, strict=True):
        if len(t.shape) != len(m.shape) or not all(map(same, t.shape, m.shape)):
            raise ShapeError(op, f"{what} of shape {show(t.shape)} is given for {show(m.shape)}")
    return [t if t.dtype == m.dtype else t.astype(m.dtype) for t, m in zip(tensors, models, strict=True)]


__all__ = ["grad", "hessian", "jacobian", "jvp", "value_and_grad", "vjp"]


# ------------------------------------------------------------------------------------- recomputation
def checkpoint(f: Function) -> Function:
    """`f` as before, but its gradient computes again what `f` computed inside, instead of keeping it.

    For functions with large intermediate results: what goes into f is kept, memory falls, and time grows by
    one more run of f. Values are the same, random numbers too. In eager code f is only called: what it
    computes is kept there. A function of several outputs is computed again for each of them.
    Formula: Griewank and Walther, Algorithm 799 (2000).

    >>> import limpide as lp
    >>> x = lp.input("x", (3,))
    >>> y = lp.checkpoint(lambda t: lp.exp(lp.sin(t)))(x)
    >>> float(lp.function([x], lp.grad(y.sum(), x))([0.0, 0.0, 0.0])[0])
    1.0
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        leaves, _ = nest.flatten([list(args), kwargs])
        arguments = [t.node for t in leaves if isinstance(t, Tensor) and t.value is None]
        since = placeholder("checkpoint", (), BOOL).serial
        outputs, spec = nest.flatten(f(*args, **kwargs))
        return nest.unflatten(spec, [_marked(t, arguments, since) for t in outputs])

    functools.update_wrapper(run, f, updated=())
    return run


def _marked(t: Any, arguments: Sequence[Node], since: int) -> Any:
    if not isinstance(t, Tensor) or isinstance(t, Parameter) or t.value is not None:
        return t
    return Tensor(mark(t.node, arguments, since))
