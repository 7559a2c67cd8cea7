"""The number of the step, and learning rates that depend on it."""

from __future__ import annotations

import math
from typing import Any

from ....nn.words import lp
from ..graph import Graph, GraphKeys, get_default_graph, get_default_session
from ..initializers import Zeros
from ..recording import op, tensor
from ..scopes import get_variable
from ..variables import Variable


def get_global_step(graph: Graph | None = None) -> Any:
    """The variable that counts the steps of a graph, or None."""
    found = (graph or get_default_graph()).get_collection(GraphKeys.GLOBAL_STEP)
    return found[0] if found else None


def create_global_step(graph: Graph | None = None) -> Any:
    """Make the variable that counts steps. Raises ValueError where there is one."""
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return get_variable(
            GraphKeys.GLOBAL_STEP, [], "int64", Zeros("int64"), trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )  # fmt: skip


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def assert_global_step(global_step_tensor: Any) -> None:
    """Raise TypeError for what is no counter."""
    if not isinstance(global_step_tensor, Variable) or not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(f"Existing 'global_step' must be an integer variable: {global_step_tensor}")


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The number of the step in a session."""
    return int((sess or get_default_session()).run(global_step_tensor))


def _given(rate: Any, step: Any, *others: Any) -> list[Any]:
    r = tensor(rate)
    return [r, tensor(step).astype(r.dtype), *(tensor(o).astype(r.dtype) for o in others)]


@op("ExponentialDecay", gradient=False)
def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: Any = None,
) -> Any:
    """rate * decay_rate^(step / decay_steps); staircase: whole powers only."""
    rate, step, every, factor = _given(learning_rate, global_step, decay_steps, decay_rate)
    p = step / every
    return rate * factor ** (lp.floor(p) if staircase else p)


@op("NaturalExpDecay", gradient=False)
def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: Any = None,
) -> Any:
    """rate * exp(-decay_rate * step / decay_steps)."""
    rate, step, every, factor = _given(learning_rate, global_step, decay_steps, decay_rate)
    p = step / every
    return rate * lp.exp(-factor * (lp.floor(p) if staircase else p))


@op("InverseTimeDecay", gradient=False)
def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: Any = None,
) -> Any:
    """rate / (1 + decay_rate * step / decay_steps)."""
    rate, step, every, factor = _given(learning_rate, global_step, decay_steps, decay_rate)
    p = step / every
    return rate / (1 + factor * (lp.floor(p) if staircase else p))


@op("PolynomialDecay", gradient=False)
def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: Any = None,
) -> Any:
    """From the rate to the last one in decay_steps; cycle: then again, each time longer."""
    rate, step, steps, last, power = _given(learning_rate, global_step, decay_steps, end_learning_rate, power)
    if cycle:
        steps = steps * lp.maximum(lp.ceil(step / steps), 1)
    else:
        step = lp.minimum(step, steps)
    return (rate - last) * (1 - step / steps) ** power + last


@op("PiecewiseConstant", gradient=False)
def _piecewise(x: Any, boundaries: Any, values: Any, name: Any = None) -> Any:
    step = tensor(x)
    rates = [tensor(v) for v in values]
    result = rates[0]
    for boundary, rate in zip(boundaries, rates[1:], strict=True):
        result = lp.where(step > tensor(boundary).astype(step.dtype), rate, result)
    return result


def piecewise_constant(x: Any, boundaries: Any, values: Any, name: Any = None) -> Any:
    """values[0] up to the first boundary, it included, then values[1], ..."""
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    return _piecewise(x, list(boundaries), list(values), name=name)


piecewise_constant_decay = piecewise_constant


@op("CosineDecay", gradient=False)
def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: Any = 0.0, name: Any = None
) -> Any:
    """Half a cosine from the rate to alpha times the rate (Loshchilov and Hutter 2016)."""
    rate, step, steps, alpha = _given(learning_rate, global_step, decay_steps, alpha)
    cosine = 0.5 * (1 + lp.cos(math.pi * lp.minimum(step, steps) / steps))
    return rate * ((1 - alpha) * cosine + alpha)


@op("CosineDecayRestarts", gradient=False)
def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: Any = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: Any = None,
) -> Any:
    """Half cosines, each t_mul times as long and from m_mul times the rate of the one before."""
    rate, step, first, longer, lower, alpha = _given(
        learning_rate, global_step, first_decay_steps, t_mul, m_mul, alpha
    )
    done = step / first
    same = longer == 1
    factor = lp.where(same, 2, longer)
    rounds = lp.where(same, lp.floor(done), lp.floor(lp.log(1 - done * (1 - factor)) / lp.log(factor)))
    before = lp.where(same, rounds, (1 - factor**rounds) / (1 - factor))
    within = (done - before) / lp.where(same, 1, factor**rounds)
    cosine = 0.5 * lower**rounds * (1 + lp.cos(math.pi * within))
    return (rate * ((1 - alpha) * cosine + alpha)).astype(rate.dtype)


@op("LinearCosineDecay", gradient=False)
def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: Any = None,
) -> Any:
    """A line times a cosine (Bello et al. 2017)."""
    rate, step, steps = _given(learning_rate, global_step, decay_steps)
    step = lp.minimum(step, steps)
    cosine = 0.5 * (1 + lp.cos(2 * math.pi * num_periods * step / steps))
    return rate * ((alpha + (steps - step) / steps) * cosine + beta)


def noisy_linear_cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, initial_variance: Any = 1.0,
    variance_decay: Any = 0.55, num_periods: Any = 0.5, alpha: Any = 0.0, beta: Any = 0.001, name: Any = None,
) -> Any:  # fmt: skip
    """As linear_cosine_decay, without the noise."""
    return linear_cosine_decay(learning_rate, global_step, decay_steps, num_periods, alpha, beta, name=name)
