"""The `onnx` package's own node tests, by the program that writes the lists of docs/onnx.md."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from onnx_agree import onnx

REPOSITORY = Path(__file__).parents[2]
PROGRAM = runpy.run_path(str(REPOSITORY / "benchmarks" / "onnx_nodes.py"))


@pytest.fixture(scope="module")
def tests() -> list[Any]:
    return list(PROGRAM["tests"](("node",)))


@pytest.mark.slow
def test_no_node_test_fails(tests: list[Any]) -> None:
    """Each passes, or says what is not supported."""
    found = [PROGRAM["run"](test) for test in tests]
    assert [(o.name, o.why) for o in found if o.result == "failed"] == []
    assert sum(o.result == "passed" for o in found) > 0.8 * len(found)


# One in which sizes, loops or axes are at their hardest, for operators of every kind.
COMPILED = [
    "test_averagepool_2d_ceil", "test_batchnorm_epsilon", "test_basic_conv_with_padding",
    "test_convtranspose_3d", "test_gemm_all_attributes", "test_gru_seq_length", "test_lstm_with_peepholes",
    "test_layer_normalization_4d_axis1", "test_maxpool_2d_dilations", "test_scan9_sum",
    "test_softmax_axis_1", "test_resize_upsample_scales_cubic", "test_gridsample_bilinear",
    "test_scatternd_add", "test_gathernd_example_int32_batch_dim1", "test_reverse_sequence_batch",
    "test_einsum_batch_matmul", "test_qlinearconv", "test_dft", "test_instancenorm_example", "test_lrn",
    "test_cumsum_2d_axis_1", "test_depthtospace_crd_mode_example", "test_mod_int64_fmod", "test_if",
]  # fmt: skip


@pytest.mark.slow
def test_compiled(tests: list[Any]) -> None:
    chosen = {test.name: test for test in tests if test.name in COMPILED}
    assert len(chosen) > 0.9 * len(COMPILED)
    found = [PROGRAM["run"](test, compiled=True) for test in chosen.values()]
    assert [(o.name, o.why) for o in found if o.result != "passed"] == []


def test_the_page_was_written_for_this_engine() -> None:
    """Which operators models may have, as docs/onnx.md lists them."""
    page = PROGRAM["PAGE"].read_text("utf-8")
    if f"onnx {onnx.__version__}" not in page:
        pytest.skip("the page was written with another version of the package onnx")
    assert ", ".join(PROGRAM["supported"]()) in page
