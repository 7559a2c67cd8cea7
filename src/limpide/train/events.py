"""Event files of TensorBoard. The one door to tensorboard: its own writer and messages, no tensorflow."""

from __future__ import annotations

import io
import itertools
import os
import socket
import struct
import time
import wave
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..errors import ArgumentError, MissingExtraError, user_frame
from .scopes import Drawn

_number = itertools.count()


def _door() -> Any:
    try:
        from tensorboard.compat.proto import (
            attr_value_pb2,
            event_pb2,
            graph_pb2,
            node_def_pb2,
            summary_pb2,
            types_pb2,
        )
        from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError:
        raise MissingExtraError("tensorboard", "tensorboard", "writing logs for TensorBoard") from None
    return SimpleNamespace(
        event=event_pb2, summary=summary_pb2, graph=graph_pb2, node=node_def_pb2, types=types_pb2,
        attr=attr_value_pb2, hparams=api_pb2, hparams_names=metadata, hparams_data=plugin_data_pb2,
        writer=RecordWriter,
    )  # fmt: skip


class EventWriter:
    """Writes one event file into a folder: numbers, histograms, images, a graph, hyper-parameters.

    purge: what earlier files of the folder say of this step and later ones is forgotten by TensorBoard.
    Raises MissingExtraError without the package tensorboard.

    >>> import tempfile
    >>> with EventWriter(tempfile.mkdtemp()) as writer:
    ...     writer.scalar("loss", 0.5, step=0)
    """

    def __init__(self, folder: str | os.PathLike[str], purge: int | None = None):
        self._pb = _door()
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        # Readers go by the order of names: of files of one second, too.
        unique = f"{int(time.time()):010}.{socket.gethostname()}.{os.getpid()}.{next(_number):06}"
        self.path = place / f"events.out.tfevents.{unique}"
        self._file = self.path.open("wb")
        self._records = self._pb.writer(self._file)
        self._write(file_version="brain.Event:2")
        if purge is not None:
            session = self._pb.event.SessionLog
            self._write(step=purge, session_log=session(status=session.START))

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """All that was written is in the file."""
        self._file.close()

    def flush(self) -> None:
        """All that was written can be read."""
        self._records.flush()

    # --------------------------------------------------------------------------------------- what is shown
    def scalar(self, tag: str, value: float, step: int) -> None:
        """A number."""
        self._summary(step, tag=tag, simple_value=float(value))

    def histogram(self, tag: str, values: Any, step: int, bins: int = 30) -> None:
        """How numbers are distributed; NaN and infinite ones are left out."""
        flat = np.asarray(values, np.float64).ravel()
        flat = flat[np.isfinite(flat)]
        if not flat.size:
            return
        counts, edges = np.histogram(flat, bins)
        self._summary(
            step,
            tag=tag,
            histo=self._pb.summary.HistogramProto(
                min=flat.min(), max=flat.max(), num=flat.size, sum=flat.sum(), sum_squares=flat @ flat,
                bucket_limit=edges.tolist(), bucket=[0.0, *counts.tolist()],
            ),
        )  # fmt: skip

    def image(self, tag: str, image: Any, step: int) -> None:
        """An image: (height, width), (height, width, 1) or (height, width, 3); uint8, or floats in [0, 1]."""
        pixels = as_pixels(image)
        height, width, channels = pixels.shape
        picture = self._pb.summary.Summary.Image(
            height=height, width=width, colorspace=channels, encoded_image_string=png(pixels)
        )
        self._summary(step, tag=tag, image=picture)

    def audio(self, tag: str, samples: Any, rate: int, step: int) -> None:
        """Sound: (frames,) or (frames, channels) between -1 and 1, `rate` frames in a second."""
        sound = np.asarray(samples, np.float64)
        sound = sound[:, None] if sound.ndim == 1 else sound
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(sound.shape[1])
            writer.setsampwidth(2)
            writer.setframerate(int(rate))
            writer.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        content = self._pb.summary.Summary.Audio(
            sample_rate=rate, num_channels=sound.shape[1], length_frames=len(sound),
            encoded_audio_string=file.getvalue(), content_type="audio/wav",
        )  # fmt: skip
        self._summary(step, tag=tag, audio=content)

    def text(self, tag: str, text: str, step: int) -> None:
        """A text, in Markdown."""
        metadata = self._pb.summary.SummaryMetadata(
            plugin_data=self._pb.summary.SummaryMetadata.PluginData(plugin_name="text")
        )
        tensor = {"dtype": self._pb.types.DT_STRING, "string_val": [text.encode()]}
        self._summary(step, tag=tag, metadata=metadata, tensor=tensor)

    def graph(self, nodes: Iterable[Drawn]) -> None:
        """A graph for the graph page: its modules can be opened there."""
        definition = self._pb.graph.GraphDef(
            node=[self._node(node) for node in nodes], versions={"producer": 22}
        )
        self._write(graph_def=definition.SerializeToString())

    def _node(self, node: Drawn) -> Any:
        value = self._pb.attr.AttrValue
        shape = {"dim": [{"size": size} for size in node.shape]}
        attributes = {
            "_output_shapes": value(list=value.ListValue(shape=[shape])),
            "shape": value(shape=shape),
            "dtype": value(s=node.dtype.encode()),
        }
        if node.line:
            attributes["line"] = value(s=node.line.encode())
        return self._pb.node.NodeDef(name=node.name, op=node.op, input=node.inputs, attr=attributes)

    def hparams(self, settings: Mapping[str, Any], metrics: Sequence[str] = ()) -> None:
        """The hyper-parameters of this run: numbers, texts, bools; metrics: the tags that judge them."""
        api, names = self._pb.hparams, self._pb.hparams_names
        kinds = {bool: api.DATA_TYPE_BOOL, float: api.DATA_TYPE_FLOAT64, str: api.DATA_TYPE_STRING}
        plain = {k: v if isinstance(v, (bool, str)) else float(v) for k, v in settings.items()}
        experiment = api.Experiment(
            hparam_infos=[api.HParamInfo(name=k, type=kinds[type(v)]) for k, v in plain.items()],
            metric_infos=[api.MetricInfo(name=api.MetricName(tag=tag)) for tag in metrics],
        )
        start = self._pb.hparams_data.SessionStartInfo(start_time_secs=time.time())
        for name, value in plain.items():
            field = {bool: "bool_value", float: "number_value", str: "string_value"}[type(value)]
            setattr(start.hparams[name], field, value)
        self._hparams(names.EXPERIMENT_TAG, experiment=experiment)
        self._hparams(names.SESSION_START_INFO_TAG, session_start_info=start)

    def finished(self) -> None:
        """The run with these hyper-parameters has ended well."""
        end = self._pb.hparams_data.SessionEndInfo(
            status=self._pb.hparams.STATUS_SUCCESS, end_time_secs=time.time()
        )
        self._hparams(self._pb.hparams_names.SESSION_END_INFO_TAG, session_end_info=end)

    def _hparams(self, tag: str, **content: Any) -> None:
        names = self._pb.hparams_names
        data = self._pb.hparams_data.HParamsPluginData(version=names.PLUGIN_DATA_VERSION, **content)
        plugin = self._pb.summary.SummaryMetadata.PluginData(
            plugin_name=names.PLUGIN_NAME, content=data.SerializeToString()
        )
        metadata = self._pb.summary.SummaryMetadata(plugin_data=plugin)
        self._summary(0, tag=tag, metadata=metadata, tensor=names.NULL_TENSOR)

    # ------------------------------------------------------------------------------------------ the file
    def _summary(self, step: int, **value: Any) -> None:
        summary = self._pb.summary.Summary(value=[self._pb.summary.Summary.Value(**value)])
        self._write(step=step, summary=summary)

    def _write(self, **content: Any) -> None:
        event = self._pb.event.Event(wall_time=time.time(), **content)
        self._records.write(event.SerializeToString())


def as_pixels(image: Any) -> Any:
    """An image as uint8 (height, width, channels).

    >>> as_pixels(np.array([[0.0, 1.0]])).tolist()
    [[[0], [255]]]
    """
    array = np.asarray(image)
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] not in (1, 3) or not array.size:
        raise ArgumentError(
            "image",
            f"shape {np.shape(image)} is no image",
            where=user_frame(),
            hint="(height, width), (height, width, 1) or (height, width, 3)",
        )
    if array.dtype == np.uint8:
        return array
    return (np.clip(np.nan_to_num(array), 0, 1) * 255).round().astype(np.uint8)


def png(pixels: Any) -> bytes:
    """uint8 (height, width, 1 or 3) as a PNG file (ISO 15948): every row unfiltered, all compressed."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # the first byte says: no filter
    rows[:, 1:] = pixels.reshape(height, -1)

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows.tobytes()))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")
