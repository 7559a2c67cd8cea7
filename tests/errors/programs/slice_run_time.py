# devices: numpy c
import numpy as np

import limpide as lp

images = lp.input("images", (6, 4))
i = lp.input("i", dtype="int64")
batch = images[i * 2 : (i + 1) * 2]
f = lp.function([images, i], batch.sum())
f(np.ones((6, 4), np.float32), 3)
