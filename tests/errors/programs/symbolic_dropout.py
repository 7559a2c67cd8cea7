import limpide as lp
from limpide import nn

x = lp.input("x", (None, 4))
y = nn.Dropout(0.5)(x)
