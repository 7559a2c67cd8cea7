import numpy as np

import limpide as lp

x = lp.tensor([3.0, 1.0, 2.0])
np.add(x, 1, out=np.zeros(3))
