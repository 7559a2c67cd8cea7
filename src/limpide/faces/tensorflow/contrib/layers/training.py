"""optimize_loss: a training operation in one call."""

from __future__ import annotations

from typing import Any

from ... import train
from ...arrays import identity
from ...clipping import clip_by_global_norm
from ...graph import GraphKeys, control_dependencies, get_collection
from ...scopes import variable_scope

OPTIMIZER_CLS_NAMES: dict[str, Any] = {
    "Adagrad": train.AdagradOptimizer,
    "Adam": train.AdamOptimizer,
    "Ftrl": train.FtrlOptimizer,
    "Momentum": lambda learning_rate: train.MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": train.RMSPropOptimizer,
    "SGD": train.GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES = ("learning_rate", "loss", "gradients", "gradient_norm")


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: Any = None,
    gradient_multipliers: Any = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Any = None,
    update_ops: Any = None,
    variables: Any = None,
    name: str | None = None,
    summaries: Any = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Any:
    """One step of an optimizer (a name, a class or an instance) on a loss; gives the loss."""
    with variable_scope(name, "OptimizeLoss", [loss, global_step]):
        if global_step is None:
            global_step = train.get_global_step()
        if learning_rate_decay_fn is not None:
            learning_rate = learning_rate_decay_fn(learning_rate, global_step)
        if isinstance(optimizer, str):
            if optimizer not in OPTIMIZER_CLS_NAMES:
                raise ValueError(
                    f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], "
                    f"you provided {optimizer}."
                )
            chosen = OPTIMIZER_CLS_NAMES[optimizer](learning_rate=learning_rate)
        elif callable(optimizer):
            chosen = optimizer(learning_rate) if learning_rate is not None else optimizer()
        else:
            chosen = optimizer
        updates = get_collection(GraphKeys.UPDATE_OPS) if update_ops is None else list(update_ops)
        with control_dependencies(updates):
            pairs = chosen.compute_gradients(loss, variables)
            if gradient_multipliers:
                pairs = [
                    (g if v not in gradient_multipliers else g * gradient_multipliers[v], v) for g, v in pairs
                ]
            if callable(clip_gradients):
                pairs = clip_gradients(pairs)
            elif clip_gradients is not None:
                kept = [(g, v) for g, v in pairs if g is not None]
                clipped, _ = clip_by_global_norm([g for g, _ in kept], clip_gradients)
                pairs = list(zip(clipped, [v for _, v in kept], strict=True))
            step = chosen.apply_gradients(pairs, global_step if increment_global_step else None, name="train")
        with control_dependencies([step]):
            return identity(loss)


__all__ = ["OPTIMIZER_CLS_NAMES", "OPTIMIZER_SUMMARIES", "optimize_loss"]
