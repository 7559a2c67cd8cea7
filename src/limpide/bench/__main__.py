"""What `limpide bench` starts: `python -m limpide.bench OPTIONS`, options as JSON."""

import sys

from rich.console import Console

from ..errors import LimpideError
from .measure import Options, measure

if __name__ == "__main__":
    try:
        measure(Options.read(sys.argv[1]), Console())
    except LimpideError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
