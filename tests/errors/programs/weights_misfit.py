import os
import tempfile

from limpide import nn

with tempfile.TemporaryDirectory(prefix="limpide-") as folder:
    path = os.path.join(folder, "net.safetensors")
    nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).save(path)
    nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2), nn.Linear(2, 1)).load(path)
