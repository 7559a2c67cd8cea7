"""The peers: each a file here, imported only in the process that is to run it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from ..runner import Library
from .packages import installed


@dataclass(frozen=True)
class Peer:
    """Where a peer is found. module: here. package: what has to be installed. title: for tables."""

    module: str
    package: str
    title: str


PEERS = {
    "numpy": Peer("numpy_in_place", "numpy", "NumPy"),
    "torch": Peer("torch_eager", "torch", "PyTorch eager"),
    "torch-compile": Peer("torch_compiled", "torch", "PyTorch compiled"),
    "jax": Peer("jax_step", "jax", "JAX jit step"),
    "jax-scan": Peer("jax_scan", "jax", "JAX scan"),
    "tensorflow": Peer("tensorflow_function", "tensorflow", "TensorFlow function"),
    "tensorflow-xla": Peer("tensorflow_xla", "tensorflow", "TensorFlow XLA"),
    "pytensor": Peer("pytensor_function", "pytensor", "PyTensor"),
    "tinygrad": Peer("tinygrad_jit", "tinygrad", "tinygrad"),
}


def usable() -> list[str]:
    """The peers that are installed."""
    return [name for name, peer in PEERS.items() if installed(peer.package)]


def library(name: str) -> Library:
    """A peer, ready to be asked."""
    found: Library = importlib.import_module(f"{__name__}.{PEERS[name].module}").LIBRARY
    return found
