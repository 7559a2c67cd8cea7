# ruff: noqa: F401, F403
"""`theano.tensor`: symbolic tensors and their functions."""

from __future__ import annotations

from ... import missing
from .. import scalar as scal
from ..compile.sharedvalue import TensorSharedVariable, shared
from ..gradient import Lop, Rop, consider_constant, grad, hessian, jacobian, numeric_grad, verify_grad
from . import (
    basic,
    elemwise,
    extra_ops,
    nlinalg,
    nnet,
    operators,
    shared_randomstreams,
    signal,
    slinalg,
    subtensor,
    type,
)
from . import (
    sort as _sorting,
)
from . import (
    var as _variables,
)
from .basic import *
from .constructors import *
from .elementwise import elementwise, reductions
from .elemwise import CAReduce, DimShuffle, Elemwise, dimshuffle
from .extra_ops import *
from .nlinalg import matrix_dot
from .nnet import relu, sigmoid
from .shared_randomstreams import RandomStreams
from .slinalg import kron
from .sort import argsort, argtopk, sort, topk, topk_and_argtopk
from .special import *
from .subtensor import inc_subtensor, set_subtensor
from .type import TensorType
from .var import (
    AsTensorError,
    TensorConstant,
    TensorVariable,
    _tensor_py_operators,
    as_tensor,
    as_tensor_variable,
    constant,
)

TABLED = ("sum", "prod", "all", "any")
globals().update({name: op for name, op in elementwise.items() if name not in ("identity", "sigmoid")})
globals().update({name: reductions[name] for name in TABLED})
abs = elementwise["abs_"]
isnan_, isinf_ = elementwise["isnan"], elementwise["isinf"]
largest, smallest = max, min
div_proxy, mod_check = elementwise["true_div"], elementwise["mod"]
float_types = float_dtypes = scal.FLOATS
discrete_dtypes = scal.DISCRETE
int_types = int_dtypes = tuple(d for d in scal.DISCRETE if d.startswith("int"))
uint_types = uint_dtypes = tuple(d for d in scal.DISCRETE if d.startswith("uint"))
integer_dtypes = (*int_dtypes, *uint_dtypes)
continuous_dtypes = (*scal.FLOATS, *scal.complex_dtypes)
complex_dtypes = scal.complex_dtypes
all_dtypes = (*scal.DISCRETE, *continuous_dtypes)
ceil_int_div = basic.ceil_intdiv
vars(basic.var).update(
    TensorVariable=TensorVariable, TensorConstant=TensorConstant
)  # T.var is both in scripts

__getattr__ = missing.attributes("theano.tensor", globals())
