"""tf.contrib.training: hyperparameters, and helpers of training."""

from __future__ import annotations

import json
from typing import Any

from ... import missing


class HParams:
    """Named settings, which can be read from text: "rate=0.1,units=5"."""

    def __init__(self, **settings: Any):
        self._settings = dict(settings)

    def __getattr__(self, name: str) -> Any:
        settings = self.__dict__.get("_settings", {})
        if name in settings:
            return settings[name]
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_settings":
            super().__setattr__(name, value)
        else:
            self._settings[name] = value

    def add_hparam(self, name: str, value: Any) -> None:
        if name in self._settings:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        self._settings[name] = value

    set_hparam = __setattr__

    def parse(self, values: str) -> HParams:
        """Change settings by "name=value,..."."""
        for part in filter(None, values.split(",")):
            name, _, text = part.partition("=")
            if name not in self._settings:
                raise ValueError(f"Unknown hyperparameter type for {name}")
            kind = type(self._settings[name])
            self._settings[name] = text.lower() in ("true", "1") if kind is bool else kind(text)
        return self

    def values(self) -> dict[str, Any]:
        return dict(self._settings)

    def to_json(self, **settings: Any) -> str:
        return json.dumps(self._settings, **settings)

    def __contains__(self, name: str) -> bool:
        return name in self._settings


__getattr__ = missing.attributes("tensorflow.contrib.training", globals())
