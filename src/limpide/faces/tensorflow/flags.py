"""tf.app.flags: values of the command line by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from .. import missing


class Error(Exception):
    """A flag that is not there, or a value that it does not take."""


class IllegalFlagValueError(Error):
    pass


class DuplicateFlagError(Error):
    pass


class _Flag:
    def __init__(self, name: str, default: Any, help: str, parse: Callable[[str], Any], is_bool: bool):
        self.name, self.default, self.help, self.parse, self.is_bool = name, default, help, parse, is_bool
        self.value = default
        self.present = 0


class _FlagValues:
    """The flags of a process as attributes; the command line is read when one is asked for first."""

    def __init__(self) -> None:
        self.__dict__["_flags"] = {}
        self.__dict__["_parsed"] = False

    def __call__(self, argv: list[str], known_only: bool = True) -> list[str]:
        """Read the flags of a command line; what is left of it."""
        self.__dict__["_parsed"] = True
        rest, given = argv[:1], iter(argv[1:])
        for word in given:
            if word == "--":
                rest += given
                break
            if not word.startswith("-") or word in ("-", "-h"):
                rest.append(word)
                continue
            name, equals, value = word.lstrip("-").partition("=")
            flag = self._flags.get(name.replace("-", "_")) or self._flags.get(name)
            if flag is None and name.startswith("no") and name[2:] in self._flags:
                flag, value, equals = self._flags[name[2:]], "false", "="
            if flag is None:
                rest.append(word)
                continue
            if not equals:
                value = "true" if flag.is_bool else next(given, "")
            try:
                flag.value, flag.present = flag.parse(value), 1
            except ValueError as error:
                raise IllegalFlagValueError(f"flag --{flag.name}={value}: {error}") from None
        return rest

    _parse_flags = property(
        lambda self: lambda args=None: self(["", *(sys.argv[1:] if args is None else args)])
    )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self._parsed:
            self(sys.argv)
        if name not in self._flags:
            raise AttributeError(f"Unknown command line flag '{name}'")
        return self._flags[name].value

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._flags:
            raise AttributeError(f"Unknown command line flag '{name}'")
        self._flags[name].value = value

    def __delattr__(self, name: str) -> None:
        del self._flags[name]

    def __getitem__(self, name: str) -> Any:
        return self._flags[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._flags)

    def __contains__(self, name: str) -> bool:
        return name in self._flags

    def __len__(self) -> int:
        return len(self._flags)

    def flag_values_dict(self) -> dict[str, Any]:
        return {name: flag.value for name, flag in self._flags.items()}

    @property
    def __flags(self) -> dict[str, Any]:
        return self.flag_values_dict()

    def mark_as_parsed(self) -> None:
        self.__dict__["_parsed"] = True

    def is_parsed(self) -> bool:
        return bool(self._parsed)


FLAGS = _FlagValues()


def _truth(text: str) -> bool:
    if text.lower() in ("true", "t", "1", "yes", "y"):
        return True
    if text.lower() in ("false", "f", "0", "no", "n"):
        return False
    raise ValueError("not a boolean")


def _define(parse: Callable[[str], Any], is_bool: bool = False) -> Callable[..., None]:
    def define(
        name: str = "",
        default: Any = None,
        help: str = "",
        flag_name: Any = None,
        default_value: Any = None,
        docstring: str = "",
        **_: Any,
    ) -> None:
        label = flag_name or name
        value = default if default_value is None else default_value
        FLAGS._flags[label] = _Flag(label, value, help or docstring, parse, is_bool)
        if FLAGS._parsed:
            FLAGS(sys.argv)

    return define


DEFINE_string = _define(str)
DEFINE_integer = _define(int)
DEFINE_float = _define(float)
DEFINE_bool = DEFINE_boolean = _define(_truth, True)
DEFINE_list = _define(lambda text: text.split(","))
DEFINE_multi_string = DEFINE_list


def DEFINE_enum(name: str, default: Any, enum_values: Any, help: str = "", **_: Any) -> None:
    """A flag that takes one of several words."""

    def parse(text: str) -> str:
        if text not in enum_values:
            raise ValueError(f"not one of {list(enum_values)}")
        return text

    _define(parse)(name, default, help)


def mark_flag_as_required(name: str, flag_values: Any = None) -> None:
    """A flag that has to be given."""


def mark_flags_as_required(names: Any, flag_values: Any = None) -> None:
    """Flags that have to be given."""


__getattr__ = missing.attributes("tensorflow.flags", globals())
