# devices: numpy c
# env: LIMPIDE_CHECK_NUMERICS=1

import limpide as lp

x = lp.input("x", (None,))
log = lp.log(x)
entropy = -(x * log).sum()
f = lp.function([x], entropy)
f([0.5, 0.0])
