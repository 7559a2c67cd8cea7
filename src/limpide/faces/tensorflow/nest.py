"""Structures of tensors: lists, tuples, named tuples and dictionaries in any nesting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def is_sequence(value: Any) -> bool:
    """Whether a value has parts."""
    return isinstance(value, (list, tuple, Mapping))


is_nested = is_sequence


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value)]
    return list(value)


def flatten(structure: Any) -> list[Any]:
    """Its leaves in order; dictionaries by their sorted keys.

    >>> flatten({"b": [1, 2], "a": (3,)})
    [3, 1, 2]
    """
    if not is_sequence(structure):
        return [structure]
    return [leaf for part in _parts(structure) for leaf in flatten(part)]


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The same structure with other leaves.

    >>> pack_sequence_as([0, (0, 0)], [1, 2, 3])
    [1, (2, 3)]
    """
    leaves = list(flat_sequence)
    if len(leaves) != len(flatten(structure)):
        raise ValueError(
            f"Could not pack sequence. Structure had {len(flatten(structure))} elements, but "
            f"flat_sequence had {len(leaves)} elements."
        )
    return _packed(structure, iter(leaves))


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    if not is_sequence(structure):
        return next(leaves)
    if isinstance(structure, Mapping):
        packed = {key: _packed(structure[key], leaves) for key in sorted(structure)}
        return type(structure)((key, packed[key]) for key in structure)  # type: ignore[call-arg]
    parts = [_packed(part, leaves) for part in structure]
    if hasattr(structure, "_fields"):
        return type(structure)(*parts)
    return type(structure)(parts)


def map_structure(func: Callable[..., Any], *structure: Any, **ignored: Any) -> Any:
    """The structure of `func` of the leaves of structures of one shape."""
    for other in structure[1:]:
        assert_same_structure(structure[0], other)
    leaves = zip(*map(flatten, structure), strict=True)
    return pack_sequence_as(structure[0], [func(*each) for each in leaves])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """Raises ValueError where two structures have not the same parts."""
    if is_sequence(nest1) != is_sequence(nest2) or (is_sequence(nest1) and len(nest1) != len(nest2)):
        raise ValueError(f"The two structures don't have the same nested structure: {nest1} and {nest2}")
    if is_sequence(nest1):
        for a, b in zip(_parts(nest1), _parts(nest2), strict=True):
            assert_same_structure(a, b, check_types)


def flatten_up_to(shallow: Any, structure: Any) -> list[Any]:
    """The parts of a structure where a shallower one has leaves."""
    if not is_sequence(shallow):
        return [structure]
    pairs = zip(_parts(shallow), _parts(structure), strict=True)
    return [leaf for a, b in pairs for leaf in flatten_up_to(a, b)]


def map_structure_up_to(shallow: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """As map_structure, where the leaves of `shallow` end."""
    leaves = zip(*(flatten_up_to(shallow, s) for s in structures), strict=True)
    return pack_sequence_as(shallow, [func(*each) for each in leaves])


__all__ = [
    "assert_same_structure", "flatten", "flatten_up_to", "is_nested", "is_sequence", "map_structure",
    "map_structure_up_to", "pack_sequence_as",
]  # fmt: skip
