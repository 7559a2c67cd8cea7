"""The door to Pillow: pictures from and to files."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..errors import MissingExtraError


def pillow_door() -> Any:
    """Pillow's modules Image, ImageDraw and ImageFont; MissingExtraError without it."""
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError:
        raise MissingExtraError("pillow", "faces", "reading and writing images") from None
    return SimpleNamespace(Image=Image, ImageDraw=ImageDraw, ImageFont=ImageFont)
