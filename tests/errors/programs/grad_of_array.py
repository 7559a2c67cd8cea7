import numpy as np

import limpide as lp

x = np.ones(3)
y = lp.tensor(x).sum()
lp.grad(y, x)
