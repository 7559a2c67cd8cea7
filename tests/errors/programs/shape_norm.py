import numpy as np

from limpide import nn

body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(16), nn.ReLU())
model = nn.Sequential({"body": body, "pool": nn.GlobalAvgPool2d(), "head": nn.Linear(8, 10)})
model(np.zeros((5, 3, 28, 28), np.float32))
