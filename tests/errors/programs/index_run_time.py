# devices: numpy c
import numpy as np

import limpide as lp

images = lp.input("images", (None, 4))
rows = lp.input("rows", (None,), dtype="int64")
batch = images[rows]
f = lp.function([images, rows], batch.sum(axis=0))
f(np.ones((3, 4), np.float32), [0, 3])
