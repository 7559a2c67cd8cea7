"""The one door to the package `onnx`: its protobuf messages, helpers and checker."""

from __future__ import annotations

from typing import Any

from ..errors import MissingExtraError


def library() -> Any:
    """The package `onnx`. Raises MissingExtraError where it is not installed."""
    try:
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
        import onnx.shape_inference

        import onnx
    except ImportError:
        raise MissingExtraError("onnx", "onnx", "an ONNX model") from None
    return onnx
