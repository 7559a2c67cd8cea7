"""Sessions that initialise, restore, save, log and stop by themselves: hooks and what runs them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from .. import logging
from ..errors import OutOfRangeError
from ..graph import Graph, GraphKeys, get_default_graph
from ..session import Session
from ..summary import FileWriter, Summary, merge_all
from ..variables import (
    global_variables_initializer,
    group,
    local_variables_initializer,
)
from .saver import Saver, latest_checkpoint
from .schedules import get_global_step


class SessionRunArgs(NamedTuple):
    """What a hook wants of a run besides."""

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a hook gets of a run."""

    results: Any
    options: Any = None
    run_metadata: Any = None


class SessionRunContext:
    """The run that a hook is called for."""

    def __init__(self, original_args: Any, session: Any):
        self.original_args, self.session, self.stop_requested = original_args, session, False

    def request_stop(self) -> None:
        self.stop_requested = True


class SessionRunHook:
    """Called around the runs of a monitored session."""

    def begin(self) -> None:
        """The graph may still be changed."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """The session is there."""

    def before_run(self, run_context: SessionRunContext) -> Any:
        """What it wants of the next run: SessionRunArgs or None."""

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """The run is done."""

    def end(self, session: Any) -> None:
        """The session ends."""


class _Every:
    """Whether it is time again: every so many steps or seconds."""

    def __init__(self, steps: int | None = None, secs: float | None = None):
        self.steps, self.secs = steps, secs
        self.last_step: int | None = None
        self.last_time = 0.0

    def due(self, step: int) -> bool:
        if self.last_step is None:
            return True
        if self.last_step == step:
            return False
        late = self.secs is not None and time.monotonic() >= self.last_time + self.secs
        return late or (self.steps is not None and step >= self.last_step + self.steps)

    def update(self, step: int) -> tuple[float | None, int | None]:
        """Note the step; seconds and steps since the last one."""
        now = time.monotonic()
        since = (None, None) if self.last_step is None else (now - self.last_time, step - self.last_step)
        self.last_step, self.last_time = step, now
        return since


class SecondOrStepTimer(_Every):
    """When it is time again."""

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None):
        super().__init__(every_steps, every_secs)

    should_trigger_for_step = _Every.due
    update_last_triggered_step = _Every.update

    def last_triggered_step(self) -> int | None:
        return self.last_step


class StopAtStepHook(SessionRunHook):
    """Stops after so many steps, or at a step."""

    def __init__(self, num_steps: int | None = None, last_step: int | None = None):
        if (num_steps is None) == (last_step is None):
            raise ValueError("One of num_steps or last_step must be specified.")
        self._steps, self._last = num_steps, last_step

    def after_create_session(self, session: Any, coord: Any) -> None:
        if self._last is None:
            self._last = int(session.run(get_global_step())) + int(self._steps or 0)

    def before_run(self, run_context: SessionRunContext) -> Any:
        return SessionRunArgs(get_global_step())

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        step = int(run_values.results)
        last = int(self._last or 0)
        if step + 1 >= last and int(run_context.session.run(get_global_step())) >= last:
            run_context.request_stop()


class LoggingTensorHook(SessionRunHook):
    """Logs tensors every so many runs or seconds."""

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Any = None,
    ):
        self._tensors = tensors if isinstance(tensors, dict) else {_name(t): t for t in tensors}
        self._every, self._at_end, self._formatter = _Every(every_n_iter, every_n_secs), at_end, formatter
        self._iteration, self._wanted = 0, False

    def before_run(self, run_context: SessionRunContext) -> Any:
        self._wanted = self._every.due(self._iteration)
        return SessionRunArgs(self._tensors) if self._wanted else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._wanted:
            secs, _ = self._every.update(self._iteration)
            self._log(run_values.results, secs)
        self._iteration += 1

    def end(self, session: Any) -> None:
        if self._at_end:
            self._log(session.run(self._tensors), None)

    def _log(self, values: Any, secs: float | None) -> None:
        text = (
            self._formatter(values)
            if self._formatter
            else ", ".join(f"{k} = {values[k]}" for k in self._tensors)
        )
        logging.info(text + (f" ({secs:.3f} sec)" if secs is not None else ""))


def _name(tensor: Any) -> str:
    return tensor if isinstance(tensor, str) else str(tensor.name)


class NanLossDuringTrainingError(RuntimeError):
    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Stops, or raises, when the loss is NaN."""

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True):
        self._loss, self._fail = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> Any:
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if np.isnan(run_values.results):
            if self._fail:
                raise NanLossDuringTrainingError
            run_context.request_stop()


