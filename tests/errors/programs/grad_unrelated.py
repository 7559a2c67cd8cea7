import numpy as np

import limpide as lp

x = lp.parameter(np.ones(3), name="x")
w = lp.parameter(np.ones(3), name="w")
loss = (x**2).sum()
lp.grad(loss, [x, w])
