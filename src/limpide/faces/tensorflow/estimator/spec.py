"""What a model function gives, and the settings of a run."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple


class ModeKeys:
    """What a model function is called for."""

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"
    INFER = "infer"


class EstimatorSpec(NamedTuple):
    """What a model function gives; which parts are needed depends on the mode."""

    mode: Any
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metric_ops: Any = None
    export_outputs: Any = None
    training_chief_hooks: Any = None
    training_hooks: Any = None
    scaffold: Any = None
    evaluation_hooks: Any = None
    prediction_hooks: Any = None


def checked(spec: Any) -> EstimatorSpec:
    """Raises ValueError where what the mode needs is missing."""
    if not isinstance(spec, EstimatorSpec):
        raise ValueError("model_fn should return an EstimatorSpec.")
    if spec.mode == ModeKeys.TRAIN and (spec.train_op is None or spec.loss is None):
        raise ValueError(f"Missing {'train_op' if spec.train_op is None else 'loss'}.")
    if spec.mode == ModeKeys.EVAL and spec.loss is None:
        raise ValueError("Missing loss.")
    if spec.mode == ModeKeys.PREDICT and spec.predictions is None:
        raise ValueError("Missing predictions.")
    return spec


class RunConfig:
    """Settings of training runs: where and how often is saved and told."""

    def __init__(
        self,
        model_dir: str | None = None,
        tf_random_seed: int | None = None,
        save_summary_steps: int = 100,
        save_checkpoints_steps: Any = None,
        save_checkpoints_secs: Any = None,
        session_config: Any = None,
        keep_checkpoint_max: int = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int = 100,
        **others: Any,
    ):
        self.model_dir, self.tf_random_seed = model_dir, tf_random_seed
        self.save_summary_steps, self.session_config = save_summary_steps, session_config
        self.save_checkpoints_steps, self.save_checkpoints_secs = (
            save_checkpoints_steps,
            save_checkpoints_secs,
        )
        self.keep_checkpoint_max = keep_checkpoint_max
        self.keep_checkpoint_every_n_hours = keep_checkpoint_every_n_hours
        self.log_step_count_steps = log_step_count_steps
        self.is_chief, self.task_type, self.num_ps_replicas, self.num_worker_replicas = True, "worker", 0, 1
        self.__dict__.update(others)

    def replace(self, **changes: Any) -> RunConfig:
        new = copy.copy(self)
        new.__dict__.update(changes)
        return new


class TrainSpec(NamedTuple):
    """How to train: see train_and_evaluate."""

    input_fn: Any
    max_steps: int | None = None
    hooks: Any = None


class EvalSpec(NamedTuple):
    """How to evaluate: see train_and_evaluate."""

    input_fn: Any
    steps: int | None = 100
    name: str | None = None
    hooks: Any = None
    exporters: Any = None
    start_delay_secs: int = 120
    throttle_secs: int = 600


class WarmStartSettings(NamedTuple):
    """A checkpoint to begin from."""

    ckpt_to_initialize_from: Any
    vars_to_warm_start: Any = ".*"
    var_name_to_vocab_info: Any = None
    var_name_to_prev_var_name: Any = None


def rows_of(values: dict[str, Any]) -> list[dict[str, Any]]:
    """A dictionary of batches as a list of dictionaries of rows."""
    count = len(next(iter(values.values())))
    return [{k: v[i] for k, v in values.items()} for i in range(count)]
