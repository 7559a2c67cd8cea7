"""TensorBoard's projector: which variables are shown, with which labels and pictures."""

from __future__ import annotations

import os
from typing import Any

from ..... import missing


class Sprite:
    """One picture with all small ones in it."""

    def __init__(self) -> None:
        self.image_path = ""
        self.single_image_dim: list[int] = []


class EmbeddingInfo:
    """A variable that is shown."""

    def __init__(self) -> None:
        self.tensor_name = self.metadata_path = self.bookmarks_path = self.tensor_path = ""
        self.sprite = Sprite()

    def __str__(self) -> str:
        lines = [
            f'  {key}: "{value}"' for key, value in vars(self).items() if isinstance(value, str) and value
        ]
        if self.sprite.image_path:
            sizes = "".join(f"    single_image_dim: {s}\n" for s in self.sprite.single_image_dim)
            lines.append(f'  sprite {{\n    image_path: "{self.sprite.image_path}"\n{sizes}  }}')
        return "embeddings {\n" + "\n".join(lines) + "\n}\n"


class _Embeddings(list):  # type: ignore[type-arg]
    def add(self) -> EmbeddingInfo:
        """One more variable."""
        self.append(EmbeddingInfo())
        return self[-1]  # type: ignore[no-any-return]


class ProjectorConfig:
    """All that is shown."""

    def __init__(self) -> None:
        self.embeddings = _Embeddings()
        self.model_checkpoint_path = ""

    def __str__(self) -> str:
        path = (
            f'model_checkpoint_path: "{self.model_checkpoint_path}"\n' if self.model_checkpoint_path else ""
        )
        return path + "".join(map(str, self.embeddings))


def visualize_embeddings(summary_writer: Any, config: ProjectorConfig) -> None:
    """Write what is shown into the folder of a FileWriter."""
    folder = summary_writer.get_logdir()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "projector_config.pbtxt"), "w", encoding="utf-8") as file:
        file.write(str(config))


__getattr__ = missing.attributes("tensorflow.contrib.tensorboard.plugins.projector", globals())
