"""`keras.utils.training_utils`."""

from __future__ import annotations

from typing import Any

from ... import missing, quick


def multi_gpu_model(
    model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False
) -> Any:
    """The model itself: there is one device here."""
    quick.note(f"multi_gpu_model(gpus={gpus}): the model runs on the CPU")
    return model


__getattr__ = missing.attributes("keras.utils.training_utils", globals())
