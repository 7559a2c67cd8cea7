# devices: c
# env: PATH= CC=
# without: ziglang
import numpy as np

import limpide as lp

x = lp.input("x", (3,))
f = lp.function([x], x * 2)
f(np.ones(3))
