import numpy as np

import limpide as lp


def forward(x, weights):
    return x @ weights


x = lp.input("x", (None, 784))
W = lp.parameter(np.zeros((100, 10)), name="W")
forward(x, W)
