import numpy as np

import limpide as lp

W = lp.parameter(np.zeros(3), name="W")
x = lp.input("x", (3,))
W.assign(W - 0.1 * x)