class _Stepped(SessionRunHook):
    """Does something every so many steps."""

    def __init__(self, steps: int | None, secs: float | None):
        self._every = _Every(steps, secs)

    def before_run(self, run_context: SessionRunContext) -> Any:
        return SessionRunArgs(get_global_step())

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if get_global_step() is None:
            return
        step = int(run_context.session.run(get_global_step()))
        if self._every.due(step):
            self.at(run_context.session, step)
            self._every.update(step)

    def at(self, session: Any, step: int) -> None:
        raise NotImplementedError


class CheckpointSaverListener:
    """Called around savings."""

    def begin(self) -> None:
        pass

    def before_save(self, session: Any, global_step_value: int) -> None:
        pass

    def after_save(self, session: Any, global_step_value: int) -> None:
        pass

    def end(self, session: Any, global_step_value: int) -> None:
        pass


class CheckpointSaverHook(_Stepped):
    """Saves every so many steps or seconds, and in the end."""

    def __init__(
        self,
        checkpoint_dir: Any,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Any = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Any = None,
        **_: Any,
    ):
        super().__init__(save_steps, save_secs)
        self._path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._given, self._scaffold, self._listeners = saver, scaffold, listeners or []
        self._last = -1

    @property
    def _saver(self) -> Any:
        if self._given is None:
            self._given = getattr(self._scaffold, "saver", None) or Saver()
        return self._given

    def begin(self) -> None:
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        self.at(session, int(session.run(get_global_step())) if get_global_step() is not None else 0)

    def at(self, session: Any, step: int) -> None:
        if step == self._last:
            return
        os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
        for listener in self._listeners:
            listener.before_save(session, step)
        logging.info("Saving checkpoints for %d into %s.", step, self._path)
        self._saver.save(session, self._path, global_step=step)
        self._last = step
        for listener in self._listeners:
            listener.after_save(session, step)

    def end(self, session: Any) -> None:
        self.at(session, int(session.run(get_global_step())) if get_global_step() is not None else 0)


class StepCounterHook(_Stepped):
    """Logs steps per second."""

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
    ):
        super().__init__(every_n_steps, every_n_secs)
        self._writer = summary_writer or (FileWriter(output_dir) if output_dir else None)

    def at(self, session: Any, step: int) -> None:
        if self._every.last_step is None:
            return
        rate = (step - self._every.last_step) / max(time.monotonic() - self._every.last_time, 1e-9)
        logging.info("global_step/sec: %g", rate)
        if self._writer is not None:
            self._writer.add_summary(Summary([Summary.Value(tag="global_step/sec", simple_value=rate)]), step)


class SummarySaverHook(_Stepped):
    """Writes summaries every so many steps or seconds."""

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ):
        super().__init__(save_steps, save_secs)
        self._op, self._scaffold = summary_op, scaffold
        self._writer = summary_writer or FileWriter(output_dir)
        self._wanted: Any = None

    def before_run(self, run_context: SessionRunContext) -> Any:
        wanted = self._op if self._op is not None else merge_all()
        return None if wanted is None else SessionRunArgs({"summary": wanted, "step": get_global_step()})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if run_values.results is None:
            return
        step = int(run_values.results["step"]) + 1
        if self._every.due(step):
            found = run_values.results["summary"]
            for each in found if isinstance(found, (list, tuple)) else [found]:
                self._writer.add_summary(each, step)
            self._every.update(step)

    def end(self, session: Any) -> None:
        self._writer.flush()


