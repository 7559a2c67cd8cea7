"""Stability: formulas that overflow or cancel become ones that do neither.

Values change where the old formula lost them: the new one is the value that mathematics gives.
Exponentials, sums of them, softmax and sigmoid are never zero there, so they can be cancelled.
"""

from __future__ import annotations

from ..graph import Node
from ..ops.map import (
    divide,
    exp,
    expm1,
    log,
    log1p,
    log_sigmoid,
    negative,
    sigmoid,
    softplus,
    tanh,
)
from ..ops.reduce import max, sum
from ..ops.statistics import logsumexp
from ..ops.view import reshape
from ..rewrite import Table
from .fold import MAPS
from .match import (
    again,
    filled,
    is_number,
    number,
    one_minus,
    operand,
    plus_number,
    repeat,
    repeated,
    squeezed,
)
from .products import factors, is_softmax, is_sum_of, pairs, with_factors

stable = Table("stable")


# ---------------------------------------------------------------------------------------- what things are
def is_sum_of_exp(node: Node) -> bool:
    found = repeated(node)
    source = found[0] if found is not None else node
    return source.op.name == "sum" and source.inputs[0].op.name == "exp"


def is_one_plus_exp(node: Node) -> bool:
    e = plus_number(node, 1)
    return e is not None and e.op.name == "exp"


def is_shifted(x: Node) -> bool:
    """Whether the node is y less the maximum of y."""
    return x.op.name == "subtract" and _has_maximum(x.inputs[1], x.inputs[0], 6)


def _has_maximum(node: Node, y: Node, depth: int) -> bool:
    if node.op.name == "max":
        return node.inputs[0] is y
    return (
        depth > 0
        and node.op.name in ("broadcast_to", "reshape", "where")
        and any(_has_maximum(i, y, depth - 1) for i in node.inputs)
    )


def is_complement(node: Node) -> bool:
    """Whether the node is 1 - sigmoid(x)."""
    p = one_minus(node)
    return p is not None and p.op.name == "sigmoid"


VIEWS = ("broadcast_to", "reshape", "transpose", "slice", "dynamic_slice", "take", "flip")


def never_zero(node: Node) -> bool:
    """Whether mathematics says that every element is positive."""
    while node.op.name in VIEWS:
        node = node.inputs[0]
    if node.op.name in ("exp", "sigmoid", "softplus") or is_softmax(node) or is_complement(node):
        return True
    if node.op.name == "sum":
        return node.inputs[0].op.name == "exp"
    return is_one_plus_exp(node)


def opposed(a: Node, b: Node) -> bool:
    """Whether a is -b."""
    if operand(a, "negative") is b or operand(b, "negative") is a:
        return True
    if a.op.name != "multiply" or b.op.name != "multiply" or a.inputs[0] is not b.inputs[0]:
        return False
    c, d = number(a.inputs[1]), number(b.inputs[1])
    return c is not None and d is not None and bool(c == -d)


def same_value(a: Node, b: Node) -> bool:
    """Whether two nodes are one, or sigmoid(-x) and 1 - sigmoid(x)."""
    if a is b:
        return True
    for one, other in ((a, b), (b, a)):
        p = one_minus(one)
        if p is not None and p.op.name == other.op.name == "sigmoid":
            return opposed(p.inputs[0], other.inputs[0])
    return False


@stable.rule(*MAPS)
def unit_axes_aside(node: Node) -> Node | None:
    """Functions are taken without axes of size 1, so that equal factors are seen to be equal."""
    shape = squeezed(node.shape)
    if not any(i.op.name == "reshape" and i.inputs[0].shape == shape for i in node.inputs):
        return None
    return reshape(again(node, *(reshape(i, shape) for i in node.inputs)), node.shape)


# -------------------------------------------------------------------------------------------- products
@stable.rule("multiply", "divide")
def cancel(node: Node) -> Node | None:
    """(a / p) * p is a, where p is an exponential, a softmax or a sigmoid: 0 / 0 where p underflows."""
    for factor, divisor in pairs(node):
        if same_value(factor.node, divisor.node) and never_zero(divisor.node):
            return with_factors(node, {factor.path: None, divisor.path: None})
    return None


