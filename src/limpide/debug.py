"""Looking into code that runs: watch a value, check for NaN, stop at a condition.

The same words work eagerly, in `@lp.compile`, under `lp.scan` and in models that `fit` trains. In compiled
code the value is one more result of the function, looked at after each call; the numbers are those of the
code without it, up to rounding.

>>> import numpy as np
>>> import limpide as lp
>>> @lp.compile
... def f(x):
...     hidden = lp.debug.watch("hidden", lp.tanh(x))
...     return (lp.debug.check_numerics(hidden) ** 2).sum()
>>> float(f(np.zeros(3))), lp.debug.values()["hidden"]
(0.0, array([0., 0., 0.]))
"""

from __future__ import annotations

from typing import Any

from .errors import user_frame
from .graph import Array
from .taps import Kind, Stopped, Tap, formulas, report, watched
from .tensor import Tensor, astensor
from .tracing import current

__all__ = ["Stopped", "check_numerics", "clear", "stop_when", "values", "watch"]


def watch(name: str, t: Any) -> Tensor:
    """`t` as it is; its value, of any shape and dtype, can be read from `values()` after the call.

    Inside of a loop it is the value of the last step that was done.

    >>> import numpy as np
    >>> watch("twice", np.arange(3) * 2)
    tensor([0, 2, 4], dtype=int64)
    >>> values()["twice"]
    array([0, 2, 4])
    """
    return _tapped("watch", name, astensor(t))


def check_numerics(t: Any, name: str = "") -> Tensor:
    """`t` as it is; raises NumericsError, with this line, after a call in which it has a NaN or an Inf.

    State that the call assigns has its new values then. Inside of a loop the first bad value is told of,
    after the loop; `fit` looks after every step.

    >>> import numpy as np
    >>> check_numerics(np.ones(2), "ones")
    tensor([1., 1.], dtype=float64)
    """
    return _tapped("check_numerics", name, astensor(t))


def stop_when(condition: Any, name: str = "") -> None:
    """Raise Stopped, with this line, after a call in which the condition holds (any element of it).

    Inside of a loop it is raised after the loop; `fit` stops after that step.

    >>> import numpy as np
    >>> stop_when(np.array([1.0, 2.0]) > 5)
    """
    _tapped("stop_when", name or "the condition", astensor(condition))


def values() -> dict[str, Array]:
    """What was watched last, by name."""
    return dict(watched)


def clear() -> None:
    """Forget the watched values, and what formulas of `lp.input` were asked to be looked at."""
    watched.clear()
    formulas.clear()


def _tapped(kind: Kind, name: str, t: Tensor) -> Tensor:
    where, value = user_frame(), t.value
    if value is not None:
        report([Tap(kind, name, t.node, where)], [value])
        return t
    trace = current()
    (formulas if trace is None else trace.taps).append(Tap(kind, name, t.node, where))
    return t
