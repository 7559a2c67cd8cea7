import numpy as np

import limpide as lp

images = lp.input("images", (100, 28, 28, 1))
kernel = lp.parameter(np.zeros((5, 5, 3, 16), np.float32), name="kernel")
y = lp.conv2d(images, kernel, layout="NHWC")
print(y.shape)
