import numpy as np

import limpide as lp


def step(carry, x):
    return lp.concatenate([carry, x]), None


lp.scan(step, lp.tensor([0.0]), lp.tensor(np.ones((5, 1))))
