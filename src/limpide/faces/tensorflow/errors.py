"""TensorFlow's exceptions, as scripts catch them: tf.errors."""

from __future__ import annotations

from typing import Any

from .. import missing

CODES = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
    "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
]  # fmt: skip


class OpError(Exception):
    """An operation that failed in a run.

    node_def, op: the operation, or None. message: what went wrong.
    """

    code = 2

    def __init__(
        self, node_def: Any = None, op: Any = None, message: str = "", error_code: int | None = None
    ):
        super().__init__(node_def, op, message)
        self.node_def, self.op, self.message = node_def, op, message
        self.error_code = self.code if error_code is None else error_code

    def __str__(self) -> str:
        where = getattr(getattr(self.op, "source", None), "where", None)
        name = getattr(self.op, "name", None)
        at = f"\n  built at {where[0]}, line {where[1]}" if where else ""
        return f"{self.message}{f' (operation {name!r})' if name else ''}{at}"


class CancelledError(OpError):
    code = 1


class UnknownError(OpError):
    code = 2


class InvalidArgumentError(OpError):
    code = 3


class DeadlineExceededError(OpError):
    code = 4


class NotFoundError(OpError):
    code = 5


class AlreadyExistsError(OpError):
    code = 6


class PermissionDeniedError(OpError):
    code = 7


class ResourceExhaustedError(OpError):
    code = 8


class FailedPreconditionError(OpError):
    code = 9


class AbortedError(OpError):
    code = 10


class OutOfRangeError(OpError):
    code = 11


class UnimplementedError(OpError):
    code = 12


class InternalError(OpError):
    code = 13


class UnavailableError(OpError):
    code = 14


class DataLossError(OpError):
    code = 15


class UnauthenticatedError(OpError):
    code = 16


globals().update({name: number for number, name in enumerate(CODES)})

__getattr__ = missing.attributes("tensorflow.errors", globals())
