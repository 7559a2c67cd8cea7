import numpy as np

import limpide as lp

x = lp.input("x", (None, 3))
y = lp.input("y", (3,))
f = lp.function([x, y], x * y)
f(np.ones((2, 3)), np.ones(3), z=1.0)
