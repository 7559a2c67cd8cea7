"""Pickles of data, read without running any program that they hold.

`load`, `loads` and `Reader` know arrays, numbers, text and Python's own containers, also as Python 2 wrote
them; instances of classes that the running script defines; and what faces name with `allow`. All else is a
DataError. The reader is Python's own, the one in Python: it asks before it looks a name up, calls or fills.
"""

from __future__ import annotations

import collections
import datetime
import io
import pickle
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

HINT = "a pickle can run any program when it is read, so only data are taken from it"

_users: Callable[[str], bool] = lambda module: False  # noqa: E731
_allowed: dict[tuple[str, str], Any] = {}


def allow(*things: Any) -> None:
    """Let pickles name these classes and functions of a face; functions get what the pickle gives them."""
    for thing in things:
        _allowed[thing.__module__, thing.__qualname__] = thing


def trust(users: Callable[[str], bool]) -> None:
    """Let pickles hold instances of classes of the modules for which `users` says yes."""
    global _users
    _users = users


def refused(what: str) -> DataError:
    """The error for something in a pickle that is not read."""
    return DataError("pickle", f"the file holds {what}", hint=HINT)


class _Marker:
    """A name that only stands as an argument of another."""

    def __init__(self, name: str):
        self.name = name


ARRAY = _Marker("numpy.ndarray")


# ------------------------------------------------------------------------------- what stands for NumPy's own
def _empty(kind: Any, shape: Any = (0,), dtype: Any = "b") -> NDArray[Any]:
    """An array that its state fills later."""
    if kind is not ARRAY:
        raise refused("an array of a class of its own")
    return np.empty(0, "b")


def _scalar(dtype: Any, content: Any = b"") -> Any:
    raw = content.encode("latin-1") if isinstance(content, str) else content
    if not isinstance(dtype, np.dtype) or dtype.hasobject or len(raw) != dtype.itemsize:
        raise refused("a number whose size is not that of its dtype")
    return np.frombuffer(raw, dtype)[0]


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any = "C") -> NDArray[Any]:
    return np.array(np.frombuffer(content, dtype).reshape(shape, order=order))


def _dtype(name: Any, align: Any = False, copy: Any = True) -> np.dtype[Any]:
    text = _ascii(name)
    if text is None or len(text) > 16:
        raise refused("a dtype of a kind that is not read")
    return np.dtype(text)


def _ascii(text: Any) -> str | None:
    """Text that may be bytes, as Python 2's is where it is not decoded."""
    if isinstance(text, bytes):
        return text.decode("latin-1")
    return text if isinstance(text, str) else None


def _fill(array: NDArray[Any], state: Any) -> NDArray[Any]:
    """What an array's state says, checked before NumPy believes it."""
    if not isinstance(state, tuple) or len(state) != 5:
        raise refused("an array without a state that makes one")
    _, shape, dtype, fortran, content = state
    raw = content.encode("latin-1") if isinstance(content, str) else content
    known = isinstance(dtype, np.dtype) and isinstance(shape, tuple)
    if not known or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise refused("an array without a shape or dtype")
    count = int(np.prod(shape, dtype=object)) if shape else 1
    size = count if dtype.hasobject else count * dtype.itemsize
    if type(raw) is not (list if dtype.hasobject else bytes) or len(raw) != size:
        raise refused(f"an array of shape {shape} and dtype {dtype} with contents of another size")
    array.__setstate__((1, shape, dtype, bool(fortran), raw))  # type: ignore[arg-type]
    return array


def _order(dtype: np.dtype[Any], state: Any) -> np.dtype[Any]:
    """A dtype's state says its byte order; more is not taken."""
    order: Any = _ascii(state[1]) if isinstance(state, tuple) and len(state) > 4 else None
    if order not in ("<", ">", "|", "="):
        raise refused("a dtype with a state that is not read")
    if any(part is not None for part in state[2:5]):
        raise refused("an array with named fields")
    if dtype.kind in "mM":
        return np.dtype(f"{dtype.kind}8[{_unit(state)}]").newbyteorder(order)
    return dtype.newbyteorder(order)


def _unit(state: Any) -> str:
    """The unit of times in a dtype's state: `25s`."""
    try:
        _, (unit, count, *_) = state[8]
    except (IndexError, TypeError, ValueError):
        raise refused("times without a unit") from None
    text = _ascii(unit)
    if text not in UNITS or not isinstance(count, int):
        raise refused("times of a unit that is not read")
    return f"{count}{text}"


UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")


# ------------------------------------------------------------------------------- what stands for Python's own
def _latin1(text: Any, encoding: Any = "latin1") -> bytes:
    """`_codecs.encode`, which Python 3 writes for bytes in old protocols."""
    if encoding not in ("latin1", "latin-1") or not isinstance(text, str):
        raise refused("bytes in an encoding that is not read")
    return text.encode("latin-1")


def _bytes(content: Any = b"", encoding: Any = "latin-1") -> bytes:
    if isinstance(content, str):
        return _latin1(content, encoding)
    if not isinstance(content, bytes | bytearray):
        raise refused("bytes made of something else")
    return bytes(content)


def _bytearray(content: Any = b"", encoding: Any = "latin-1") -> bytearray:
    return bytearray(_bytes(content, encoding))


def _reconstructor(kind: Any, base: Any, state: Any) -> Any:
    """An object of a class of the script's, as old protocols make one."""
    if not _is_users_class(kind):
        raise refused(f"an object of {_name(kind)}")
    if base is object:
        return object.__new__(kind)
    made = base.__new__(kind, state)
    if base.__init__ is not object.__init__:
        base.__init__(made, state)
    return made


def _new(kind: Any, *args: Any) -> Any:
    """`copyreg.__newobj__`."""
    if kind not in PLAIN and not _is_users_class(kind) and kind not in _allowed.values():
        raise refused(f"an object of {_name(kind)}")
    return kind.__new__(kind, *args)


PLAIN = {set, frozenset, complex, range, slice, object, list, dict, tuple, int, float, bool, str}
PLAIN |= {collections.OrderedDict, collections.deque, collections.Counter, collections.defaultdict}
PLAIN |= {datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone}
NUMBERS = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
    "float64", "complex64", "complex128", "bool_", "str_", "bytes_",
]  # fmt: skip

KNOWN: dict[tuple[str, str], Any] = {
    **{(kind.__module__, kind.__name__): kind for kind in PLAIN},
    ("builtins", "bytes"): _bytes, ("builtins", "bytearray"): _bytearray, ("_codecs", "encode"): _latin1,
    ("copyreg", "_reconstructor"): _reconstructor, ("copyreg", "__newobj__"): _new,
    ("numpy", "ndarray"): ARRAY, ("numpy", "dtype"): _dtype,
    **{("numpy", name): getattr(np, name) for name in NUMBERS},
}  # fmt: skip
for _core in ("numpy.core", "numpy._core"):
    KNOWN[f"{_core}.multiarray", "_reconstruct"] = _empty
    KNOWN[f"{_core}.multiarray", "scalar"] = _scalar
    KNOWN[f"{_core}.numeric", "_frombuffer"] = _from_buffer


def _name(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '?')}.{getattr(thing, '__qualname__', repr(thing)[:40])}"


def _is_users_class(thing: Any) -> bool:
    return isinstance(thing, type) and _users(thing.__module__)


def _reduces_itself(kind: type) -> bool:
    """Whether the script's class says itself that it is made by a call."""
    own = [vars(each) for each in kind.__mro__ if _users(each.__module__)]
    return any(name in each for each in own for name in ("__reduce__", "__reduce_ex__", "__getinitargs__"))


