import numpy as np

import limpide as lp

x = lp.input("x", ("n", 3))
y = lp.input("y", ("n",))
f = lp.function([x, y], x.sum(axis=1) + y)
f(np.ones((4, 3)), np.ones(5))
