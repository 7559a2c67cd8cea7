import numpy as np

from limpide import nn

model = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
model(np.zeros((5, 28, 28), np.float32))
