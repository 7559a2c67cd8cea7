import numpy as np

import limpide as lp

x = lp.tensor(np.ones((3, 4)))
print(x[3])
