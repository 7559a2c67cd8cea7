"""tf.contrib.slim: layers, arg_scope, losses and a training loop under one name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ... import missing, quick
from .. import logging, train
from ..arrays import identity
from ..clipping import clip_by_norm
from ..graph import GraphKeys, control_dependencies, get_collection
from ..session import Session
from ..variables import global_variables, global_variables_initializer, local_variables_initializer
from . import layers, losses, metrics
from .framework import (
    add_arg_scope,
    arg_scope,
    arg_scoped_arguments,
    get_model_variables,
    get_trainable_variables,
    get_variables,
    get_variables_by_name,
    get_variables_to_restore,
    has_arg_scope,
    local_variable,
    model_variable,
    variable,
)
from .layers import *  # noqa: F403

get_or_create_global_step = train.get_or_create_global_step
__all__ = [
    "add_arg_scope",
    "arg_scope",
    "arg_scoped_arguments",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_variables",
    "get_variables_by_name",
    "get_variables_to_restore",
    "has_arg_scope",
    "layers",
    "learning",
    "local_variable",
    "losses",
    "metrics",
    "model_variable",
    "variable",
]


def _create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = None,
    update_ops: Any = None,
    variables_to_train: Any = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    **_: Any,
) -> Any:
    """A training operation that gives the loss."""
    step = get_or_create_global_step() if global_step is None else global_step
    updates = get_collection(GraphKeys.UPDATE_OPS) if update_ops is None else list(update_ops)
    with control_dependencies(updates):
        pairs = optimizer.compute_gradients(total_loss, variables_to_train)
        if clip_gradient_norm > 0:
            pairs = [(g if g is None else clip_by_norm(g, clip_gradient_norm), v) for g, v in pairs]
        done = optimizer.apply_gradients(pairs, global_step=step)
    with control_dependencies([done]):
        return identity(total_loss)


def _train(
    train_op: Any,
    logdir: Any,
    log_every_n_steps: int = 1,
    graph: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = None,
    init_fn: Any = None,
    saver: Any = None,
    save_interval_secs: int = 600,
    **_: Any,
) -> Any:
    """So many steps; the variables are saved in logdir. Gives the last loss."""
    loss = None
    with Session(graph=graph) as session:
        session.run([init_op or global_variables_initializer(), local_variables_initializer()])
        if init_fn is not None:
            init_fn(session)
        for step in range(quick.steps(number_of_steps or 10**9)):
            loss = session.run(train_op)
            if (step + 1) % log_every_n_steps == 0:
                logging.info("global step %d: loss = %.4f", step + 1, loss)
        if logdir and global_variables():
            (saver or train.Saver()).save(session, f"{logdir}/model.ckpt")
    return loss


learning = SimpleNamespace(create_train_op=_create_train_op, train=_train)
__getattr__ = missing.attributes("tensorflow.contrib.slim", globals())
