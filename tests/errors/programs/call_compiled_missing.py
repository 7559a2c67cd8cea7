import numpy as np

import limpide as lp


@lp.compile
def step(images, labels):
    return images.sum() + labels.sum()


step(np.ones(3))
