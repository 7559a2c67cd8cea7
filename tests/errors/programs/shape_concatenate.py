import numpy as np

import limpide as lp

a, b = np.ones((2, 3)), np.ones((2, 4))
lp.concatenate([lp.tensor(a), lp.tensor(b)], axis=0)
