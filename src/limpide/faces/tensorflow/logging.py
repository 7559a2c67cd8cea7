"""tf.logging: Python's logger "tensorflow"."""

from __future__ import annotations

import logging as _logging
import sys
from typing import Any

from .. import missing

DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50

_logger = _logging.getLogger("tensorflow")
if not _logger.handlers:
    _handler = _logging.StreamHandler(sys.stderr)
    _handler.setFormatter(_logging.Formatter("%(levelname)s:tensorflow:%(message)s"))
    _logger.addHandler(_handler)
    _logger.setLevel(WARN)
    _logger.propagate = False

debug, info, warn, warning = _logger.debug, _logger.info, _logger.warning, _logger.warning
error, fatal, log = _logger.error, _logger.critical, _logger.log
vlog = log


def set_verbosity(v: int) -> None:
    """The least level that is shown."""
    _logger.setLevel(v)


def get_verbosity() -> int:
    return _logger.getEffectiveLevel()


def log_if(level: int, msg: str, condition: Any, *args: Any) -> None:
    if condition:
        _logger.log(level, msg, *args)


_counts: dict[str, int] = {}


def log_every_n(level: int, msg: str, n: int, *args: Any) -> None:
    _counts[msg] = _counts.get(msg, -1) + 1
    log_if(level, msg, _counts[msg] % n == 0, *args)


def log_first_n(level: int, msg: str, n: int, *args: Any) -> None:
    _counts[msg] = _counts.get(msg, -1) + 1
    log_if(level, msg, _counts[msg] < n, *args)


def flush() -> None:
    for handler in _logger.handlers:
        handler.flush()


__getattr__ = missing.attributes("tensorflow.logging", globals())
