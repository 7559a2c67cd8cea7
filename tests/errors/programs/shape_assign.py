import numpy as np

import limpide as lp

W = lp.parameter(np.zeros((784, 10)), name="W")
W.assign(np.zeros((10, 784)))
