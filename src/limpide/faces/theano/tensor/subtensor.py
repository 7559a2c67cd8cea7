"""Parts of tensors: reading them, putting values in, adding to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....dtypes import is_float
from ....errors import SymbolicError
from ....grad import vjp_nodes
from ....ops.loop import placeholder
from ....tensor import Tensor, TensorFunction, functions
from ... import record
from ...record import NeedsValue, Symbol, Unknown, concrete
from ..gof import recipes
from ..gof.graph import Between, Variable, apply
from ..gof.op import Named
from .elemwise import as_dtype
from .type import formula
from .var import TensorConstant, as_tensor_variable, dtype_of, pattern_of

broadcast_to: TensorFunction = functions["broadcast_to"]


class Subtensor(Named):
    """x[integers and slices]."""


class AdvancedSubtensor(Named):
    """x[index arrays]."""


class IncSubtensor(Named):
    """A tensor with a part changed."""


class AdvancedIncSubtensor(Named):
    """A tensor with elements at index arrays changed."""


AdvancedSubtensor1 = AdvancedSubtensor
AdvancedIncSubtensor1 = AdvancedIncSubtensor


def getitem(x: Any, args: Any) -> Any:
    """`x[args]`: integers, slices, None, ..., index arrays and masks, each also symbolic."""
    entries = _entries(x, args if isinstance(args, tuple) else (args,))
    if entries[:1] == (-1,):
        x = vars(x).get("repeated", x)  # a loop with a condition, whose last step stands for those after it
    rank = len(pattern_of(x))
    used = sum(e is not None and e is not Ellipsis for e in entries)
    if used > rank:
        raise IndexError("too many indices for array")
    advanced = any(_is_array(e) for e in entries)
    op = AdvancedSubtensor("AdvancedSubtensor") if advanced else Subtensor(f"Subtensor{{{_shown(entries)}}}")

    def known() -> Tensor:
        try:
            with record.guessing():
                return part(x.formula, *record.mapped(entries, lambda s: s.formula))
        except SymbolicError:
            return formula(dtype_of(x), _rank(entries, rank))

    return apply(op, part, (x, *entries), known=known)


def _entries(x: Any, args: Sequence[Any]) -> tuple[Any, ...]:
    """What stands between the brackets: lists as constants, masks as the positions where they hold."""
    found: list[Any] = []
    for a in args:
        if isinstance(a, (list, np.ndarray)) and np.ndim(a) == 0 and isinstance(a, np.ndarray):
            a = int(a)
        if isinstance(a, (list, np.ndarray)):
            a = as_tensor_variable(a)
        if isinstance(a, TensorConstant) and a.ndim == 0 and a.dtype != "bool":
            found.append(int(a.data))
        elif isinstance(a, Symbol):
            dtype = dtype_of(a)
            if dtype == "bool":
                found += nonzero(a)
            elif dtype.startswith(("int", "uint")):
                found.append(a)
            else:
                raise TypeError(f"Expected an integer: {a} of dtype {dtype} is no index", a)
        elif isinstance(a, (bool, np.bool_)):
            raise TypeError(f"{a} is no index")
        elif a is None or a is Ellipsis or isinstance(a, slice):
            found.append(_plain_slice(a) if isinstance(a, slice) else a)
        elif isinstance(a, (int, np.integer)):
            found.append(int(a))
        else:
            raise TypeError(f"an index is an integer, a slice, None, ... or integers, not {a!r}")
    return tuple(found)


def _plain_slice(s: slice) -> slice:
    def plain(bound: Any) -> Any:
        if isinstance(bound, TensorConstant):
            return int(bound.data)
        if isinstance(bound, (np.ndarray, np.generic)):
            return int(bound)
        if isinstance(bound, float):
            raise TypeError(f"a slice's bound is an integer, not {bound}")
        return bound

    return slice(plain(s.start), plain(s.stop), plain(s.step))


def _is_array(entry: Any) -> bool:
    return isinstance(entry, Symbol) and len(pattern_of(entry)) > 0


def _shown(entries: Sequence[Any]) -> str:
    def one(e: Any) -> str:
        if isinstance(e, slice):
            return (
                "::"
                if e == slice(None)
                else ":".join("" if b is None else _kind(b) for b in (e.start, e.stop, e.step))
            )
        return _kind(e)

    return ", ".join(map(one, entries))


def _kind(e: Any) -> str:
    return dtype_of(e) if isinstance(e, Symbol) else "int64" if isinstance(e, int) else str(e)


def _rank(entries: Sequence[Any], rank: int) -> int:
    """The number of axes of a part."""
    arrays = [len(pattern_of(e)) for e in entries if _is_array(e)]
    single = sum(isinstance(e, int) or (isinstance(e, Symbol) and not _is_array(e)) for e in entries)
    new = sum(e is None for e in entries)
    return rank - single + new - len(arrays) + max(arrays, default=0)


def part(x: Tensor, *entries: Any) -> Tensor:
    """The part in a run: bounds that are known are numbers, lengths that depend on values are looked at."""
    index = tuple(_bounds(e) if isinstance(e, slice) else e for e in entries)
    try:
        return x[index]
    except SymbolicError:
        if record.is_guess():
            raise
        return x[tuple(_looked_at(e) if isinstance(e, slice) else e for e in index)]


def _bounds(s: slice) -> slice:
    return slice(_number(s.start), _number(s.stop), _number(s.step))


def _number(bound: Any) -> Any:
    """A number where the bound depends on no input."""
    if not isinstance(bound, Tensor):
        return bound
    try:
        return int(concrete(bound))
    except (NeedsValue, Unknown):
        return bound


def _looked_at(s: slice) -> slice:
    return slice(*(None if b is None else int(concrete(b)) for b in (s.start, s.stop, s.step)))


# ------------------------------------------------------------------------------------------- putting in
def set_subtensor(x: Any, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False) -> Any:
    """The whole of which `x` is a part, with `y` in the place of the part."""
    return _changed(x, y, _put, "SetSubtensor")


def inc_subtensor(
    x: Any,
    y: Any,
    inplace: bool = False,
    set_instead_of_inc: bool = False,
    tolerate_inplace_aliasing: bool = False,
) -> Any:
    """The whole of which `x` is a part, with `y` added to the part; where an index repeats, every time."""
    return _changed(x, y, _put if set_instead_of_inc else _add, "IncSubtensor")


def _changed(x: Any, y: Any, build: Any, name: str) -> Any:
    y = as_tensor_variable(y)
    owner = x.owner if isinstance(x, Variable) else None
    if owner is None:
        raise TypeError("x must be the result of a subtensor operation, such as v[:3]", x)
    if not isinstance(owner.op, (Subtensor, AdvancedSubtensor)):
        return _through_view(x, owner, y, build, name)
    if len(pattern_of(y)) > x.ndim:
        raise TypeError(
            f"Trying to increment a {x.ndim}-dimensional subtensor with a "
            f"{len(pattern_of(y))}-dimensional value."
        )
    whole, *entries = x.source.args
    op = (IncSubtensor if isinstance(owner.op, Subtensor) else AdvancedIncSubtensor)(name)
    return apply(op, build, (whole, y, *entries), known=lambda: whole.formula)


def _through_view(x: Any, owner: Any, y: Any, build: Any, name: str) -> Any:
    """A part that was reshaped or whose axes were moved since: the value goes back the same way."""
    inner = owner.inputs[0] if owner.inputs else None
    order = getattr(owner.op, "new_order", None)
    if order is not None and inner is not None:
        axes = [o for o in order if o != "x"]
        if len(axes) == len(order) == inner.ndim:
            padded = y.dimshuffle(*["x"] * (x.ndim - y.ndim), *range(y.ndim))
            back = padded.dimshuffle(*[axes.index(a) for a in range(len(axes))])
            return _changed(inner, back, build, name)
    raise TypeError("x must be the result of a subtensor operation, such as v[:3]", x)


def _put(x: Tensor, y: Tensor, *entries: Any) -> Tensor:
    index = tuple(_bounds(e) if isinstance(e, slice) else e for e in entries)
    new = Tensor(x.node)
    try:
        new[index] = as_dtype(y, x.dtype.name)
    except SymbolicError:
        if record.is_guess():
            raise
        new[tuple(_looked_at(e) if isinstance(e, slice) else e for e in index)] = as_dtype(y, x.dtype.name)
    return new


def _add(x: Tensor, y: Tensor, *entries: Any) -> Tensor:
    """What is added goes the way of the gradient of reading the part."""
    work = x.dtype if is_float(x.dtype) else np.dtype("float64")
    base = Tensor(placeholder("x", x.shape, work))
    chosen = part(base, *entries)
    value = broadcast_to(as_dtype(y, work.name), chosen.shape)
    back = vjp_nodes([chosen.node], [value.node], [base.node])[0]
    return x if back is None else x + as_dtype(Tensor(back), x.dtype.name)


# --------------------------------------------------------------------------------------------- nonzero
def nonzero(a: Any, return_matrix: bool = False) -> Any:
    """The positions of elements that are not zero: one vector per axis, found between native calls."""
    a = as_tensor_variable(a)
    rank = a.ndim
    if rank == 0:
        raise ValueError("Nonzero only supports non-scalar arrays.")
    outputs = apply(
        Named("Nonzero"),
        lambda array: tuple(i.astype(np.int64) for i in np.nonzero(array)),
        (a,),
        count=rank,
        known=lambda: [formula("int64", 1) for _ in range(rank)],
        kind=Between,
    )
    if return_matrix:
        return as_tensor_variable(list(outputs))
    return tuple(outputs)


__all__ = [
    "AdvancedIncSubtensor", "AdvancedIncSubtensor1", "AdvancedSubtensor", "AdvancedSubtensor1",
    "IncSubtensor", "Subtensor", "getitem", "inc_subtensor", "nonzero", "part", "set_subtensor",
]  # fmt: skip

recipes.keep("subtensor", globals(), __all__)