class FinalOpsHook(SessionRunHook):
    """Runs something in the end, and keeps the values."""

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None):
        self._ops, self._feeds, self.final_ops_values = final_ops, final_ops_feed_dict, None

    def end(self, session: Any) -> None:
        if self._ops is not None:
            self.final_ops_values = session.run(self._ops, self._feeds)


class FeedFnHook(SessionRunHook):
    """Feeds what a function gives."""

    def __init__(self, feed_fn: Callable[[], Any]):
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> Any:
        return SessionRunArgs(None, self.feed_fn())


class GlobalStepWaiterHook(SessionRunHook):
    """Waits for a step of other workers: there are none."""

    def __init__(self, wait_until_step: int):
        self.wait_until_step = wait_until_step


class ProfilerHook(SessionRunHook):
    """Writes profiles: there are none."""

    def __init__(self, *args: Any, **kwargs: Any):
        pass


class Scaffold:
    """The operations with which a session begins."""

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
        copy_from_scaffold: Any = None,
        **_: Any,
    ):
        self.init_op, self.init_feed_dict, self.init_fn = init_op, init_feed_dict, init_fn
        self.local_init_op, self.summary_op, self.saver = local_init_op, summary_op, saver
        self.ready_op, self.ready_for_local_init_op = ready_op, ready_for_local_init_op

    def finalize(self) -> Scaffold:
        """Make what is not given."""
        graph = get_default_graph()
        if self.init_op is None:
            self.init_op = global_variables_initializer()
        if self.local_init_op is None:
            tables = graph.get_collection(GraphKeys.TABLE_INITIALIZERS)
            self.local_init_op = group(local_variables_initializer(), *tables)
        if self.saver is None and graph.get_collection(GraphKeys.GLOBAL_VARIABLES):
            self.saver = Saver(allow_empty=True)
        return self


class ChiefSessionCreator:
    """Makes a session with values: restored from a checkpoint, or initial ones."""

    def __init__(
        self,
        scaffold: Any = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
    ):
        self._scaffold, self._config = scaffold or Scaffold(), config
        self._folder, self._file = checkpoint_dir, checkpoint_filename_with_path

    def create_session(self) -> Any:
        scaffold = self._scaffold.finalize()
        session = Session(config=self._config)
        found = self._file or (latest_checkpoint(self._folder) if self._folder else None)
        if found:
            logging.info("Restoring parameters from %s", found)
            scaffold.saver.restore(session, found)
        else:
            session.run(scaffold.init_op, scaffold.init_feed_dict)
            if scaffold.init_fn is not None:
                scaffold.init_fn(scaffold, session) if _takes_two(scaffold.init_fn) else scaffold.init_fn(
                    session
                )
        session.run(scaffold.local_init_op)
        return session


WorkerSessionCreator = ChiefSessionCreator


def _takes_two(f: Callable[..., Any]) -> bool:
    return getattr(getattr(f, "__code__", None), "co_argcount", 1) >= 2


