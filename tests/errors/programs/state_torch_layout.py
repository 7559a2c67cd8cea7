import numpy as np

from limpide import nn

model = nn.Sequential(nn.Linear(784, 10))
model.load_state_dict({"0.weight": np.zeros((10, 784)), "0.bias": np.zeros(10), "1.bias": np.zeros(3)})
