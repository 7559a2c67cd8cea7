import numpy as np

import limpide as lp

lp.einsum("ij,jk->ik", lp.tensor(np.ones((2, 3))), lp.tensor(np.ones((4, 5))))
