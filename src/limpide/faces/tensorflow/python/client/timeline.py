"""Timelines of runs: a run is one native call, and there is nothing to draw."""

from __future__ import annotations

from typing import Any

from .... import missing


class Timeline:
    """A timeline without events."""

    def __init__(self, step_stats: Any, graph: Any = None):
        self.step_stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow: bool = True, show_memory: bool = False) -> str:
        return '{"traceEvents": []}'


__getattr__ = missing.attributes("tensorflow.python.client.timeline", globals())