@stable.rule("multiply", "divide")
def softmax_in_product(node: Node) -> Node | None:
    """(a / sum(e)) * e is a * (e / sum(e)), for an exponential e: the ratio is a softmax."""
    for factor, divisor in pairs(node):
        e = factor.node
        if e.op.name == "exp" and is_sum_of(divisor.node, e) and not is_softmax(node):
            return with_factors(node, {factor.path: divide(e, divisor.node), divisor.path: None})
    return None


@stable.rule("multiply")
def softmax_of_repeated_divisor(node: Node) -> Node | None:
    """e * (a / sum(e)), with the quotient repeated, is a * (e / sum(e)): the ratio is a softmax."""
    for e, scale in (node.inputs, node.inputs[::-1]):
        found = repeated(scale)
        if (
            e.op.name != "exp"
            or found is None
            or found[0].op.name not in ("multiply", "divide", "reciprocal")
        ):
            continue
        source, axes = found
        for divisor in factors(source):
            total = divisor.node
            if not divisor.divides or total.op.name != "sum" or total.inputs[0] is not e:
                continue
            if total.attr("axes") != axes or (is_shifted(e.inputs[0]) and source.op.name != "reciprocal"):
                continue
            softmax = divide(e, repeat(total, axes, e.shape))
            return softmax * repeat(with_factors(source, {divisor.path: None}), axes, e.shape)
    return None


@stable.rule("multiply", "divide")
def sigmoid_in_product(node: Node) -> Node | None:
    """(a / (1 + e)) * e is a * sigmoid(x), for e = exp(x): Inf / Inf where e overflows."""
    for factor, divisor in pairs(node):
        e = factor.node
        if e.op.name == "exp" and plus_number(divisor.node, 1) is e:
            return with_factors(node, {factor.path: sigmoid(e.inputs[0]), divisor.path: None})
    return None


@stable.rule("multiply")
def sigmoid_times_exp(node: Node) -> Node | None:
    """sigmoid(x) * exp(-x) is sigmoid(-x): 0 * Inf where exp overflows."""
    found = [f for f in factors(node) if not f.divides and f.node.op.name in ("sigmoid", "exp")]
    for e in found:
        for p in found:
            if (
                e.node.op.name == "exp"
                and p.node.op.name == "sigmoid"
                and opposed(e.node.inputs[0], p.node.inputs[0])
            ):
                return with_factors(node, {e.path: sigmoid(e.node.inputs[0]), p.path: None})
    return None


@stable.rule("multiply")
def distribute(node: Node) -> Node | None:
    """(a / p + b) * p is a + b * p, where p is an exponential, a softmax or a sigmoid."""
    found = [f for f in factors(node) if not f.divides]
    rest = [f.node for f in found if never_zero(f.node)]
    for total in found:
        if total.node.op.name in ("add", "subtract") and rest:
            a, b = total.node.inputs
            if _divided_by(a, rest, 2) or _divided_by(b, rest, 2):
                parts = (with_factors(node, {total.path: term}) for term in (a, b))
                return again(total.node, *parts)
    return None


def _divided_by(node: Node, candidates: list[Node], depth: int) -> bool:
    if node.op.name in ("add", "subtract", "negative"):
        return depth > 0 and any(_divided_by(i, candidates, depth - 1) for i in node.inputs)
    return any(f.divides and any(same_value(f.node, c) for c in candidates) for f in factors(node))


# ------------------------------------------------------------------------------------- sums of exponentials
@stable.rule("divide")
def shifted_softmax(node: Node) -> Node | None:
    """exp(x) / sum(exp(x)) is the same for x less its maximum, and does not overflow."""
    if not is_softmax(node) or is_shifted(node.inputs[0].inputs[0]):
        return None
    x = node.inputs[0].inputs[0]
    _, axes = repeated(node.inputs[1]) or (None, ())
    e = exp(x - repeat(max(x, axes), axes, x.shape))
    return divide(e, repeat(sum(e, axes), axes, x.shape))


