# devices: numpy c
# env: LIMPIDE_CHECK_NUMERICS=1
import numpy as np

import limpide as lp

w = lp.parameter(1.0, name="w")


@lp.compile
def step(x, y):
    loss = ((w * x - y) ** 2).mean()
    w.assign(w - 1e30 * lp.grad(loss, w))
    return loss


for _ in range(3):
    step(np.float32([1.0, 2.0]), np.float32([2.0, 4.0]))
