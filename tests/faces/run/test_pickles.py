"""Pickles: data are read as Python reads them; programs in them never run."""

from __future__ import annotations

import collections
import contextlib
import datetime
import io
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faces.run.conftest import Run
from limpide.errors import DataError
from limpide.faces import pickles

DATA: list[Any] = [
    [1, 2.5, None, True, -(10**30), "é", b"\xff", 1j, (), [], {}, {"a": (1, [2])}],
    {1, 2}, frozenset([3]), bytearray(b"ab"), range(3), slice(1, 2), collections.OrderedDict(a=1),
    collections.defaultdict(list, a=[1]), collections.deque([1, 2]), datetime.date(2020, 1, 2),
    np.arange(6, dtype=">i4").reshape(2, 3), np.arange(12.0).reshape(3, 4).T, np.float32(1.5),
    np.array(["a", 3], object),
    np.array(3), np.zeros((0, 3)), np.array(["ab", "c"]), np.array([b"ab"]), np.array([True, False]),
    np.array(["2020-01-01"], "M8[D]"),
]  # fmt: skip


@pytest.mark.parametrize("protocol", range(6))
def test_data_are_read_as_they_are(protocol: int) -> None:
    for thing in DATA:
        content = pickle.dumps(thing, protocol)
        assert repr(pickles.loads(content)) == repr(pickle.loads(content))


# Written by Python 2.7: pickle.dumps({'x': numpy.array([1, 2], 'u1'), 'name': 'caf\xe9', u'n': 3L}, p)
PYTHON_2 = (
    b"\x80\x02}q\x01(U\x01xcnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85U\x01b\x87Rq\x04"
    b"(K\x01K\x02\x85cnumpy\ndtype\nq\x05U\x02u1K\x00K\x01\x87Rq\x06(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK"
    b"\x00tb\x89U\x02\x01\x02tbU\x04nameU\x04caf\xe9X\x01\x00\x00\x00n\x8a\x01\x03u."
)


def test_pickles_of_python_2() -> None:
    found = pickles.loads(PYTHON_2)
    assert found["x"].tolist() == [1, 2] and found["x"].dtype == np.uint8
    assert (found["name"], found["n"]) == ("caf\xe9", 3)
    assert pickles.loads(PYTHON_2, encoding="bytes")[b"name"] == b"caf\xe9"
    assert isinstance(pickles.loads(b"c__builtin__\nset\n((lp0\nI1\natR."), set)


def test_one_object_after_the_other() -> None:
    stream = io.BytesIO(pickle.dumps(1) + pickle.dumps([2]))
    assert (pickles.load(stream), pickles.load(stream)) == (1, [2])
    with pytest.raises(EOFError):
        pickles.load(stream)


class Runs:
    def __init__(self, *call: Any):
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]


HOSTILE = {
    "posix.system|nt.system": pickle.dumps(Runs(os.system, "echo hostile")),
    "builtins.eval": pickle.dumps(Runs(eval, "1")),
    "subprocess.Popen": pickle.dumps(Runs(subprocess.Popen, ["true"])),
    "builtins.getattr": b"cbuiltins\ngetattr\n(cbuiltins\nobject\nS'__subclasses__'\ntR.",
    "os.path|posixpath|ntpath": b"cos.path\njoin\n(S'a'\ntR.",
    "numpy.load": b"cnumpy\nload\n(S'x'\ntR.",
    "a count|something else": b"cbuiltins\nbytes\n(I1000000000000\ntR.",
    "a call of builtins|a call of something": b"(I1\nI2\ntcnumpy\nndarray\n\x85\x85R.",
    "another size": pickle.dumps(np.arange(3), 2).replace(b"K\x03\x85", b"M\xff\xff\x85"),
    "named fields": b"cnumpy\ndtype\n(S'i4'\nI0\nI1\ntR(I3\nS'>'\nN(S'a'\nt}tb.",
    "a state for": b"cbuiltins\nobject\n)\x81}(S'a'\nI1\nub.",
    "damaged or no pickle": b"garbage",
    "no pickle": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_nothing_hostile_is_run(what: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError, match=what):
        pickles.loads(HOSTILE[what])
    assert capfd.readouterr().out == ""


CHANGE = st.tuples(st.integers(0, 400), st.integers(0, 255))  # where, to what
SEEDS = [pickle.dumps(DATA[0], 2), pickle.dumps(DATA[10], 2), pickle.dumps(DATA[13], 4), PYTHON_2]


@settings(max_examples=400)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
    st.integers(0, 400),
)
def test_damage_gives_a_clear_error_or_data(seed: bytes, changes: list[tuple[int, int]], end: int) -> None:
    content = bytearray(seed)
    for place, value in changes:
        content[place % len(content)] = value
    with contextlib.suppress(DataError, EOFError):
        pickles.loads(bytes(content[: end or None]))


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_noise_gives_a_clear_error_or_data(content: bytes) -> None:
    with contextlib.suppress(DataError, EOFError):
        pickles.loads(content)


