import numpy as np

import limpide as lp


from limpide import nn

nn.Linear(784, 10, init="xavier_unifrom")
