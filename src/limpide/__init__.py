"""limpide: deep learning that you can see through.

>>> import limpide as lp
>>> x = lp.input("x", ())
>>> f = lp.function([x], lp.grad(x ** 2, x))
>>> float(f(3.0))
6.0
"""

from typing import Any

from .compile import compile, function, input, scan
from .config import config
from .derivatives import checkpoint, grad, hessian, jacobian, jvp, value_and_grad, vjp
from .dtypes import bfloat16
from .errors import LimpideError, UnknownNameError, install_excepthook
from .tensor import Parameter, Tensor, astensor, from_dlpack, functions, parameter, tensor
from .version import VERSION

__version__ = VERSION

# The learning side, imported when it is first used.
LATER = (
    "nn", "optim", "data", "debug", "io", "train", "random", "sklearn", "explain", "labs", "onnx", "export",
)  # fmt: skip

install_excepthook()
globals().update(functions)


def __getattr__(name: str) -> Any:
    """The learning side is imported when it is first used, so that `import limpide` stays light."""
    import difflib
    import importlib

    if name in LATER:
        return importlib.import_module(f".{name}", __name__)
    near = difflib.get_close_matches(name, __all__, n=1)
    hint = f"did you mean 'lp.{near[0]}'?" if near else None
    raise UnknownNameError("limpide", f"there is no 'limpide.{name}'", hint=hint)


__all__ = [
    "LimpideError", "Parameter", "Tensor", "astensor", "bfloat16", "checkpoint", "compile", "config",
    "from_dlpack", "function", "grad", "hessian", "input", "jacobian", "jvp", "parameter", "scan", "tensor",
    "value_and_grad", "vjp", *sorted(functions),
]  # fmt: skip
