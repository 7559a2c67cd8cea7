"""`limpide run`: course code as it stands, in one process."""

from .session import Options, run

__all__ = ["Options", "run"]
