import numpy as np

import limpide as lp

a = lp.tensor(np.ones((2, 3)))
b = lp.tensor(np.ones((4, 5)))
print(a @ b)
