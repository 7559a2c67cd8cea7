"""tf.summary: operations that describe values, and files of them for TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...train.events import EventWriter
from ...train.scopes import Drawn
from .. import missing
from ..record import Host
from .graph import Graph, GraphKeys, Mode, get_default_graph
from .inputs import convert_to_tensor
from .recording import apply


class Value:
    """One entry of a summary: its tag, and a simple_value or what else is shown."""

    def __init__(
        self,
        tag: str = "",
        simple_value: float | None = None,
        kind: str = "scalar",
        content: Any = None,
        **other: Any,
    ):
        self.tag, self.simple_value, self.kind = tag, simple_value, kind
        self.content: Any = simple_value if content is None else content
        for name in ("image", "histo"):
            if name in other:
                self.kind, self.content = name, other[name]
        self.node_name = other.get("node_name", "")
        self.image, self.histo = other.get("image"), other.get("histo")


class _Values(list):  # type: ignore[type-arg]
    def add(self, **fields: Any) -> Value:
        """One more entry."""
        self.append(Value(**fields))
        return self[-1]  # type: ignore[no-any-return]


class Image(SimpleNamespace):
    """A picture as it is in a file: encoded_image_string, height, width."""


class Summary:
    """Entries for TensorBoard: `Summary(value=[Summary.Value(tag=..., simple_value=...)])`."""

    Value, Image = Value, Image

    def __init__(self, value: Any = ()):
        self.value = _Values(value)

    def SerializeToString(self) -> Any:
        return Written(list(self.value))

    def ParseFromString(self, serialized: Any) -> None:
        self.value = _Values(getattr(serialized, "values", ()))

    @classmethod
    def FromString(cls, serialized: Any) -> Summary:
        return cls(getattr(serialized, "values", ()))


class Written(bytes):
    """What a summary operation gives: entries for a FileWriter."""

    values: list[Value]

    def __new__(cls, values: list[Value]) -> Written:
        made = super().__new__(cls, "; ".join(v.tag for v in values).encode())
        made.values = values
        return made


def _operation(
    kind: str, name: str, tensors: Any, describe: Any, collections: Any, family: str | None = None
) -> Any:
    """A summary operation; its tag is its name."""
    if Mode.eager:
        return None
    graph = get_default_graph()
    label = name.replace(" ", "_")
    whole = f"{family}/{label}" if family else label
    given = [convert_to_tensor(t) for t in tensors]

    def write(*values: Any) -> Written:
        return Written(list(describe(made.op.name, *values)))

    made = apply(kind, write, given, name=_clean(whole), dtype="string", source=Host)
    for key in [GraphKeys.SUMMARIES] if collections is None else collections:
        graph.add_to_collection(key, made)
    return made


def _clean(name: str) -> str:
    text = "".join(c if c.isalnum() or c in "._-/\\" else "_" for c in name)
    return text.lstrip("/_-") or "summary"


def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Any:
    """A number."""
    return _operation(
        "ScalarSummary",
        name,
        [tensor],
        lambda tag, v: [Value(tag, float(np.asarray(v)))],
        collections,
        family,
    )


def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Any:
    """How numbers are distributed."""

    def describe(tag: str, numbers: Any) -> list[Value]:
        return [Value(tag, kind="histogram", content=np.array(numbers))]

    return _operation("HistogramSummary", name, [values], describe, collections, family)


def image(
    name: str, tensor: Any, max_outputs: int = 3, collections: Any = None, family: str | None = None
) -> Any:
    """Pictures (batch, height, width, channels), the first `max_outputs` of them."""

    def describe(tag: str, pictures: Any) -> Iterator[Value]:
        count = min(max_outputs, len(pictures))
        for i in range(count):
            label = f"{tag}/image" if max_outputs == 1 else f"{tag}/image/{i}"
            yield Value(label, kind="image", content=_pixels(np.asarray(pictures[i])))

    return _operation("ImageSummary", name, [tensor], describe, collections, family)


def _pixels(picture: Any) -> Any:
    """uint8 of a picture: floats scaled so that the largest is 255, around 127 where some are negative."""
    if picture.dtype == np.uint8:
        return picture[..., :3]
    finite = np.where(np.isfinite(picture), picture, 0)
    low, high = finite.min(initial=0), finite.max(initial=0)
    if low >= 0:
        scaled = finite * (255 / high if high > 0 else 0)
    else:
        scaled = finite * (127 / max(abs(low), abs(high))) + 128
    return scaled.clip(0, 255).astype(np.uint8)[..., :3]


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Any:
    """Sound (batch, frames, channels) or (batch, frames), between -1 and 1."""

    def describe(tag: str, sound: Any, rate: Any) -> Iterator[Value]:
        count = min(max_outputs, len(sound))
        for i in range(count):
            label = f"{tag}/audio" if max_outputs == 1 else f"{tag}/audio/{i}"
            yield Value(label, kind="audio", content=(np.asarray(sound[i]), float(rate)))

    return _operation(
        "AudioSummaryV2",
        name,
        [tensor, convert_to_tensor(sample_rate, "float32")],
        describe,
        collections,
        family,
    )


def text(name: str, tensor: Any, collections: Any = None) -> Any:
    """Text, in Markdown."""

    def describe(tag: str, words: Any) -> list[Value]:
        lines = [
            w.decode() if isinstance(w, bytes) else str(w)
            for w in np.atleast_1d(np.asarray(words, object)).ravel()
        ]
        return [Value(tag, kind="text", content="\n\n".join(lines))]

    return _operation("TensorSummaryV2", name, [tensor], describe, collections)


def tensor_summary(
    name: str, tensor: Any, summary_description: Any = None, collections: Any = None, **_: Any
) -> Any:
    return histogram(name, tensor, collections)


def merge(inputs: Any, collections: Any = None, name: str | None = None) -> Any:
    """Several summaries as one."""
    given = list(inputs)

    def join(values: Any) -> Written:
        return Written([v for each in values for v in getattr(each, "values", ())])

    made = apply("MergeSummary", join, [given], name=f"{name or 'Merge'}", dtype="string", source=Host)
    for key in collections or ():
        get_default_graph().add_to_collection(key, made)
    return made


def merge_all(key: Any = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Any:
    """All summaries of the graph as one, or None where there are none."""
    if Mode.eager:
        raise RuntimeError("Merging tf.summary.* ops is not compatible with eager execution.")
    found = get_default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None


def initialize(graph: Any = None, session: Any = None) -> None:
    """Nothing has to be prepared."""


class FileWriter:
    """Writes summaries and graphs to an event file in a folder.

    Raises MissingExtraError where the package tensorboard is not installed.
    """

    def __init__(
        self, logdir: Any, graph: Any = None, max_queue: int = 10, flush_secs: int = 120,
        graph_def: Any = None, filename_suffix: str | None = None, session: Any = None,
    ):  # fmt: skip
        self._writer: EventWriter | None = None
        self._folder = str(logdir)
        self._writer = EventWriter(self._folder)
        if graph is not None:
            self.add_graph(graph)

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def get_logdir(self) -> str:
        return self._folder

    def _open(self) -> EventWriter:
        if self._writer is None:
            self._writer = EventWriter(self._folder)
        return self._writer

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Write what a summary operation gave, or a Summary."""
        step = 0 if global_step is None else int(np.asarray(global_step))
        values = getattr(summary, "values", None)
        if values is None:
            values = getattr(summary, "value", None)
        if values is None:
            raise TypeError(f"add_summary takes what a summary operation gives, not {type(summary).__name__}")
        writer = self._open()
        for value in values:
            self._add(writer, value, step)

    def _add(self, writer: EventWriter, value: Value, step: int) -> None:
        if value.kind == "audio":
            samples, rate = value.content
            writer.audio(value.tag, samples, int(rate), step)
        elif value.kind == "text":
            writer.text(value.tag, value.content, step)
        elif value.kind == "histogram":
            writer.histogram(value.tag, value.content, step)
        elif value.kind == "image" and isinstance(value.content, np.ndarray):
            writer.image(value.tag, value.content, step)
        elif value.simple_value is not None:
            writer.scalar(value.tag, value.simple_value, step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Write a graph for TensorBoard's page of graphs."""
        found = graph if isinstance(graph, Graph) else getattr(graph, "graph", None)
        if found is not None:
            self._open().graph(list(_drawn(found)))

    def add_event(self, event: Any) -> None:
        summary = getattr(event, "summary", None)
        if summary is not None:
            self.add_summary(summary, getattr(event, "step", 0))

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Nothing of it is shown."""

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Nothing of it is shown."""

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Nothing of it is shown."""

    def flush(self) -> None:
        if self._writer is not None:
            self._writer.flush()

    def reopen(self) -> None:
        self._open()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.flush()
            self._writer.close()
            self._writer = None


SummaryWriter = FileWriter


class FileWriterCache:
    """One writer for every folder."""

    _writers: dict[str, FileWriter] = {}

    @classmethod
    def get(cls, logdir: str) -> FileWriter:
        return cls._writers.setdefault(str(logdir), FileWriter(logdir))

    @classmethod
    def clear(cls) -> None:
        cls._writers = {}


def _drawn(graph: Graph) -> Iterator[Drawn]:
    for o in graph.get_operations():
        inputs = [i.name.removesuffix(":0") for i in o.inputs if i.name] + [
            f"^{c.name}" for c in o.control_inputs
        ]
        first = o.outputs[0] if o.outputs else None
        sizes = (
            ()
            if first is None or first.shape.ndims is None
            else tuple(d.value if d.value is not None else -1 for d in first.shape)
        )
        kind = "" if first is None or first.dtype is None else first.dtype.base_dtype.name
        where = o.source.where
        yield Drawn(o.name, o.type, tuple(inputs), kind, sizes, f"{where[0]}:{where[1]}" if where else "")


class Event:
    """An event as it is in a file."""

    def __init__(self, wall_time: float | None = None, step: int = 0, summary: Any = None, **_: Any):
        self.wall_time, self.step, self.summary = wall_time or time.time(), step, summary


class SessionLog(SimpleNamespace):
    START, STOP, CHECKPOINT = 1, 2, 3


__getattr__ = missing.attributes("tensorflow.summary", globals())
