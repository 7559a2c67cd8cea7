"""Images from and to the bytes of files, by Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from ...pillow import pillow_door
from ..dtypes import as_dtype, int32, string, uint8
from ..errors import InvalidArgumentError
from ..inputs import convert_to_tensor
from ..io.examples import on_host

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def _decoded(data: Any, channels: int) -> Any:
    image_module = pillow_door().Image
    try:
        image = image_module.open(io.BytesIO(bytes(np.asarray(data, object).item())))
        image.load()
    except Exception as error:
        raise InvalidArgumentError(message=f"these bytes are no image: {error}") from None
    if channels:
        image = image.convert(MODES[channels])
    elif image.mode in ("P", "1", "CMYK", "I;16", "I"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    array = np.asarray(image)
    return array[..., None] if array.ndim == 2 else array


def _decoder(kind: str) -> Any:
    def decode(
        contents: Any,
        channels: int | None = None,
        dtype: Any = uint8,
        name: str | None = None,
        **settings: Any,
    ) -> Any:
        """(height, width, channels) from the bytes of a file; channels: 0 for those that it has."""
        wanted = as_dtype(dtype)

        def read(data: Any) -> list[Any]:
            array = _decoded(data, channels or 0)
            return [array.astype(np.uint16) * 257 if wanted.name == "uint16" else array]

        return on_host(kind, read, [convert_to_tensor(contents)], [wanted], [[None, None, channels or None]])[
            0
        ]

    return decode


decode_png, decode_jpeg, decode_bmp = _decoder("DecodePng"), _decoder("DecodeJpeg"), _decoder("DecodeBmp")
decode_and_crop_jpeg = decode_jpeg


def decode_image(
    contents: Any, channels: int | None = None, dtype: Any = uint8, name: str | None = None
) -> Any:
    """As decode_png, of any format; animations as (frames, height, width, channels)."""

    def read(data: Any) -> list[Any]:
        return [_decoded(data, channels or 0)]

    return on_host("DecodeImage", read, [convert_to_tensor(contents)], [uint8], [None])[0]


def decode_gif(contents: Any, name: str | None = None) -> Any:
    """(frames, height, width, 3)."""

    def read(data: Any) -> list[Any]:
        image = pillow_door().Image.open(io.BytesIO(bytes(np.asarray(data, object).item())))
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
        return [np.stack(frames)]

    return on_host("DecodeGif", read, [convert_to_tensor(contents)], [uint8], [[None, None, None, 3]])[0]


def _encoder(kind: str, file_format: str) -> Any:
    def encode(image: Any, *args: Any, name: str | None = None, quality: int = 95, **settings: Any) -> Any:
        """The bytes of a file from (height, width, channels)."""

        def write(array: Any) -> list[Any]:
            pixels = np.asarray(array)
            pixels = (pixels // 257).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
            picture = pillow_door().Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
            out = io.BytesIO()
            picture.save(out, file_format, **({"quality": quality} if file_format == "JPEG" else {}))
            text = np.empty((), object)
            text[()] = out.getvalue()
            return [text]

        return on_host(kind, write, [convert_to_tensor(image)], [string], [[]])[0]

    return encode


encode_png, encode_jpeg = _encoder("EncodePng", "PNG"), _encoder("EncodeJpeg", "JPEG")


def is_jpeg(contents: Any, name: str | None = None) -> Any:
    """Whether bytes begin as a JPEG file."""
    return on_host(
        "IsJpeg", lambda d: [np.bool_(bytes(np.asarray(d, object).item())[:3] == b"\xff\xd8\xff")],
        [convert_to_tensor(contents)], ["bool"], [[]],
    )[0]  # fmt: skip


def extract_jpeg_shape(contents: Any, output_type: Any = int32, name: str | None = None) -> Any:
    """Height, width and channels of a JPEG file."""
    kind = as_dtype(output_type)
    read = lambda d: [np.array(_decoded(d, 0).shape, kind.as_numpy_dtype)]  # noqa: E731
    return on_host("ExtractJpegShape", read, [convert_to_tensor(contents)], [kind], [[3]])[0]


__all__ = [
    "decode_and_crop_jpeg",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "is_jpeg",
]
