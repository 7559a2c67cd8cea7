import numpy as np

import limpide as lp

images = np.zeros((1, 3, 4, 4), np.float32)
kernel = np.zeros((8, 3, 7, 7), np.float32)
print(lp.conv2d(images, kernel, padding=1).shape)
