from limpide import nn

nn.Linear(784, 10, init="xavier_unifrom")