OWN = """
import pickle, cPickle, collections, subprocess
from helper import Kept
from subprocess import Popen

class Point(object):
    __slots__ = ()
class Model:
    def __init__(self, a): self.a = a
class Pair(collections.namedtuple('Pair', 'a b')): pass
class Reduced:
    def __init__(self, a): self.a = a
    def __reduce__(self): return Reduced, (self.a,)

for protocol in range(5):
    things = [Model(3), Pair(1, 2), Kept([1]), Reduced(4)]
    found = cPickle.loads(pickle.dumps(things, protocol))
    assert (found[0].a, found[1].b, found[2].items, found[3].a) == (3, 2, [1], 4)
with open('model.pkl', 'wb') as f: pickle.dump(Model(5), f)
print(pickle.load(open('model.pkl')).a)
for name in (b'Popen', b'subprocess', b'Model.__init__'):
    named = b'\\x80\\x04\\x8c\\x08__main__\\x8c' + bytes([len(name)]) + name + b'\\x93'
    try:
        pickle.loads(named + b'(\\x8c\\x04truet\\x85R.')
    except ValueError as error:
        print(str(error).splitlines()[0])
class Named(pickle.Unpickler):
    def persistent_load(self, name): return name
with open('named.pkl', 'wb') as f: f.write(b'Pabc\\n.')
with open('named.pkl', 'rb') as f:
    reader = Named(f)
    assert reader.load() == 'abc' and isinstance(reader, pickle.Unpickler)
try:
    pickle.loads(b'c__main__\\nModel\\n(I1\\ntR.')
except ValueError as error:
    print(str(error).splitlines()[0])
"""


def test_a_scripts_own_objects(run: Run, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("class Kept:\n    def __init__(self, items): self.items = items\n")
    done = run(OWN, "--python", "2")
    assert done.code == 0, done.err
    refused = [
        f"[pickle] the file holds __main__.{name}" for name in ("Popen", "subprocess", "Model.__init__")
    ]
    assert done.out.splitlines() == ["5", *refused, "[pickle] the file holds a call of __main__.Model"]


def test_what_a_face_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "_allowed", dict(pickles._allowed))
    with pytest.raises(DataError):
        pickles.loads(pickle.dumps(Face(3)))
    pickles.allow(Face, made)
    assert pickles.loads(pickle.dumps(Face(3))).value == 3
    assert pickles.loads(pickle.dumps(Runs(made, 4))).value == 4


class Face:
    def __init__(self, value: int):
        self.value = value


def made(value: int) -> Face:
    return Face(value)


def test_numpy_reads_objects_the_same_way(run: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "good.npy", np.array([[1], [2, 3]], object), allow_pickle=True)
    np.save(tmp_path / "bad.npy", np.array([Runs(os.system, "echo hostile")], object), allow_pickle=True)
    done = run("import numpy as np\nprint(np.load('good.npy')[1])\nnp.load('bad.npy')\n")
    assert done.out == "[2, 3]\n" and "the file holds posix.system" in done.err


def test_archives_of_arrays(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    texts = np.empty(2, object)
    texts[:] = [[1, 2], [3]]
    np.savez(path, a=np.arange(6).reshape(2, 3), b=texts, c=np.asfortranarray(np.eye(2)))
    found = pickles.read_npz(path)
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]] and found["b"].tolist() == [[1, 2], [3]]
    content = path.read_bytes()
    for damaged in (content[:50], b"", content.replace(b"NUMPY", b"NUMPU"), content[:-10]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="cannot be read"):
            pickles.read_npz(path)
