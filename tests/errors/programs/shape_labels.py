import numpy as np

import limpide as lp
from limpide import nn

logits = lp.tensor(np.zeros((100, 10)))
nn.cross_entropy(logits, np.zeros(99, np.int64))