class Reader(pickle._Unpickler):
    """`pickle.Unpickler` for data; text of Python 2 is Latin-1 unless said otherwise."""

    proto: int
    fix_imports: bool
    stack: list[Any]
    memo: dict[int, Any]
    append: Callable[[Any], None]
    dispatch = dict[int, Callable[[Any], None]](pickle._Unpickler.dispatch)

    def __init__(
        self,
        file: IO[bytes],
        *,
        fix_imports: bool = True,
        encoding: str = "latin1",
        errors: str = "strict",
        buffers: Any = None,
    ):
        # A file opened as text, as Python 2 scripts do: its bytes are below.
        source = getattr(file, "buffer", file) if isinstance(file, io.TextIOBase) else file
        super().__init__(source, fix_imports=fix_imports, encoding=encoding, errors=errors, buffers=buffers)

    def load(self) -> Any:
        """The next object of the file. Raises DataError for what is not data, EOFError at the end."""
        try:
            return super().load()
        except (DataError, EOFError):
            raise
        except RecursionError as error:
            raise DataError("pickle", "the file nests too deeply") from error
        except Exception as error:  # a damaged stream can make any of Python's own errors
            what = f"the file is damaged or no pickle: {type(error).__name__}: {error}"
            raise DataError("pickle", what[:300]) from None

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle stands for."""
        if self.proto < 3 and self.fix_imports:
            module, name = _of_today(module, name)
        found = KNOWN.get((module, name), _allowed.get((module, name)))
        if found is None:
            found = self._of_the_script(module, name)
        if found is None:
            raise refused(f"{module}.{name}")
        return found

    def _of_the_script(self, module: str, name: str) -> Any:
        if not _users(module) or module not in sys.modules:
            return None
        found: Any = sys.modules[module]
        for part in name.split("."):
            found = getattr(found, part, None)
        return found if _is_users_class(found) and found.__qualname__ == name else None

    # ------------------------------------------------------------------------------ calls and states
    def load_reduce(self) -> None:
        """REDUCE: call what may be called."""
        args = self.stack.pop()
        self.stack[-1] = self._called(self.stack[-1], args)

    def _called(self, function: Any, args: Any) -> Any:
        if isinstance(function, type):
            plain = function in PLAIN or issubclass(function, np.generic)
            if not plain and function not in _allowed.values() and not _reduces_itself(function):
                raise refused(f"a call of {_name(function)}")
        elif not isinstance(function, FunctionType) or not isinstance(args, tuple):
            raise refused("a call of something that is not a function")
        return function(*args)

    def _instantiate(self, klass: Any, args: Any) -> None:
        """INST, OBJ: objects of classes as Python 2 had them."""
        if args and not (isinstance(klass, type) and _reduces_itself(klass)):
            raise refused(f"a call of {_name(klass)}")
        self.append(klass(*args) if args else _new(klass))

    def load_newobj(self) -> None:
        """NEWOBJ: make an object without calling its class."""
        args = self.stack.pop()
        self.append(_new(self.stack.pop(), *args))

    def load_newobj_ex(self) -> None:
        """NEWOBJ_EX: the same with named arguments."""
        kwargs, args, kind = self.stack.pop(), self.stack.pop(), self.stack.pop()
        _new(kind)
        self.append(kind.__new__(kind, *args, **kwargs))

    def load_build(self) -> None:
        """BUILD: fill an object with its state."""
        state, thing = self.stack[-1], self.stack[-2]
        if isinstance(thing, np.ndarray):
            self.stack.pop()
            _fill(thing, state)
        elif isinstance(thing, np.dtype):
            self.stack.pop()
            self._replaced(thing, _order(thing, state))
        elif _is_users_class(type(thing)) or type(thing) in _allowed.values():
            pickle._Unpickler.load_build(self)  # type: ignore[attr-defined]
        else:
            raise refused(f"a state for {_name(type(thing))}")

    def _replaced(self, old: Any, new: Any) -> None:
        """A dtype's byte order makes another dtype: also where the pickle refers to it again."""
        self.stack[-1] = new
        for key, value in self.memo.items():
            if value is old:
                self.memo[key] = new

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
    dispatch[pickle.BUILD[0]] = load_build


def _of_today(module: str, name: str) -> tuple[str, str]:
    from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

    return NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))


def load(file: IO[bytes], **kwargs: Any) -> Any:
    """`pickle.load` for data. Raises DataError for everything else."""
    return Reader(file, **kwargs).load()


def loads(content: bytes, **kwargs: Any) -> Any:
    """`pickle.loads` for data. Raises DataError for everything else.

    >>> loads(pickle.dumps({"a": np.arange(3)}))
    {'a': array([0, 1, 2])}
    """
    raw = content.encode("latin-1") if isinstance(content, str) else content
    return Reader(io.BytesIO(raw), **kwargs).load()


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz, also those of objects. Raises DataError for what is no data."""
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    arrays[name.removesuffix(".npy")] = _read_npy(member)
    except (OSError, zipfile.BadZipFile, ValueError, EOFError, KeyError, NotImplementedError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError("npz", f"{path} cannot be read: {error}") from error
    return arrays


def _read_npy(stream: IO[bytes]) -> NDArray[Any]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        found = np.asarray(load(stream), object)
        return found.reshape(shape) if found.size == np.prod(shape) else found
    count = int(np.prod(shape, dtype=object))
    flat = np.frombuffer(stream.read(count * dtype.itemsize), dtype)
    return np.array(flat.reshape(shape, order="F" if fortran else "C"))