class MonitoredSession:
    """A session with values from the beginning, and hooks around its runs; it stops when they say so."""

    def __init__(self, session_creator: Any = None, hooks: Any = None, stop_grace_period_secs: int = 120):
        self._hooks = list(hooks or ())
        for hook in self._hooks:
            hook.begin()
        self._stop = False
        self._coordinator = SimpleNamespace(should_stop=self.should_stop, request_stop=self._request)
        self._session = (session_creator or ChiefSessionCreator()).create_session()
        self._threads = start_queues(self._session)
        for hook in self._hooks:
            hook.after_create_session(self._session, self._coordinator)

    @property
    def graph(self) -> Graph:
        return self._session.graph  # type: ignore[no-any-return]

    def _request(self, ex: Any = None) -> None:
        self._stop = True

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """As a session's; what the hooks want is run with it."""
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self._session)
        wanted: dict[Any, Any] = {}
        feeds = dict(feed_dict or {})
        for hook in self._hooks:
            asked = hook.before_run(context)
            if asked is not None:
                if asked.fetches is not None:
                    wanted[hook] = asked.fetches
                feeds.update(asked.feed_dict or {})
        results = self._session.run({"caller": fetches, "hooks": wanted}, feeds)
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(results["hooks"].get(hook)))
        self._stop = self._stop or context.stop_requested
        return results["caller"]

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """A function of a context whose `session` and `run_with_hooks` run things."""
        context = SimpleNamespace(session=self._session, run_with_hooks=self.run, request_stop=self._request)
        return step_fn(context)

    def should_stop(self) -> bool:
        """Whether a hook has asked to stop."""
        return self._stop or self._session._closed

    def raw_session(self) -> Any:
        return self._session

    def close(self) -> None:
        """Tell the hooks, and end the session."""
        if self._session._closed:
            return
        try:
            for hook in self._hooks:
                hook.end(self._session)
        finally:
            self._session.close()

    def __enter__(self) -> MonitoredSession:
        self._session.__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if kind in (None, OutOfRangeError, StopIteration):
            self.close()
        self._session.__exit__(None, None, None)
        return kind is not None and issubclass(kind, (OutOfRangeError, StopIteration))


SingularMonitoredSession = MonitoredSession

start_queues_hook: list[
    Callable[[Any], Any]
] = []  # what starts the threads that fill queues, where there are queues


def start_queues(session: Any) -> Any:
    return [start(session) for start in start_queues_hook]


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: Any = None,
    scaffold: Any = None,
    hooks: Any = None,
    chief_only_hooks: Any = None,
    save_checkpoint_secs: Any = "default",
    save_summaries_steps: Any = "default",
    save_summaries_secs: Any = "default",
    config: Any = None,
    stop_grace_period_secs: int = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: int = 7200,
    save_checkpoint_steps: Any = "default",
    summary_dir: Any = None,
) -> MonitoredSession:
    """A monitored session that saves, writes summaries and logs its speed by itself."""
    scaffold = scaffold or Scaffold()
    all_hooks = [*(hooks or ()), *(chief_only_hooks or ())]
    if save_summaries_steps == "default" and save_summaries_secs == "default":
        save_summaries_steps, save_summaries_secs = 100, None
    save_summaries_steps, save_summaries_secs = (
        None if v == "default" else v for v in (save_summaries_steps, save_summaries_secs)
    )
    if save_checkpoint_secs == "default" and save_checkpoint_steps == "default":
        save_checkpoint_secs, save_checkpoint_steps = 600, None
    secs, steps = (None if v == "default" else v for v in (save_checkpoint_secs, save_checkpoint_steps))
    folder = summary_dir or checkpoint_dir
    if folder and get_global_step() is not None:
        if log_step_count_steps:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=folder))
        if save_summaries_steps or save_summaries_secs:
            all_hooks.append(
                SummarySaverHook(save_summaries_steps, save_summaries_secs, folder, scaffold=scaffold)
            )
    if checkpoint_dir and (secs or steps):
        all_hooks.append(CheckpointSaverHook(checkpoint_dir, secs, steps, scaffold=scaffold))
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(creator, all_hooks)


class SessionManager:
    """Makes sessions with values."""

    def __init__(self, local_init_op: Any = None, **_: Any):
        self._local = local_init_op

    def prepare_session(
        self,
        master: str = "",
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: int = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Any = None,
    ) -> Any:
        scaffold = Scaffold(init_op, init_feed_dict, init_fn, local_init_op=self._local, saver=saver)
        return ChiefSessionCreator(
            scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path
        ).create_session()


