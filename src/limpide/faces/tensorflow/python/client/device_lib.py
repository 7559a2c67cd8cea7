"""Which devices there are: this CPU."""

from __future__ import annotations

from typing import Any

from .... import missing
from ...protos import Message


class DeviceAttributes(Message):
    """A device: its name and kind."""


def list_local_devices(session_config: Any = None) -> list[Any]:
    """The devices of this machine that graphs run on."""
    return [DeviceAttributes(name="/device:CPU:0", device_type="CPU", memory_limit=268435456, incarnation=1)]


__getattr__ = missing.attributes("tensorflow.python.client.device_lib", globals())
