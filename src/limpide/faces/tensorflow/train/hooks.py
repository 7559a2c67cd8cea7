"""tf.train: hooks of training loops, and sessions that call them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from .. import logging, nest
from ..errors import OutOfRangeError
from ..graph import GraphKeys, get_collection, get_default_graph
from ..session import Session
from ..summary import FileWriter
from ..variables import global_variables, global_variables_initializer, local_variables_initializer
from .saver import Saver, get_checkpoint_state, latest_checkpoint
from .schedules import get_global_step


class NanLossDuringTrainingError(RuntimeError):
    """The loss is no number."""


class SessionRunArgs(NamedTuple):
    """What a hook adds to a run."""

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a hook's additions gave."""

    results: Any
    options: Any = None
    run_metadata: Any = None


class SessionRunContext:
    """The run that is about to happen, or has happened."""

    def __init__(self, original_args: Any, session: Any):
        self.original_args, self.session, self.stop_requested = original_args, session, False

    def request_stop(self) -> None:
        self.stop_requested = True


class SessionRunHook:
    """What is called around runs; a subclass overrides what it needs."""

    def begin(self) -> None:
        """Before the session is made."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """When it is made."""

    def before_run(self, run_context: SessionRunContext) -> Any:
        """May give SessionRunArgs."""
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """With what they gave."""

    def end(self, session: Any) -> None:
        """When all is done."""


class Hooks:
    """Hooks around the runs of one session."""

    def __init__(self, hooks: Sequence[Any]):
        self._hooks, self.stop = list(hooks), False

    def begin(self, session: Any, coord: Any = None) -> None:
        for hook in self._hooks:
            hook.begin()
        for hook in self._hooks:
            hook.after_create_session(session, coord)

    def run(self, session: Any, fetches: Any, feed_dict: Any = None, **settings: Any) -> Any:
        """One run with everything that the hooks ask for."""
        if not self._hooks:
            return session.run(fetches, feed_dict, **settings)
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), session)
        asked = [hook.before_run(context) for hook in self._hooks]
        args = [a if a is None or isinstance(a, SessionRunArgs) else SessionRunArgs(a) for a in asked]
        feeds = dict(feed_dict or {})
        for a in args:
            feeds |= (a and a.feed_dict) or {}
        extra = [a.fetches if a is not None and a.fetches is not None else [] for a in args]
        results, values = session.run([fetches, extra], feeds or None, **settings)
        for hook, a, value in zip(self._hooks, args, values, strict=True):
            hook.after_run(context, SessionRunValues(None if a is None or a.fetches is None else value))
        self.stop |= context.stop_requested
        return results

    def end(self, session: Any) -> None:
        for hook in self._hooks:
            hook.end(session)


class SecondOrStepTimer:
    """Whether so many steps or seconds have passed."""

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None):
        if (every_secs is None) == (every_steps is None):
            raise ValueError("Exactly one of every_secs and every_steps should be provided.")
        self._seconds, self._steps = every_secs, every_steps
        self._last: tuple[float, int] | None = None

    def should_trigger_for_step(self, step: int) -> bool:
        if self._last is None:
            return True
        since, before = self._last
        if self._steps is not None:
            return step >= before + self._steps
        return time.monotonic() >= since + (self._seconds or 0)

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        before, self._last = self._last, (time.monotonic(), step)
        return (None, None) if before is None else (self._last[0] - before[0], step - before[1])

    def last_triggered_step(self) -> int | None:
        return None if self._last is None else self._last[1]


class LoggingTensorHook(SessionRunHook):
    """Tells the values of tensors every so many runs or seconds."""

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[Any], str] | None = None,
    ):
        named = tensors if isinstance(tensors, dict) else {getattr(t, "name", t): t for t in tensors}
        self._tensors, self._formatter, self._count = named, formatter, 0
        self._timer = (
            SecondOrStepTimer(every_n_secs, every_n_iter)
            if not at_end or every_n_iter or every_n_secs
            else None
        )

    def before_run(self, run_context: SessionRunContext) -> Any:
        due = self._timer is not None and self._timer.should_trigger_for_step(self._count)
        if not due:
            return None
        graph = get_default_graph()
        return SessionRunArgs({k: graph.as_graph_element(t) for k, t in self._tensors.items()})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if run_values.results is not None and self._timer is not None:
            self._timer.update_last_triggered_step(self._count)
            values = run_values.results
            told = (
                self._formatter(values)
                if self._formatter
                else ", ".join(f"{k} = {v}" for k, v in values.items())
            )
            logging.info("%s", told)
        self._count += 1


class StopAtStepHook(SessionRunHook):
    """Stops after num_steps, or at last_step."""

    def __init__(self, num_steps: int | None = None, last_step: int | None = None):
        if (num_steps is None) == (last_step is None):
            raise ValueError("Exactly one of num_steps or last_step must be specified.")
        self._steps, self._last = num_steps, last_step

    def after_create_session(self, session: Any, coord: Any) -> None:
        if self._last is None:
            self._last = int(session.run(get_global_step())) + (self._steps or 0)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if int(run_context.session.run(get_global_step())) >= (self._last or 0):
            run_context.request_stop()


class NanTensorHook(SessionRunHook):
    """Stops where a loss is no number."""

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True):
        self._loss, self._fail = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> Any:
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if np.isnan(run_values.results):
            if self._fail:
                raise NanLossDuringTrainingError("NaN loss during training.")
            run_context.request_stop()


class StepCounterHook(SessionRunHook):
    """Tells how many steps are made in a second."""

    def __init__(
        self, every_n_steps: int | None = 100, every_n_secs: float | None = None, output_dir: Any = None,
        summary_writer: Any = None,
    ):  # fmt: skip
        self._timer = SecondOrStepTimer(every_n_secs, None if every_n_secs else every_n_steps)
        self._count = 0

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._timer.should_trigger_for_step(self._count):
            seconds, steps = self._timer.update_last_triggered_step(self._count)
            if seconds:
                logging.info("global_step/sec: %g", (steps or 0) / seconds)
        self._count += 1


class CheckpointSaverHook(SessionRunHook):
    """Saves every so many steps or seconds, and at the end."""

    def __init__(
        self,
        checkpoint_dir: Any,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Any = None,
    ):
        self._path = os.path.join(os.fspath(checkpoint_dir), checkpoint_basename)
        self._saver, self._timer = saver, SecondOrStepTimer(save_secs, save_steps)

    def begin(self) -> None:
        self._saver = self._saver or Saver()

    def _save(self, session: Any, step: int) -> None:
        os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
        logging.info("Saving checkpoints for %d into %s.", step, self._path)
        self._saver.save(session, self._path, global_step=step)
        self._timer.update_last_triggered_step(step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        step = int(run_context.session.run(get_global_step()))
        if self._timer.should_trigger_for_step(step):
            self._save(run_context.session, step)

    def end(self, session: Any) -> None:
        step = int(session.run(get_global_step()))
        if step != self._timer.last_triggered_step():
            self._save(session, step)


class SummarySaverHook(SessionRunHook):
    """Writes summaries every so many steps."""

    def __init__(
        self, save_steps: int | None = None, save_secs: float | None = None, output_dir: Any = None,
        summary_writer: Any = None, scaffold: Any = None, summary_op: Any = None,
    ):  # fmt: skip
        self._writer = summary_writer or FileWriter(os.fspath(output_dir))
        self._op, self._timer, self._count = summary_op, SecondOrStepTimer(save_secs, save_steps), 0

    def before_run(self, run_context: SessionRunContext) -> Any:
        due = self._op is not None and self._timer.should_trigger_for_step(self._count)
        return SessionRunArgs(self._op) if due else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if run_values.results is not None:
            self._timer.update_last_triggered_step(self._count)
            for text in nest.flatten(run_values.results):
                self._writer.add_summary(text, self._count)
        self._count += 1

    def end(self, session: Any) -> None:
        self._writer.flush()


class FinalOpsHook(SessionRunHook):
    """Runs something at the end."""

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None):
        self._ops, self._feeds, self.final_ops_values = final_ops, final_ops_feed_dict, None

    def end(self, session: Any) -> None:
        self.final_ops_values = session.run(self._ops, self._feeds)


class Scaffold:
    """What a watched session begins with."""

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        **others: Any,
    ):
        self.init_op, self.init_feed_dict, self.init_fn = init_op, init_feed_dict, init_fn
        self.local_init_op, self.summary_op, self.saver = local_init_op, summary_op, saver

    def finalize(self) -> Scaffold:
        return self


class MonitoredSession:
    """A session that initialises its variables, or restores them, and calls hooks around its runs."""

    def __init__(self, session_creator: Any = None, hooks: Any = None, stop_grace_period_secs: int = 120):
        creator = session_creator or ChiefSessionCreator()
        self._hooks = Hooks(hooks or ())
        for hook in hooks or ():
            hook.begin()
        self._session = creator.create_session()
        for hook in hooks or ():
            hook.after_create_session(self._session, None)
        self._entered = False

    @property
    def graph(self) -> Any:
        return self._session.graph

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As Session.run, with the hooks."""
        return self._hooks.run(self._session, fetches, feed_dict)

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        return step_fn(self)

    @property
    def session(self) -> Any:
        return self._session

    def raw_session(self) -> Any:
        return self._session

    def should_stop(self) -> bool:
        """Whether a hook asked to stop, or the data are at their end."""
        return self._hooks.stop or self._session is None

    def request_stop(self) -> None:
        self._hooks.stop = True

    def close(self) -> None:
        """End the hooks and the session."""
        if self._session is not None:
            self._hooks.end(self._session)
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        self._session.__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        session = self._session
        if session is not None and (kind is None or issubclass(kind, OutOfRangeError)):
            self._hooks.end(session)
        if session is not None:
            session.__exit__(None, None, None)
        self._session, self._hooks.stop = None, True
        return kind is not None and issubclass(kind, (OutOfRangeError, StopIteration))


