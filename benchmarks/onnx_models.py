"""How the models of tests/onnx were made: small networks of PyTorch, exported by it, with its results.

python benchmarks/onnx_models.py        (needs torch and onnx; the tests need neither torch nor this file)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parents[1] / "tests" / "onnx" / "models"


class Mobile(nn.Module):
    """Depthwise and pointwise convolutions with a shortcut, as in MobileNetV2."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.block = nn.Sequential(
            nn.Conv2d(8, 16, 1, bias=False), nn.BatchNorm2d(16), nn.Hardswish(),
            nn.Conv2d(16, 16, 3, 1, 1, groups=16, bias=False), nn.BatchNorm2d(16), nn.Hardswish(),
            nn.Conv2d(16, 8, 1, bias=False), nn.BatchNorm2d(8),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, 4))

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        x = x + self.block(x)
        return self.head(x.mean([2, 3]))


class Decoder(nn.Module):
    """Sizes that are computed: interpolation to the size of another tensor, padding, joining."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(2, 4, 3, 2, 1)
        self.up = nn.ConvTranspose2d(4, 4, 2, 2)
        self.last = nn.Conv2d(6, 1, 3)

    def forward(self, x: Any) -> Any:
        y = self.up(torch.relu(self.down(x)))
        y = nn.functional.interpolate(y, size=x.shape[2:], mode="bilinear", align_corners=False)
        y = nn.functional.pad(torch.cat([x, y], 1), (1, 1, 1, 1), mode="reflect")
        return torch.sigmoid(self.last(y)).flatten(1).view(x.shape[0], -1)


class Tagger(nn.Module):
    """Words to an embedding, both directions of an LSTM and of a GRU, a class for each."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(11, 5)
        self.lstm = nn.LSTM(5, 4, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(8, 3, num_layers=2, batch_first=True)
        self.out = nn.Linear(3, 4)

    def forward(self, words: Any) -> Any:
        y, _ = self.lstm(self.words(words))
        y, last = self.gru(y)
        return self.out(y).log_softmax(-1), last


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")

    def forward(self, x: Any) -> Any:
        return self.layer(x)[:, 0].softmax(-1)


MODELS: dict[str, tuple[nn.Module, Any, dict[str, dict[int, str]]]] = {
    "mobile": (Mobile(), torch.randn(2, 3, 16, 16), {"x": {0: "batch"}}),
    "decoder": (Decoder(), torch.randn(2, 2, 9, 7), {"x": {0: "batch"}}),
    "tagger": (Tagger(), torch.randint(0, 11, (2, 6)), {"x": {0: "batch", 1: "length"}}),
    "attention": (Attention(), torch.randn(2, 5, 8), {"x": {0: "batch"}}),
}


def main() -> None:
    for name, (model, x, axes) in MODELS.items():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.running_mean)
                nn.init.uniform_(module.running_var, 0.5, 2)
        model.eval()
        torch.onnx.export(
            model, (x,), str(HERE / f"{name}.onnx"), input_names=["x"], dynamic_axes=axes, dynamo=False
        )
        y = model(x)
        outputs = y if isinstance(y, tuple) else (y,)
        arrays = {f"y{i}": each.detach().numpy() for i, each in enumerate(outputs)}
        np.savez(HERE / f"{name}.npz", x=x.numpy(), **arrays)


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
