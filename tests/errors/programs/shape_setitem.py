import numpy as np

import limpide as lp

x = lp.tensor(np.zeros((3, 4)))
x[0] = np.ones(5)