SingularMonitoredSession = MonitoredSession


class ChiefSessionCreator:
    """Makes the session of a MonitoredSession."""

    def __init__(
        self, scaffold: Any = None, master: str = "", config: Any = None, checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
    ):  # fmt: skip
        self._scaffold, self._config = scaffold or Scaffold(), config
        self._folder, self._file = checkpoint_dir, checkpoint_filename_with_path

    def create_session(self) -> Session:
        return begun(
            self._scaffold, self._config, self._file or (self._folder and latest_checkpoint(self._folder))
        )


WorkerSessionCreator = ChiefSessionCreator


def begun(scaffold: Scaffold, config: Any, path: Any) -> Session:
    """A session with initialised variables, those of a checkpoint where there is one."""
    session = Session(config=config)
    inits = [
        scaffold.init_op or global_variables_initializer(),
        scaffold.local_init_op or local_variables_initializer(),
    ]
    session.run(inits, scaffold.init_feed_dict)
    session.run(get_collection(GraphKeys.TABLE_INITIALIZERS))
    if scaffold.init_fn is not None:
        scaffold.init_fn(scaffold, session)
    if path and global_variables():
        (scaffold.saver or Saver()).restore(session, path)
    return session


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: Any = None,
    scaffold: Any = None,
    hooks: Any = None,
    chief_only_hooks: Any = None,
    save_checkpoint_secs: Any = 600,
    save_summaries_steps: Any = 100,
    save_summaries_secs: Any = None,
    config: Any = None,
    stop_grace_period_secs: int = 120,
    log_step_count_steps: int = 100,
    max_wait_secs: int = 7200,
    save_checkpoint_steps: Any = None,
    summary_dir: Any = None,
) -> MonitoredSession:
    """A MonitoredSession that saves and restores in a folder."""
    watching = [*(hooks or ()), *(chief_only_hooks or ())]
    if checkpoint_dir and (save_checkpoint_secs or save_checkpoint_steps) and get_global_step() is not None:
        seconds = None if save_checkpoint_steps else save_checkpoint_secs
        watching.append(CheckpointSaverHook(checkpoint_dir, seconds, save_checkpoint_steps))
    return MonitoredSession(ChiefSessionCreator(scaffold, master, config, checkpoint_dir), watching)


