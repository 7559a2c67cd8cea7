"""`fuel.transformers`: streams of changed batches."""

from __future__ import annotations

from typing import Any

from .streams import DataStream


class Flatten(DataStream):
    """Every row as a vector. which_sources: which arrays are changed, all by default."""

    def __init__(self, data_stream: DataStream, which_sources: Any = None, **_: Any):
        super().__init__(data_stream.dataset, data_stream.iteration_scheme)
        self.data_stream, self.which = data_stream, which_sources or self.sources

    def batch(self, rows: Any) -> tuple[Any, ...]:
        """The arrays of some rows."""
        return tuple(
            self.change(array) if name in self.which else array
            for name, array in zip(self.sources, self.data_stream.batch(rows), strict=True)
        )

    def change(self, array: Any) -> Any:
        """What becomes of one array."""
        return array.reshape(len(array), -1)


class Cast(Flatten):
    """Arrays of another dtype."""

    def __init__(self, data_stream: DataStream, dtype: Any, which_sources: Any = None, **_: Any):
        super().__init__(data_stream, which_sources)
        self.dtype = "float32" if dtype == "floatX" else dtype

    def change(self, array: Any) -> Any:
        """The array of the dtype."""
        return array.astype(self.dtype)
