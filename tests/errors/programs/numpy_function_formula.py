import numpy as np

import limpide as lp

x = lp.input("x", (3,))
np.fft.fft(x)
