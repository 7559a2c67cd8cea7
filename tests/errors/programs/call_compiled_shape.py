import numpy as np

import limpide as lp

W = lp.parameter(np.zeros((784, 10)), name="W")


@lp.compile
def forward(images):
    return images @ W


print(forward(np.zeros((2, 784))).shape)
forward(np.zeros((2, 28, 28)))
