import numpy as np

from limpide import nn


class Net(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(3, 2)


Net()(np.ones((1, 3)))
