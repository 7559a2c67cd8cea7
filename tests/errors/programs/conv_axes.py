import numpy as np

import limpide as lp

images = np.zeros((100, 28, 28), np.float32)
kernel = np.zeros((5, 5, 1, 16), np.float32)
print(lp.conv2d(images, kernel, layout="NHWC").shape)
