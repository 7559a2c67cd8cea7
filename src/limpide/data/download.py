"""The download of full MNIST: only when asked for, checked by SHA-256. The one door to `pooch`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, MissingExtraError
from .folders import user_folder

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
TIMEOUT = 30.0  # seconds without an answer
CHUNK = 1 << 16  # bytes between two reports of progress

Progress = Callable[[str, int, int], None]  # file name, bytes so far, bytes in all


def download_mnist(
    folder: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    *,
    mirrors: Sequence[str] = MIRRORS,
    checksums: Mapping[str, str] = CHECKSUMS,
) -> Path:
    """Fetch the four files of MNIST (11.6 MB) and return their folder, where `mnist()` finds them.

    folder: by default the user's data folder. progress: called as progress(name, done, total) in bytes.
    A file that is there already with the right SHA-256 is kept; a file appears whole or not at all; the
    mirrors are tried in turn.

    Raises MissingExtraError without `pooch`, DataError if a file cannot be had from any mirror.
    """
    pooch = _pooch()
    target = Path(folder) if folder is not None else user_folder() / "mnist"
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError("download_mnist", f"{target} cannot be made: {error.strerror or error}") from error
    for name, digest in checksums.items():
        _fetch(pooch, name, digest, target, mirrors, progress)
    return target


def _fetch(
    pooch: Any, name: str, digest: str, target: Path, mirrors: Sequence[str], progress: Progress | None
) -> None:
    failures: list[tuple[str, str]] = []
    cause: Exception | None = None
    for mirror in mirrors:
        bar = _Bar(name, progress) if progress is not None else False
        downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=CHUNK, timeout=TIMEOUT)
        try:
            pooch.retrieve(mirror + name, f"sha256:{digest}", name, target, downloader=downloader)
            return
        except (OSError, ValueError) as error:
            # A wrong checksum is a ValueError; all errors of requests are OSErrors.
            failures.append((mirror, _reason(error)))
            cause = error
    reasons = "".join(f"\n  {mirror}: {reason}" for mirror, reason in failures)
    raise DataError(
        "download_mnist",
        f"{name} could not be downloaded from any of {len(mirrors)} places:{reasons}",
        hint="is this machine online? Or copy the four .gz files from another one to "
        f"{target}, or set LIMPIDE_DATA to their folder",
    ) from cause


def _reason(error: Exception) -> str:
    """One line for the user, without the addresses and object names of the network stack."""
    if isinstance(error, ValueError) and "hash" in str(error).lower():
        return "what came is not the expected file (its SHA-256 differs)"
    response = getattr(error, "response", None)
    if response is not None:
        response.close()  # pooch leaves the connection of a refusal open
        return f"the server answered {response.status_code} {response.reason}"
    plain = {"ConnectionError": "no connection", "ConnectTimeout": "no answer", "ReadTimeout": "no answer"}
    kind = type(error).__name__
    return plain.get(kind, f"{kind}: {error}")


class _Bar:
    """What pooch reports to, in its words (those of tqdm), as calls of `progress`."""

    def __init__(self, name: str, progress: Progress):
        self.name, self.progress = name, progress
        self.total, self.done = 0, 0

    def update(self, count: int) -> None:
        # pooch counts whole chunks, also for the last one.
        self.done = min(self.done + count, self.total)
        self.progress(self.name, self.done, self.total)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        """Nothing to close: whoever passes `progress` owns its display."""


def _pooch() -> Any:
    try:
        import pooch
    except ImportError as error:
        raise MissingExtraError("pooch", "data", "downloading data") from error
    pooch.get_logger().setLevel("WARNING")
    return pooch
