"""arg_scope: arguments that all calls of some functions in a block get."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Scope = dict[str, dict[str, Any]]

_scopes: list[Scope] = [{}]


def _key(function: Any) -> str:
    return getattr(function, "_key_op", f"{getattr(function, '__module__', '')}.{function.__name__}")


def add_arg_scope(func: F) -> F:
    """Let a function take arguments from arg_scope."""

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **{**_scopes[-1].get(_key(call), {}), **kwargs})

    call._key_op = f"{func.__module__}.{func.__name__}"  # type: ignore[attr-defined]
    call._scoped = True  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def has_arg_scope(func: Any) -> bool:
    return hasattr(func, "_scoped")


def arg_scoped_arguments(func: Any) -> dict[str, Any]:
    return dict(_scopes[-1].get(_key(func), {}))


@contextmanager
def arg_scope(list_ops_or_scope: Sequence[Any] | Scope, **kwargs: Any) -> Iterator[Scope]:
    """Every call of these functions in this block gets the keywords; or the block has a scope again.

    Raises ValueError for a function that takes part in no arg_scope.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "When attempting to re-use a scope by suppling a dictionary, kwargs must be empty."
            )
        new = dict(list_ops_or_scope)
    else:
        if not isinstance(list_ops_or_scope, (list, tuple)):
            raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
        new = {key: dict(settings) for key, settings in _scopes[-1].items()}
        for function in list_ops_or_scope:
            if not has_arg_scope(function):
                raise ValueError(f"{function} is not decorated with @add_arg_scope")
            new[_key(function)] = {**new.get(_key(function), {}), **kwargs}
    _scopes.append(new)
    try:
        yield new
    finally:
        _scopes.pop()
