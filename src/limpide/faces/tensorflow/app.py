"""tf.app: flags of the command line, and a `main` that is run with them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn

from .. import missing
from . import flags as flags


def run(main: Callable[..., Any] | None = None, argv: list[str] | None = None) -> NoReturn:
    """Parse the flags and call `main(argv)`, by default that of the script."""
    given = list(sys.argv if argv is None else argv)
    rest = flags.FLAGS(given, known_only=True)
    function = main or sys.modules["__main__"].main
    sys.exit(function(rest))


__getattr__ = missing.attributes("tensorflow.app", globals())
