import limpide as lp

x = lp.tensor([1.0, 2.0])
print(x & 1)
