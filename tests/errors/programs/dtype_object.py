import numpy as np

import limpide as lp


lp.tensor(["a", "b"])