@stable.rule("log")
def log_of_softmax(node: Node) -> Node | None:
    """log(exp(x) / sum(exp(x))) is x - log(sum(exp(x))): finite where the quotient underflows."""
    p = node.inputs[0]
    return p.inputs[0].inputs[0] - log(p.inputs[1]) if is_softmax(p) else None


@stable.rule("log")
def log_of_part(node: Node) -> Node | None:
    """The logarithm of a part of a softmax or a sigmoid is a part of its logarithm."""
    part = node.inputs[0]
    if part.op.name not in ("take", "slice", "dynamic_slice", "flip"):
        return None
    source = part.inputs[0]
    whole = source.inputs[0] if source.op.name in ("reshape", "transpose") else source
    if whole.op.name not in ("exp", "sigmoid") and not is_softmax(whole) and not is_complement(whole):
        return None
    return again(part, log(source), *part.inputs[1:])


@stable.rule("scatter_add")
def scatter_of_quotient(node: Node) -> Node | None:
    """Scattering g / take(p) is scattering g, over p: the gradient of the logarithm of a part."""
    source, positions = node.inputs
    if source.op.name not in ("divide", "reciprocal"):
        return None
    part = source.inputs[-1]
    g = source.inputs[0] if source.op.name == "divide" else filled(1, source)
    if part.op.name != "take" or part.inputs[1] is not positions or part.attr("axis") != node.attr("axis"):
        return None
    p = part.inputs[0]
    return again(node, g, positions) / p if p.shape == node.shape and never_zero(p) else None


@stable.rule("log")
def log_of_sum_of_exp(node: Node) -> Node | None:
    """log(sum(exp(x))) is taken of x less its maximum, which is added again."""
    total = node.inputs[0]
    if total.op.name != "sum" or total.inputs[0].op.name != "exp" or is_shifted(total.inputs[0].inputs[0]):
        return None
    return logsumexp(total.inputs[0].inputs[0], total.attr("axes"))


@stable.rule("log")
def log_of_scaled_sum_of_exp(node: Node) -> Node | None:
    """log(c * sum(exp(x))) is log(sum(exp(x))) + log(c), for a number c."""
    scaled = node.inputs[0]
    if scaled.op.name not in ("multiply", "divide") or not is_sum_of_exp(scaled.inputs[0]):
        return None
    c = number(scaled.inputs[1])
    if c is None or not c > 0:
        return None
    total, shift = log(scaled.inputs[0]), log(scaled.inputs[1])
    return total + shift if scaled.op.name == "multiply" else total - shift


@stable.rule("sum")
def sum_over_sum_of_exp(node: Node) -> Node | None:
    """sum(a / s) is sum(a) / s, for a sum of exponentials s that does not vary along the axes."""
    for factor in factors(node.inputs[0]):
        found = repeated(factor.node) if factor.divides else None
        if found is not None and found[1] == node.attr("axes") and is_sum_of_exp(found[0]):
            return again(node, with_factors(node.inputs[0], {factor.path: None})) / found[0]
    return None


@stable.rule("add", "subtract")
def common_sum_of_exp(node: Node) -> Node | None:
    """a / s + b / s is (a + b) / s, for a sum of exponentials s: gradients of softmax and sigmoid."""
    for term in node.inputs:
        for factor in factors(term):
            if factor.divides and (is_sum_of_exp(factor.node) or is_one_plus_exp(factor.node)):
                parts = [_times(i, factor.node, 3) for i in node.inputs]
                if parts[0] is not None and parts[1] is not None:
                    return again(node, parts[0], parts[1]) / factor.node
    return None


