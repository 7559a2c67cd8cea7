"""tf.train.*Optimizer: gradients of a loss, and one operation that moves the variables."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from ....tensor import Tensor as EngineTensor
from ..arrays import IndexedSlices
from ..gradients import gradients
from ..graph import GraphKeys, Mode, Operation, get_default_graph
from ..math import scattered
from ..recording import Assign, apply, op, tensor
from ..variables import Variable, trainable_variables
from .rules import RULES, Rule

Pairs = list[tuple[Any, Any]]


class Optimizer:
    """What all optimizers share; `rule` names how a variable moves, `settings` are its numbers.

    A setting may be a number, a tensor, or a function that gives one.
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2
    rule = ""

    def __init__(self, use_locking: bool = False, name: str = "Optimizer", **settings: Any):
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._name, self._settings = name, settings
        self._slots: dict[str, dict[Any, Any]] = {}
        self._powers: dict[str, Any] = {}

    def get_name(self) -> str:
        return self._name

    @property
    def _rule(self) -> Rule:
        return RULES[self.rule]

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """An operation that moves the variables one step down the gradient of the loss.

        Raises ValueError where no variable is behind the loss.
        """
        pairs = self.compute_gradients(loss, var_list, grad_loss=grad_loss)
        if all(g is None for g, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support "
                f"gradients, between variables {[str(v) for _, v in pairs]} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> Pairs:
        """Pairs (gradient, variable); by default of all trainable variables."""
        if Mode.eager or callable(loss):
            pairs: Pairs = eager_gradients[0](loss, var_list)
            return pairs
        wanted = trainable_variables() if var_list is None else _flat(var_list)
        if not wanted:
            raise ValueError("No variables to optimize.")
        found = gradients(loss, wanted, None if grad_loss is None else [grad_loss])
        return list(zip(found, wanted, strict=True))

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Any:
        """An operation that moves the variables by these gradients, and counts the step."""
        pairs = [(g, v) for g, v in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        present = [(g, v) for g, v in pairs if g is not None]
        if not present:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        if Mode.eager:
            return eager_step[0](self, present, global_step)
        variables = [v for _, v in present]
        values = [_dense(g, v) for g, v in present]
        self._create(variables)
        settings = {k: v() if callable(v) else v for k, v in self._settings.items()}
        moved = [*variables, *(self._slots[n][v] for v in variables for n in self._names)]
        moved += list(self._powers.values()) + ([global_step] if isinstance(global_step, Variable) else [])
        build = functools.partial(self._move, variables=variables, global_step=global_step)

        def source(build: Any, args: Any, kwargs: Any, **given: Any) -> Assign:
            given["after"] = [*moved, *given["after"]]
            return Assign(moved, build, args, kwargs, **given)

        done: Operation = apply(
            "Apply" + (self.rule or self._name), build, [values, settings], name=name or self._name,
            known=lambda: np.bool_(True), outputs=0, source=source,
        )  # fmt: skip
        get_default_graph().add_to_collection(GraphKeys.TRAIN_OP, done)
        return done

    def _move(self, replay: Any, values: Any, settings: Any, variables: Any, global_step: Any) -> Any:
        """The new values of everything, in a run."""
        present: Callable[[Any], Any] = lambda v: EngineTensor(v.parameter.node)  # noqa: E731
        step = None if global_step is None else present(global_step)
        powers = {f"{name}_power": present(p) for name, p in self._powers.items()}
        made = []
        for variable, g in zip(variables, values, strict=True):
            h = SimpleNamespace(**{k: _number(v, g.dtype) for k, v in {**settings, **powers}.items()})
            if "global_step" in settings:
                h.step = (tensor(settings["global_step"]) + 1).astype(g.dtype)
            slots = {name: present(self._slots[name][variable]) for name in self._names}
            new, changed = self._rule.update(present(variable), g, slots, h)
            if variable.constraint is not None:
                new = variable.constraint(new)
            made.append((variable, new, changed))
        for variable, new, changed in made:
            for name, value in changed.items():
                self._slots[name][variable].parameter.assign(value)
            variable.parameter.assign(new)
        for name, power in self._powers.items():
            power.parameter.assign(present(power) * _number(settings[name], power.parameter.dtype))
        if step is not None:
            global_step.parameter.assign(step + 1)
        return np.bool_(True)

    # ------------------------------------------------------------------------------------------- slots
    @property
    def _names(self) -> list[str]:
        return list(self._rule.slots(SimpleNamespace(**self._settings)))

    def _create(self, variables: Any) -> None:
        graph = get_default_graph()
        with graph.control_dependencies(None), graph.name_scope(None):
            for name, start in self._rule.slots(SimpleNamespace(**self._settings)).items():
                for v in variables:
                    if v not in self._slots.setdefault(name, {}):
                        self._slots[name][v] = _slot(v, start, self._name)
            for name in self._rule.powers:
                if name not in self._powers:
                    first = np.float32(
                        self._settings[name]() if callable(self._settings[name]) else self._settings[name]
                    )
                    self._powers[name] = Variable(first, trainable=False, name=f"{name}_power")

    def get_slot(self, var: Any, name: str) -> Any:
        """What the optimizer keeps for a variable under a name, or None."""
        return self._slots.get(name, {}).get(var)

    def get_slot_names(self) -> list[str]:
        return sorted(self._slots)

    def variables(self) -> list[Any]:
        """Everything that the optimizer keeps."""
        return [*(v for named in self._slots.values() for v in named.values()), *self._powers.values()]


eager_gradients: list[Callable[..., Any]] = []  # (loss, variables) -> pairs in eager mode; eager.py fills it
eager_step: list[Callable[..., Any]] = []


def _slot(variable: Any, start: float, name: str) -> Variable:
    value = np.full(variable.shape.as_list(), start, variable.dtype.as_numpy_dtype)
    return Variable(value, trainable=False, name=f"{variable.op.name}/{name}")


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, Variable) and hasattr(value, "__iter__"):
        return [each for v in value for each in _flat(v)]
    return [value]


def _number(value: Any, dtype: Any) -> Any:
    """A setting in the dtype of a variable; flags and names as they are."""
    if isinstance(value, EngineTensor):
        return value.astype(dtype)
    return value


def _dense(g: Any, variable: Any) -> Any:
    """A gradient as a tensor of the variable's shape."""
    if not isinstance(g, IndexedSlices):
        return g
    return _rows(g.values, g.indices, variable)


@op("IndexedSlices")
def _rows(values: Any, indices: Any, like: Any, name: Any = None) -> Any:
    return scattered(tensor(values), tensor(indices), like.shape[0])


def _optimizer(rule: str, doc: str, **defaults: Any) -> type[Optimizer]:
    """An optimizer with these arguments, in TensorFlow's order, and their defaults."""
    empty = inspect.Parameter.empty
    name = defaults.pop("name", rule)
    order = [*defaults, "use_locking", "name"]

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        given = dict(zip(self.order, args, strict=False)) | kwargs
        unknown = [k for k in given if k not in order]
        missing = [k for k, v in defaults.items() if v is empty and k not in given]
        if unknown or missing or len(args) > len(order):
            wrong = (
                f"an unexpected argument '{unknown[0]}'"
                if unknown
                else f"no argument '{(missing or ['?'])[0]}'"
            )
            raise TypeError(f"{rule}Optimizer got {wrong}")
        chosen = given.pop("name", name)
        given.pop("use_locking", None)
        Optimizer.__init__(self, False, chosen, **(defaults | given))

    made: type[Optimizer] = type(
        f"{rule}Optimizer", (Optimizer,), {"__init__": __init__, "rule": rule, "__doc__": doc}
    )
    made.order = ORDERS.get(rule, order)  # type: ignore[attr-defined]
    return made


NEEDED = inspect.Parameter.empty
ORDERS = {
    "Momentum": ["learning_rate", "momentum", "use_locking", "name", "use_nesterov"],
    "RMSProp": ["learning_rate", "decay", "momentum", "epsilon", "use_locking", "name", "centered"],
    "Ftrl": [
        "learning_rate", "learning_rate_power", "initial_accumulator_value", "l1_regularization_strength",
        "l2_regularization_strength", "use_locking", "name", "accum_name", "linear_name",
        "l2_shrinkage_regularization_strength",
    ],
    "Adagrad": ["learning_rate", "initial_accumulator_value", "use_locking", "name"],
}  # fmt: skip

GradientDescentOptimizer = _optimizer("GradientDescent", "p -= lr g.", learning_rate=NEEDED)
MomentumOptimizer = _optimizer(
    "Momentum", "a = m a + g, p -= lr a.", learning_rate=NEEDED, momentum=NEEDED, use_nesterov=False
)
AdagradOptimizer = _optimizer(
    "Adagrad", "a += g^2, p -= lr g / sqrt(a).", learning_rate=NEEDED, initial_accumulator_value=0.1
)
AdadeltaOptimizer = _optimizer("Adadelta", "Zeiler 2012.", learning_rate=0.001, rho=0.95, epsilon=1e-8)
RMSPropOptimizer = _optimizer(
    "RMSProp", "s = d s + (1 - d) g^2, v = m v + lr g / sqrt(s + eps), p -= v.",
    learning_rate=NEEDED, decay=0.9, momentum=0.0, epsilon=1e-10, centered=False,
)  # fmt: skip
AdamOptimizer = _optimizer(
    "Adam", "Kingma and Ba 2014, with eps beside the uncorrected root.",
    learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8,
)  # fmt: skip
AdamWOptimizer = _optimizer(
    "AdamW", "Adam, with the weights shrunk before (Loshchilov and Hutter 2017).",
    weight_decay=NEEDED, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8,
)  # fmt: skip
NadamOptimizer = _optimizer(
    "Nadam", "Adam with Nesterov's momentum.",
    learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, name="Adam",
)  # fmt: skip
AdaMaxOptimizer = _optimizer(
    "AdaMax", "Kingma and Ba 2014, section 7.", learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8
)
MomentumWOptimizer = _optimizer(
    "MomentumW", "Momentum, with the weights shrunk before.",
    weight_decay=NEEDED, learning_rate=NEEDED, momentum=NEEDED, use_nesterov=False,
)  # fmt: skip
FtrlOptimizer = _optimizer(
    "Ftrl", "Follow the regularised leader (McMahan et al. 2013).",
    learning_rate=NEEDED, learning_rate_power=-0.5, initial_accumulator_value=0.1,
    l1_regularization_strength=0.0, l2_regularization_strength=0.0, accum_name=None, linear_name=None,
    l2_shrinkage_regularization_strength=0.0,
)  # fmt: skip
ProximalGradientDescentOptimizer = _optimizer(
    "ProximalGradientDescent", "Descent, then shrinkage (Duchi and Singer 2009).",
    learning_rate=NEEDED, l1_regularization_strength=0.0, l2_regularization_strength=0.0,
)  # fmt: skip
ProximalAdagradOptimizer = _optimizer(
    "ProximalAdagrad", "Adagrad, then shrinkage.",
    learning_rate=NEEDED, initial_accumulator_value=0.1, l1_regularization_strength=0.0,
    l2_regularization_strength=0.0,
)  # fmt: skip
AdagradDAOptimizer = _optimizer(
    "AdagradDA", "Dual averaging (Duchi et al. 2011).",
    learning_rate=NEEDED, global_step=NEEDED, initial_gradient_squared_accumulator_value=0.1,
    l1_regularization_strength=0.0, l2_regularization_strength=0.0,
)  # fmt: skip


class SyncReplicasOptimizer(Optimizer):
    """The optimizer of one worker: there is one replica."""

    def __init__(self, opt: Optimizer, replicas_to_aggregate: int, *args: Any, **kwargs: Any):
        super().__init__(name="sync_replicas")
        self._inner = opt

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Pairs:
        return self._inner.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Any:
        return self._inner.apply_gradients(grads_and_vars, global_step, name)

    def get_slot(self, var: Any, name: str) -> Any:
        return self._inner.get_slot(var, name)

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> Any:
        return None
