"""Arrays from other libraries and to them: which memory is shared, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import limpide as lp


class Old:
    """What a library that speaks DLPack 0 asks for."""

    def __init__(self, array: Any):
        self.array = array

    def __dlpack__(self, stream: Any = None) -> Any:
        return self.array.__dlpack__(stream=stream)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)


DTYPES = ["float32", "float64", "int8", "int64", "uint8", "uint32", "bool"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
def test_out_and_in(shape: tuple[int, ...], dtype: str) -> None:
    t = lp.tensor(np.arange(int(np.prod(shape))).reshape(shape).astype(dtype))
    out = np.from_dlpack(t)  # type: ignore[arg-type]
    assert out.dtype == dtype and out.shape == shape and (out == t.numpy()).all()
    back = lp.from_dlpack(out)
    assert back.dtype == dtype and back.shape == shape and (back.numpy() == out).all()
    assert t.__dlpack_device__() == (1, 0)


def test_the_value_is_shared_and_read_only() -> None:
    t = lp.tensor([1.0, 2.0])
    out = np.from_dlpack(t)  # type: ignore[arg-type]
    assert np.shares_memory(out, t.value) and not out.flags.writeable


def test_a_library_that_knows_no_read_only_memory_gets_a_copy() -> None:
    t = lp.tensor([1.0, 2.0])
    out = np.from_dlpack(Old(t))
    assert not np.shares_memory(out, t.value)
    assert out.tolist() == [1.0, 2.0]


def test_a_parameter_gives_its_value_of_now() -> None:
    w = lp.parameter([1.0, 2.0])

    @lp.compile
    def step() -> None:
        w.assign(w + 1)

    out = np.from_dlpack(w)  # type: ignore[call-overload]
    step()
    assert out.tolist() == [1.0, 2.0] and w.numpy().tolist() == [2.0, 3.0]


def test_arrays_come_in_without_copies() -> None:
    a = np.arange(6.0).reshape(2, 3)
    t = lp.from_dlpack(a)
    a[0, 0] = 7
    assert float(t[0, 0]) == 7 and a.flags.writeable
    assert float((t * 2).sum()) == 2 * a.sum()
    own = lp.from_dlpack(a, copy=True)
    a[0, 0] = 8
    assert float(own[0, 0]) == 7


def test_what_does_not_lie_as_it_should_is_copied() -> None:
    a = np.arange(6.0).reshape(2, 3).T
    t = lp.from_dlpack(a)
    assert t.value is not None and t.value.flags.c_contiguous and (t.numpy() == a).all()
    with pytest.raises(lp.LimpideError, match="not contiguous and aligned, and copy=False"):
        lp.from_dlpack(a, copy=False)
    assert lp.from_dlpack(a.T, copy=False).shape == (2, 3)


def test_compiled_code_takes_what_came_in() -> None:
    f = lp.compile(lambda x: x * 2)
    assert f(lp.from_dlpack(np.ones(5, np.float32))).tolist() == [2.0] * 5


def test_refused() -> None:
    with pytest.raises(lp.LimpideError, match=r"\[from_dlpack\] a list has no __dlpack__"):
        lp.from_dlpack([1.0])
    with pytest.raises(lp.LimpideError, match="complex"):
        lp.from_dlpack(np.ones(2, complex))
    with pytest.raises(lp.LimpideError, match="this Old cannot be shared: .*readonly"):
        lp.from_dlpack(Old(np.broadcast_to(1.0, 3)))
    with pytest.raises(lp.LimpideError, match="is a formula"):
        np.from_dlpack(lp.input("x", (2,)))  # type: ignore[arg-type]


def test_numpy_arrays_without_copies() -> None:
    t = lp.tensor([1.0, 2.0])
    assert np.shares_memory(np.asarray(t), t.value) and not np.shares_memory(np.array(t), t.value)
    assert np.asarray(t, dtype="float64").dtype == np.float64
    with pytest.raises(ValueError, match="copy"):
        np.asarray(t, dtype="float64", copy=False)


def test_pytorch() -> None:
    torch = pytest.importorskip("torch")
    t = lp.tensor([1.0, 2.0])
    out = torch.from_dlpack(t)
    assert out.tolist() == [1.0, 2.0] and out.data_ptr() == t.value.ctypes.data  # type: ignore[union-attr]
    source = torch.arange(3.0)
    back = lp.from_dlpack(source)
    source[0] = 5
    assert back.tolist() == [5.0, 1.0, 2.0]
    with pytest.raises(lp.LimpideError, match="gradient") as caught:
        lp.from_dlpack(torch.ones(2, requires_grad=True))
    assert "x.detach().cpu()" in str(caught.value)
    with pytest.raises(lp.LimpideError, match="cannot be shared"):
        lp.from_dlpack(torch.ones(2, dtype=torch.bfloat16))


def test_jax() -> None:
    jax = pytest.importorskip("jax")
    t = lp.tensor([1.0, 2.0])
    assert jax.dlpack.from_dlpack(t).tolist() == [1.0, 2.0]
    source = jax.numpy.arange(3.0)
    back = lp.from_dlpack(source)
    assert back.tolist() == [0.0, 1.0, 2.0]
    assert np.shares_memory(back.value, np.asarray(source))
