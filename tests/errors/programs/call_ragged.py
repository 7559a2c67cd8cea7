import numpy as np

import limpide as lp

x = lp.input("x", (None, 3))
y = lp.input("y", (3,))
f = lp.function([x, y], x * y)
f([[1.0, 2.0, 3.0], [4.0]], np.ones(3))
