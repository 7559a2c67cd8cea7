"""Estimator: a model function trained, evaluated and used, with checkpoints in a folder."""

from __future__ import annotations

import inspect
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ... import quick
from .. import logging, train
from ..data.dataset import Dataset
from ..errors import OutOfRangeError
from ..graph import Graph, GraphKeys, add_to_collection, get_collection
from ..session import Session
from ..train.hooks import Hooks
from ..variables import global_variables, global_variables_initializer, local_variables_initializer
from .spec import EstimatorSpec, ModeKeys, RunConfig, checked, rows_of


class Estimator:
    """Training, evaluation and prediction with what `model_fn(features, labels, mode, params, config)` says.

    model_dir: where checkpoints are written and found again; a temporary folder without one.
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: str | None = None,
        config: Any = None,
        params: Any = None,
        warm_start_from: Any = None,
    ):
        if model_fn is None:
            raise ValueError("model_fn must be provided to Estimator.")
        self._model_fn = model_fn
        self._config = config or RunConfig()
        folder = model_dir or self._config.model_dir
        if folder is None:
            folder = tempfile.mkdtemp()
            logging.warning("Using temporary folder as model directory: %s", folder)
        self._model_dir = os.fspath(folder)
        self._params = dict(params) if isinstance(params, dict) else params
        self._warm_start = warm_start_from

    @property
    def model_dir(self) -> str:
        return self._model_dir

    @property
    def params(self) -> Any:
        return dict(self._params) if isinstance(self._params, dict) else self._params

    @property
    def config(self) -> Any:
        return self._config

    @property
    def model_fn(self) -> Callable[..., Any]:
        return lambda features, labels, mode, config: self._call(features, labels, mode)

    # --------------------------------------------------------------------------------------------- training
    def train(
        self,
        input_fn: Any,
        hooks: Any = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Any = None,
    ) -> Estimator:
        """Train for so many steps (up to max_steps in all), or as long as there is data."""
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        for name, count in [("steps", steps), ("max_steps", max_steps)]:
            if count is not None and count <= 0:
                raise ValueError(f"Must specify {name} > 0, given: {count}")
        with self._graph() as graph:
            spec = self._spec(input_fn, ModeKeys.TRAIN)
            step = train.get_global_step(graph)
            with self._session(spec) as session:
                begun = int(session.run(step))
                wanted = steps if max_steps is None else max_steps - begun
                limit = None if wanted is None else quick.steps(wanted) if wanted > 0 else 0
                if limit is None and quick.policy() is not None:
                    limit = quick.steps(10**9)
                saver = train.Saver(max_to_keep=self._config.keep_checkpoint_max)
                self._loop(session, spec, limit, begun, hooks, step)
                self._save(session, saver, step)
        return self

    fit = train

    def _loop(
        self, session: Any, spec: EstimatorSpec, limit: int | None, begun: int, hooks: Any, step: Any
    ) -> None:
        watching = Hooks([*(hooks or ()), *(spec.training_hooks or ()), *(spec.training_chief_hooks or ())])
        watching.begin(session)
        every = self._config.log_step_count_steps or 100
        count, loss, since = 0, None, time.monotonic()
        while limit is None or count < limit:
            try:
                _, loss = watching.run(session, [spec.train_op, spec.loss])
            except (OutOfRangeError, StopIteration):
                break
            if np.any(np.isnan(loss)):
                raise train.NanLossDuringTrainingError("NaN loss during training.")
            if count % every == 0:
                self._tell(loss, begun + count + 1, since, every if count else 0)
                since = time.monotonic()
            count += 1
            if watching.stop:
                break
        watching.end(session)
        if loss is not None:
            logging.info("Loss for final step: %s.", loss)

    @staticmethod
    def _tell(loss: Any, step: int, since: float, passed: int) -> None:
        took = time.monotonic() - since
        if passed:
            logging.info("global_step/sec: %g", passed / max(took, 1e-9))
        logging.info("loss = %s, step = %d%s", loss, step, f" ({took:.3f} sec)" if passed else "")

    def _save(self, session: Any, saver: Any, step: Any) -> None:
        os.makedirs(self._model_dir, exist_ok=True)
        path = os.path.join(self._model_dir, "model.ckpt")
        number = int(session.run(step))
        logging.info("Saving checkpoints for %d into %s.", number, path)
        saver.save(session, path, global_step=number)

    # ------------------------------------------------------------------------------------------- evaluation
    def evaluate(
        self,
        input_fn: Any,
        steps: int | None = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """The metrics of the model function, its mean loss, and the number of steps that it was trained."""
        with self._graph() as graph:
            spec = self._spec(input_fn, ModeKeys.EVAL)
            metrics = dict(spec.eval_metric_ops or {})
            step = train.get_global_step(graph)
            losses, count = [], 0
            with self._session(spec, checkpoint_path, needed=True) as session:
                watching = Hooks([*(hooks or ()), *(spec.evaluation_hooks or ())])
                watching.begin(session)
                updates = {k: update for k, (_, update) in metrics.items()}
                while steps is None or count < steps:
                    try:
                        loss, _ = watching.run(session, [spec.loss, updates])
                    except (OutOfRangeError, StopIteration):
                        break
                    losses.append(loss)
                    count += 1
                watching.end(session)
                results = session.run({k: value for k, (value, _) in metrics.items()}) if metrics else {}
                results["loss"] = np.float32(np.mean(losses)) if losses else np.float32(0)
                results["global_step"] = session.run(step)
        told = ", ".join(f"{k} = {v}" for k, v in sorted(results.items()))
        logging.info("Saving dict for global step %d: %s", results["global_step"], told)
        return results

    # ------------------------------------------------------------------------------------------- prediction
    def predict(
        self,
        input_fn: Any,
        predict_keys: Any = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """What the model function predicts, example by example."""
        with self._graph():
            spec = self._spec(input_fn, ModeKeys.PREDICT)
            wanted = spec.predictions
            if predict_keys is not None and isinstance(wanted, dict):
                keys = [predict_keys] if isinstance(predict_keys, str) else predict_keys
                wanted = {k: v for k, v in wanted.items() if k in keys}
                if not wanted:
                    raise ValueError(f"Expected to run at least one output from {list(spec.predictions)}.")
            session_of = self._session(spec, checkpoint_path, needed=True)
            session = session_of.__enter__()
        try:
            while True:
                try:
                    values = session.run(wanted)
                except (OutOfRangeError, StopIteration):
                    return
                if not yield_single_examples:
                    yield values
                elif isinstance(values, dict):
                    yield from rows_of(values)
                else:
                    yield from values
                if not session_of.endless:
                    return
        finally:
            session_of.__exit__(None, None, None)

    # ------------------------------------------------------------------------------------------- variables
    def latest_checkpoint(self) -> str | None:
        """The name of the newest checkpoint."""
        return train.latest_checkpoint(self._model_dir)

    def get_variable_names(self) -> list[str]:
        return [name for name, _ in train.list_variables(self._known_checkpoint())]

    def get_variable_value(self, name: str) -> Any:
        return train.load_variable(self._known_checkpoint(), name)

    def _known_checkpoint(self) -> str:
        found = self.latest_checkpoint()
        if found is None:
            raise ValueError(f"Could not find trained model in model_dir: {self._model_dir}.")
        return found

    # ---------------------------------------------------------------------------------------------- helpers
    @contextmanager
    def _graph(self) -> Iterator[Graph]:
        graph = Graph()
        graph.seed = self._config.tf_random_seed
        with graph.as_default():
            train.get_or_create_global_step(graph)
            yield graph

    def _spec(self, input_fn: Any, mode: str) -> EstimatorSpec:
        features, labels = _inputs(input_fn, mode, self._params, self._config)
        return checked(self._call(features, labels, mode))

    def _call(self, features: Any, labels: Any, mode: str) -> Any:
        takes = inspect.signature(self._model_fn).parameters
        any_name = any(p.kind is p.VAR_KEYWORD for p in takes.values())
        given = {"labels": labels, "mode": mode, "params": self.params, "config": self._config}
        return self._model_fn(
            features, **{k: v for k, v in given.items() if k in takes or any_name and k == "labels"}
        )

    def _session(self, spec: EstimatorSpec, checkpoint: str | None = None, needed: bool = False) -> _Running:
        path = checkpoint or self.latest_checkpoint()
        if path is None and needed:
            raise ValueError(f"Could not find trained model in model_dir: {self._model_dir}.")
        return _Running(path, self._config.session_config)


class _Running:
    """A session with initialised variables, those of a checkpoint where there is one."""

    def __init__(self, path: str | None, config: Any):
        self._path, self._session = path, Session(config=config)
        sources = self._session.graph.get_operations()
        self.endless = any(o.type in ("IteratorGetNext", "QueueDequeue") for o in sources)

    def __enter__(self) -> Session:
        session = self._session.__enter__()
        session.run([global_variables_initializer(), local_variables_initializer()])
        session.run(get_collection(GraphKeys.TABLE_INITIALIZERS))
        if self._path is not None and global_variables():
            logging.info("Restoring parameters from %s", self._path)
            train.Saver().restore(session, self._path)
        return session

    def __exit__(self, *error: Any) -> None:
        self._session.__exit__(*error)


def _inputs(input_fn: Any, mode: str, params: Any, config: Any) -> tuple[Any, Any]:
    """Features and labels of an input function."""
    takes = inspect.signature(input_fn).parameters
    given = {"params": params, "mode": mode, "config": config}
    made = input_fn(**{k: v for k, v in given.items() if k in takes})
    if isinstance(made, Dataset):
        iterator = made.make_initializable_iterator()
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
        made = iterator.get_next()
    if isinstance(made, (list, tuple)) and len(made) == 2:
        return made[0], made[1]
    return made, None


def train_and_evaluate(estimator: Estimator, train_spec: Any, eval_spec: Any) -> tuple[Any, Any]:
    """Train, and evaluate at the end."""
    estimator.train(train_spec.input_fn, hooks=train_spec.hooks, max_steps=train_spec.max_steps)
    return estimator.evaluate(eval_spec.input_fn, steps=eval_spec.steps, hooks=eval_spec.hooks), []
