import numpy as np

import limpide as lp
from limpide import nn

nn.cross_entropy(lp.tensor(np.zeros((3, 10))), np.array([0.0, 1.0, 2.0]))
