# devices: c
# env: LIMPIDE_CACHE=/proc/limpide
# exit: 0
import numpy as np

import limpide as lp

x = lp.input("x", (3,))
f = lp.function([x], x * 2)
print(f(np.ones(3)))
