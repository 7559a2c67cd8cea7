import numpy as np

import limpide as lp

images = np.zeros((1, 3, 8, 8), np.float32)
kernel = np.zeros((8, 3, 3, 3), np.float32)
print(lp.conv2d(images, kernel, layout="CHWN").shape)
