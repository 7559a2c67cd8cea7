import numpy as np

import limpide as lp

n = lp.parameter(np.arange(3), name="n")
lp.grad((n * n).sum(), n)