def _times(node: Node, s: Node, depth: int) -> Node | None:
    """The node times s where it is divided by s."""
    if depth == 0:
        return None
    if node.op.name in ("negative", "add", "subtract"):
        parts = [_times(i, s, depth - 1) for i in node.inputs]
        given = [part for part in parts if part is not None]
        return again(node, *given) if len(given) == len(parts) else None
    here, there = repeated(node), repeated(s)
    if here is not None and there is not None and here[1] == there[1]:
        inner = _times(here[0], there[0], depth - 1)
        return repeat(inner, here[1], node.shape) if inner is not None else None
    for factor in factors(node):
        if factor.divides and factor.node is s:
            return with_factors(node, {factor.path: None})
    return None


# -------------------------------------------------------------------------------------- sigmoid and others
@stable.rule("reciprocal")
def reciprocal_of_one_plus_exp(node: Node) -> Node | None:
    """1 / (1 + exp(-x)) is sigmoid(x)."""
    e = plus_number(node.inputs[0], 1)
    return sigmoid(negative(e.inputs[0])) if e is not None and e.op.name == "exp" else None


@stable.rule("subtract")
def product_with_complement(node: Node) -> Node | None:
    """x - x * p is x * (1 - p), for a sigmoid p: Inf - Inf where x is a quotient by 1 - p."""
    x, other = node.inputs
    for factor in factors(other):
        p = with_factors(other, {factor.path: None}) if factor.node is x and not factor.divides else None
        if p is not None and p.op.name == "sigmoid":
            return x * (1 - p)
    return None


@stable.rule("log")
def log_of_sigmoid(node: Node) -> Node | None:
    """log(sigmoid(x)) is finite where sigmoid underflows, log(1 - sigmoid(x)) where it rounds to 1."""
    p = node.inputs[0]
    if p.op.name == "sigmoid":
        return log_sigmoid(p.inputs[0])
    return log_sigmoid(negative(p.inputs[1].inputs[0])) if is_complement(p) else None


@stable.rule("log")
def log_of_one_plus_exp(node: Node) -> Node | None:
    """log(1 + exp(x)) is softplus(x)."""
    e = plus_number(node.inputs[0], 1)
    return softplus(e.inputs[0]) if e is not None and e.op.name == "exp" else None


@stable.rule("log1p")
def log1p_of_exp(node: Node) -> Node | None:
    """log1p(exp(x)) is softplus(x)."""
    x = operand(node.inputs[0], "exp")
    return softplus(x) if x is not None else None


@stable.rule("log")
def log_of_exp(node: Node) -> Node | None:
    """log(exp(x)) is x, also where exp overflows."""
    return operand(node.inputs[0], "exp")


@stable.rule("log")
def log_of_one_plus(node: Node) -> Node | None:
    """log(1 + x) loses the digits of a small x, log1p(x) does not."""
    x = plus_number(node.inputs[0], 1)
    return log1p(x) if x is not None else None


@stable.rule("log")
def log_of_one_minus(node: Node) -> Node | None:
    """log(1 - x) loses the digits of a small x, log1p(-x) does not."""
    x = one_minus(node.inputs[0])
    return log1p(negative(x)) if x is not None and x.op.name != "sigmoid" else None


@stable.rule("subtract", "add")
def exp_minus_one(node: Node) -> Node | None:
    """exp(x) - 1 loses the digits of a small x, expm1(x) does not."""
    e = (
        node.inputs[0]
        if node.op.name == "subtract" and is_number(node.inputs[1], 1)
        else plus_number(node, -1)
    )
    return expm1(e.inputs[0]) if e is not None and e.op.name == "exp" else None


@stable.rule("divide")
def tanh_of_exponentials(node: Node) -> Node | None:
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x)) is tanh(x)."""
    above, below = node.inputs
    if above.op.name != "subtract" or below.op.name != "add":
        return None
    a, b = above.inputs
    if a.op.name != "exp" or b.op.name != "exp" or set(below.inputs) != {a, b}:
        return None
    return tanh(a.inputs[0]) if opposed(a.inputs[0], b.inputs[0]) else None