class SessionManager:
    """Sessions that are prepared from a checkpoint, or by an initialiser."""

    def __init__(self, local_init_op: Any = None, ready_op: Any = None, **others: Any):
        self._local = local_init_op

    def prepare_session(
        self, master: str, init_op: Any = None, saver: Any = None, checkpoint_dir: Any = None, **settings: Any
    ) -> Session:
        session = Session(config=settings.get("config"))
        if init_op is not None:
            session.run(init_op, settings.get("init_feed_dict"))
        state = get_checkpoint_state(checkpoint_dir) if checkpoint_dir and saver else None
        if state is not None and state.model_checkpoint_path:
            saver.restore(session, state.model_checkpoint_path)
        return session


class Supervisor:
    """A session that initialises, restores and saves (before MonitoredSession)."""

    def __init__(
        self,
        graph: Any = None,
        is_chief: bool = True,
        init_op: Any = None,
        logdir: Any = None,
        saver: Any = None,
        global_step: Any = None,
        summary_op: Any = None,
        save_model_secs: int = 600,
        **others: Any,
    ):
        self._logdir, self._stop = logdir, False
        self.saver = saver or (Saver() if global_variables() else None)
        self._init = init_op or global_variables_initializer()

    def managed_session(self, master: str = "", config: Any = None, **settings: Any) -> Any:
        return _Managed(
            self,
            begun(Scaffold(init_op=self._init), config, self._logdir and latest_checkpoint(self._logdir)),
        )

    prepare_or_wait_for_session = managed_session

    def should_stop(self) -> bool:
        return self._stop

    def request_stop(self, ex: Any = None) -> None:
        self._stop = True

    def stop(self, *args: Any, **settings: Any) -> None:
        self._stop = True

    def summary_computed(self, sess: Any, summary: Any, global_step: Any = None) -> None:
        if self._logdir:
            writer = FileWriter(os.fspath(self._logdir))
            writer.add_summary(summary, global_step)
            writer.close()


class _Managed:
    def __init__(self, supervisor: Supervisor, session: Session):
        self._supervisor, self._session = supervisor, session

    def __enter__(self) -> Session:
        return self._session.__enter__()

    def __exit__(self, kind: Any, *error: Any) -> bool:
        if kind is None and self._supervisor._logdir and self._supervisor.saver is not None:
            path = os.path.join(os.fspath(self._supervisor._logdir), "model.ckpt")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self._supervisor.saver.save(self._session, path)
        self._session.__exit__(None, None, None)
        return kind is not None and issubclass(kind, OutOfRangeError)


__all__ = [
    "CheckpointSaverHook",
    "ChiefSessionCreator",
    "FinalOpsHook",
    "LoggingTensorHook",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "Scaffold",
    "SecondOrStepTimer",
    "SessionManager",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "SingularMonitoredSession",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "Supervisor",
    "WorkerSessionCreator",
]
