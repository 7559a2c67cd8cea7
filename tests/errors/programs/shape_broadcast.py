import numpy as np

import limpide as lp

scores = lp.tensor(np.ones((100, 10)))
bias = lp.tensor(np.ones(100))
print(scores + bias)
