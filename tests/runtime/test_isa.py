"""LIMPIDE_MARCH: the same results with the vector instructions of older and newer processors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp
from codegen.programs import configured, differences
from limpide import nn, optim
from limpide.errors import LimpideError
from limpide.runtime import toolchain

# The name of the processor for compilers, a feature that it needs, and what is found then.
TARGETS = [("x86-64", "sse2", "sse"), ("haswell", "avx2", "avx2"), ("x86-64-v4", "avx512vl", "avx512")]
targets = pytest.mark.parametrize(("march", "feature", "isa"), TARGETS, ids=[t[0] for t in TARGETS])


@pytest.fixture
def compiler(march: str, feature: str, monkeypatch: pytest.MonkeyPatch) -> toolchain.Toolchain:
    """A compiler for the processor, if code for it runs here."""
    if not toolchain.IS_X86 or f" {feature} " not in f"{toolchain.cpu()} ":
        pytest.skip(f"no processor with {feature}")
    monkeypatch.setenv("LIMPIDE_MARCH", march)
    toolchain.forget()
    found = toolchain.find()
    if found is None:
        pytest.skip("no C compiler here")
    return found


@targets
def test_the_compiler_is_told(march: str, feature: str, isa: str, compiler: toolchain.Toolchain) -> None:
    assert compiler.isa.name == isa
    assert f"-march={march}" in compiler.flags()


@targets
@pytest.mark.parametrize("threads", [1, 2])
def test_a_training_step(
    march: str, feature: str, isa: str, compiler: toolchain.Toolchain, threads: int
) -> None:
    def losses(device: str) -> Any:
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(37, 45)).astype("f"), rng.integers(0, 7, 37)
        model = nn.Sequential(nn.Linear(45, 33), nn.Tanh(), nn.Linear(33, 7))
        for p in model.parameters():
            p.assign(rng.normal(size=p.shape).astype("f") / 6)
        optimizer = optim.Adam(lr=0.01)

        @lp.compile
        def step(x: Any, y: Any) -> Any:
            loss = nn.cross_entropy(model(x), y)
            optimizer.minimize(loss)
            return loss

        with configured(threads, device):
            return [float(step(x, y)) for _ in range(5)]

    np.testing.assert_allclose(losses("c"), losses("numpy"), rtol=2e-5)


@targets
@pytest.mark.parametrize("seed", [1, 7])
def test_random_programs(
    march: str, feature: str, isa: str, compiler: toolchain.Toolchain, seed: int
) -> None:
    assert differences(seed, 2, special=0.2, empty=0.1) is None


def test_an_unknown_processor_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    if toolchain.find() is None:
        pytest.skip("no C compiler here")
    monkeypatch.setenv("LIMPIDE_MARCH", "nonsense")
    toolchain.forget()
    with pytest.raises(LimpideError, match="nonsense"):
        toolchain.require()
