from pathlib import Path

import numpy as np

from limpide.data.idx import read_idx, write_idx

write_idx("images", np.zeros((10, 28, 28), np.uint8))
Path("images").write_bytes(Path("images").read_bytes()[:-1])
read_idx("images")
