import numpy as np

import limpide as lp

x = lp.parameter(np.ones(3), name="x")
y = x**2
lp.grad(y, x)
