import numpy as np

import limpide as lp

W = lp.parameter(np.zeros((784, 10)), name="W")


@lp.compile
def step(x):
    W.assign(W.T * x)


step(1.0)
