"""Downloads of data sets: only when asked for, checked by SHA-256. The one door to `pooch`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError, MissingExtraError
from .folders import user_folder


@dataclass(frozen=True)
class Source:
    """Where a data set is had from: folders of the network, and the SHA-256 of each file."""

    name: str
    mirrors: tuple[str, ...]
    checksums: Mapping[str, str]

    @property
    def files(self) -> str:
        """What is to be copied by hand where there is no network."""
        return (
            f"the {len(self.checksums)} .gz files" if len(self.checksums) > 1 else next(iter(self.checksums))
        )


MNIST = Source(
    "mnist",
    ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
)
FASHION_MNIST = Source(
    "fashion_mnist",
    (
        "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    {
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)
CIFAR10 = Source(
    "cifar10",
    ("https://www.cs.toronto.edu/~kriz/",),
    {"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
)
TIMEOUT = 30.0  # seconds without an answer
CHUNK = 1 << 16  # bytes between two reports of progress

Folder = str | os.PathLike[str] | None
Progress = Callable[[str, int, int], None]  # file name, bytes so far, bytes in all


def download_mnist(folder: Folder = None, progress: Progress | None = None) -> Path:
    """Fetch the four files of MNIST (11.6 MB) and return their folder, where `mnist()` finds them.

    folder: by default the user's data folder. progress: called as progress(name, done, total) in bytes.
    A file that is there already with the right SHA-256 is kept; a file appears whole or not at all; the
    mirrors are tried in turn.

    Raises MissingExtraError without `pooch`, DataError if a file cannot be had from any mirror.
    """
    return download(MNIST, folder, progress)


def download_fashion_mnist(folder: Folder = None, progress: Progress | None = None) -> Path:
    """Fetch the four files of Fashion-MNIST (30.9 MB); else as `download_mnist`."""
    return download(FASHION_MNIST, folder, progress)


def download_cifar10(folder: Folder = None, progress: Progress | None = None) -> Path:
    """Fetch the binary version of CIFAR-10 (170 MB), read as the archive it is; else as `download_mnist`."""
    return download(CIFAR10, folder, progress)


def download(source: Source, folder: Folder = None, progress: Progress | None = None) -> Path:
    """Fetch the files of a source and return their folder."""
    pooch = _pooch()
    target = Path(folder) if folder is not None else user_folder() / source.name
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"download_{source.name}", f"{target} cannot be made: {error.strerror or error}"
        ) from error
    for name, digest in source.checksums.items():
        _fetch(pooch, source, name, digest, target, progress)
    return target


def _fetch(
    pooch: Any, source: Source, name: str, digest: str, target: Path, progress: Progress | None
) -> None:
    failures: list[tuple[str, str]] = []
    cause: Exception | None = None
    for mirror in source.mirrors:
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
        f"download_{source.name}",
        f"{name} could not be downloaded from any of {len(source.mirrors)} places:{reasons}",
        hint=f"is this machine online? Or copy {source.files} from another one to "
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
