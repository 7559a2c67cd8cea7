"""What is said of other machines, of which there are none, and hooks that seldom matter."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..graph import Graph
from .hooks import SessionRunArgs, SessionRunHook


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


class FeedFnHook(SessionRunHook):
    """Feeds what a function gives."""

    def __init__(self, feed_fn: Callable[[], Any]):
        self.feed_fn = feed_fn

    def before_run(self, run_context: Any) -> Any:
        return SessionRunArgs(None, self.feed_fn())


class GlobalStepWaiterHook(SessionRunHook):
    """Waits for a step of other workers: there are none."""

    def __init__(self, wait_until_step: int):
        self.wait_until_step = wait_until_step


class ProfilerHook(SessionRunHook):
    """Writes profiles: there are none."""

    def __init__(self, *args: Any, **kwargs: Any):
        pass


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


__all__ = [
    "CheckpointSaverListener", "ClusterSpec", "FeedFnHook", "GlobalStepWaiterHook", "ProfilerHook", "Server",
    "replica_device_setter", "write_graph",
]  # fmt: skip
