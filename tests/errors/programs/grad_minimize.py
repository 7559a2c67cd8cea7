import numpy as np

import limpide as lp
from limpide import nn, optim

x = lp.tensor(np.ones((2, 3)))
optim.SGD(lr=0.1).minimize(nn.mse(x, np.zeros((2, 3))))
