# devices: auto
# env: PATH= CC=
# without: ziglang
# exit: 0
import numpy as np

import limpide as lp

x = lp.input("x", (3,))
f = lp.function([x], x * 2)
g = lp.function([x], x * 3)
print(f(np.ones(3)), g(np.ones(3)))
