import numpy as np

import limpide as lp

images = np.zeros((1, 3, 8, 8), np.float32)
print(lp.max_pool2d(images, 2, padding=2).shape)
