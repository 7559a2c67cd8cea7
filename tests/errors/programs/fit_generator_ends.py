import numpy as np

from limpide import nn

net = nn.Linear(2, 2)
net.compile(loss="cross_entropy")
batches = ((np.ones((4, 2)), np.zeros(4, int)) for _ in range(3))
net.fit(batches, epochs=2, verbose=0)
