# devices: numpy c
import numpy as np

import limpide as lp


@lp.compile
def share(x):
    ratio = x / x.sum()
    return lp.debug.check_numerics(ratio, "the ratio") * 100


share(np.array([1.0, 3.0]))
share(np.array([1.0, -1.0, 0.0]))
