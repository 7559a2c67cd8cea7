import numpy as np

import limpide as lp

lp.sofmax(np.ones(3))