class Supervisor:
    """Initialises or restores a session, and saves and writes summaries while it runs."""

    USE_DEFAULT = 0

    def __init__(
        self,
        graph: Any = None,
        ready_op: Any = 0,
        is_chief: bool = True,
        init_op: Any = 0,
        init_feed_dict: Any = None,
        local_init_op: Any = 0,
        logdir: Any = None,
        summary_op: Any = 0,
        saver: Any = 0,
        global_step: Any = 0,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        checkpoint_basename: str = "model.ckpt",
        init_fn: Any = None,
        summary_writer: Any = 0,
        **_: Any,
    ):
        self._scaffold = Scaffold(
            init_op or None, init_feed_dict, init_fn, local_init_op=local_init_op or None, saver=saver or None
        )
        self._folder, self._stop = logdir, False
        self._scaffold.finalize()
        self.saver = self._scaffold.saver
        self.save_path = os.path.join(logdir, checkpoint_basename) if logdir else None
        self._save_secs = save_model_secs if saver is not None else 0
        self.summary_writer = summary_writer or (FileWriter(logdir, get_default_graph()) if logdir else None)
        self.summary_op = merge_all() if summary_op == 0 else summary_op
        self.global_step = get_global_step() if isinstance(global_step, int) else global_step
        self.coord = SimpleNamespace(
            should_stop=self.should_stop, request_stop=self.request_stop, join=lambda *a: None
        )

    def prepare_or_wait_for_session(self, master: str = "", config: Any = None, **_: Any) -> Any:
        """A session with values."""
        if self._folder:
            os.makedirs(self._folder, exist_ok=True)
        session = ChiefSessionCreator(self._scaffold, master, config, self._folder).create_session()
        start_queues(session)
        return session

    @contextmanager
    def managed_session(self, master: str = "", config: Any = None, **_: Any) -> Iterator[Any]:
        """A block with a session; it is saved in the end."""
        session = self.prepare_or_wait_for_session(master, config)
        try:
            with session:
                with suppress(OutOfRangeError):
                    yield session
                if self.save_path and self.saver is not None and self._save_secs:
                    self.saver.save(session, self.save_path, self.global_step)
        finally:
            self._stop = True
            if self.summary_writer is not None:
                self.summary_writer.flush()

    def should_stop(self) -> bool:
        return self._stop

    def request_stop(self, ex: Any = None) -> None:
        self._stop = True

    def stop(self, threads: Any = None, close_summary_writer: bool = True, **_: Any) -> None:
        self._stop = True
        if self.summary_writer is not None and close_summary_writer:
            self.summary_writer.close()

    def start_standard_services(self, sess: Any) -> list[Any]:
        return []

    def start_queue_runners(self, sess: Any, queue_runners: Any = None) -> Any:
        return start_queues(sess)

    def summary_computed(self, sess: Any, summary: Any, global_step: Any = None) -> None:
        """Write a summary."""
        if self.summary_writer is not None:
            step = (
                sess.run(self.global_step)
                if global_step is None and self.global_step is not None
                else global_step
            )
            self.summary_writer.add_summary(summary, step)


class ClusterSpec:
    """Names of machines: without meaning here."""

    def __init__(self, cluster: Any):
        self._cluster = {k: list(v) if not isinstance(v, dict) else v for k, v in dict(cluster).items()}

    def as_dict(self) -> dict[str, Any]:
        return dict(self._cluster)

    @property
    def jobs(self) -> list[str]:
        return list(self._cluster)

    def num_tasks(self, job_name: str) -> int:
        return len(self._cluster[job_name])

    def job_tasks(self, job_name: str) -> list[Any]:
        return list(self._cluster[job_name])


class Server:
    """This process as the only server of a cluster."""

    def __init__(
        self,
        server_or_cluster_def: Any = None,
        job_name: Any = None,
        task_index: Any = None,
        protocol: Any = None,
        config: Any = None,
        start: bool = True,
    ):
        self.target = ""

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        return Server()

    def start(self) -> None:
        pass

    def join(self) -> None:
        pass


def replica_device_setter(*args: Any, **kwargs: Any) -> Callable[[Any], str]:
    """Where variables go: here."""
    return lambda op: ""


def write_graph(graph_or_graph_def: Any, logdir: str, name: str, as_text: bool = True) -> str:
    """Write a graph's definition as text."""
    definition = (
        graph_or_graph_def.as_graph_def() if isinstance(graph_or_graph_def, Graph) else graph_or_graph_def
    )
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(logdir, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(definition))
    return path
