"""Arguments under the names of other versions of TensorFlow."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def also(**names: str) -> Callable[[F], F]:
    """Let a function take keywords under other names too: other="own".

    >>> also(dim="axis")(lambda x, axis=-1: axis)(0, dim=2)
    2
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for other, own in names.items():
                if other in kwargs:
                    value = kwargs.pop(other)
                    if value is not None or own not in kwargs:
                        if kwargs.get(own) is not None:
                            raise ValueError(f"Cannot specify both '{own}' and '{other}'")
                        kwargs[own] = value
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]

    return decorate
