"""tfdbg without its screen: sessions that look at every tensor of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .... import missing
from ...graph import Tensor
from ...session import values_of


class DebugTensorDatum:
    """A tensor of a run: its name and where it was made."""

    def __init__(self, tensor: Tensor, number: int):
        self.tensor_name, self.node_name = str(tensor.name), tensor.op.name
        self.output_slot, self.timestamp = tensor.value_index, number
        self.where = tensor.source.where


def has_inf_or_nan(datum: Any, tensor: Any) -> bool:
    """The filter of that name: whether a float tensor holds a NaN or an infinity."""
    array = np.asarray(tensor)
    return array.dtype.kind in "fc" and not bool(np.isfinite(array).all())


class LocalCLIDebugWrapperSession:
    """A session of which every run is looked at by filters; what they find is printed.

    There is no screen to type at: a run goes on after it has been told what was found.
    """

    def __init__(
        self,
        sess: Any,
        dump_root: Any = None,
        ui_type: str = "curses",
        thread_name_filter: Any = None,
        **_: Any,
    ):
        self._sess = sess
        self.filters: dict[str, Callable[[Any, Any], bool]] = {"has_inf_or_nan": has_inf_or_nan}
        self.found: list[tuple[str, str]] = []  # filter, tensor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sess, name)

    def __enter__(self) -> LocalCLIDebugWrapperSession:
        self._sess.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._sess.__exit__(*error)

    def add_tensor_filter(self, filter_name: str, tensor_filter: Callable[[Any, Any], bool]) -> None:
        """One more question about every tensor."""
        self.filters[filter_name] = tensor_filter

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None, **_: Any
    ) -> Any:
        """As the session's; before it, every tensor behind the fetches is looked at."""
        for number, (tensor, value) in enumerate(values_of(self._sess, fetches, feed_dict)):
            datum = DebugTensorDatum(tensor, number)
            for name, question in self.filters.items():
                if question(datum, value):
                    self._tell(name, datum)
        return self._sess.run(fetches, feed_dict)

    def _tell(self, name: str, datum: DebugTensorDatum) -> None:
        self.found.append((name, datum.tensor_name))
        line = f", {datum.where[0]}:{datum.where[1]}" if datum.where else ""
        print(f"tfdbg: {name}: {datum.tensor_name}{line}", file=sys.stderr)


TensorBoardDebugWrapperSession = DumpingDebugWrapperSession = LocalCLIDebugWrapperSession

__getattr__ = missing.attributes("tensorflow.python.debug", globals())
