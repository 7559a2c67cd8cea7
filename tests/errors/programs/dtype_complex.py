import numpy as np

import limpide as lp

lp.tensor([1.0, 2.0]) * np.array([1j, 2j])
