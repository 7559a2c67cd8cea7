import numpy as np

import limpide as lp

rows = lp.input("rows", (None,), dtype="int64")
double = lp.function([rows], rows * 2)
double(np.array([0.5, 1.5]))
