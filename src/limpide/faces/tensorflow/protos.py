"""Settings of sessions and runs, as scripts write them: names with values."""

from __future__ import annotations

from typing import Any


class Message:
    """Fields by name; what is not set is empty, and may be set deep inside."""

    _parts: dict[str, type[Message]] = {}

    def __init__(self, **fields: Any):
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        made = self._parts.get(name)
        if made is None:
            return 0
        self.__dict__[name] = made()
        return self.__dict__[name]

    def CopyFrom(self, other: Message) -> None:
        self.__dict__ = dict(other.__dict__)

    MergeFrom = CopyFrom

    def HasField(self, name: str) -> bool:
        return name in self.__dict__

    def SerializeToString(self) -> bytes:
        return repr(self).encode()

    def __repr__(self) -> str:
        return "".join(f"{k}: {v}\n" for k, v in sorted(self.__dict__.items()))


class GPUOptions(Message):
    """Settings of GPUs: without meaning here."""


class OptimizerOptions(Message):
    """Settings of the compiler: without meaning here."""

    L0, L1 = -1, 0
    OFF, ON_1, ON_2 = -1, 1, 2
    DEFAULT = 0


class GraphOptions(Message):
    _parts = {"optimizer_options": OptimizerOptions, "rewrite_options": Message}


class ConfigProto(Message):
    """Settings of a session: allow_soft_placement and log_device_placement have a meaning here."""

    _parts = {
        "gpu_options": GPUOptions,
        "graph_options": GraphOptions,
        "experimental": Message,
        "device_count": Message,
    }


class RunOptions(Message):
    """Settings of a run: without meaning here."""

    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = 0, 1, 2, 3


class RunMetadata(Message):
    """What is told of a run: nothing."""

    _parts = {"step_stats": Message, "cost_graph": Message}


class HistogramProto(Message):
    pass


class Features(Message):
    pass


__all__ = [
    "ConfigProto", "GPUOptions", "GraphOptions", "HistogramProto", "OptimizerOptions", "RunMetadata",
    "RunOptions",
]  # fmt: skip
