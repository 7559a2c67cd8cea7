# env: LIMPIDE_CHECK_NUMERICS=1

import limpide as lp

p = lp.tensor([0.5, 0.0])
q = lp.sqrt(p - 0.25)
print(q.sum())
