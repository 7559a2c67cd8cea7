import limpide as lp

x = lp.tensor([1.0, 2.0])
loss = (x**2).sum()
loss.backward()
