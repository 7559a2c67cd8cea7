# devices: numpy c
# env: LIMPIDE_CHECK_NUMERICS=1
import numpy as np

import limpide as lp

w = lp.parameter(1.0, name="w")


@lp.compile
def epoch(xs, ys):
    def step(total, batch):
        x, y = batch
        error = lp.log(w * x) - y
        loss = (error**2).mean()
        w.assign(w - 0.1 * lp.grad(loss, w))
        return total + loss, None

    return lp.scan(step, 0.0, (xs, ys))[0]


epoch(np.float32([[1.0, 2.0], [0.0, 3.0]]), np.float32([[0.0, 0.0], [0.0, 0.0]]))
