import numpy as np

import limpide as lp


@lp.compile
def clipped(x):
    total = x.sum()
    if total > 1.0:
        x = x / total
    return x


clipped(np.ones(3))
