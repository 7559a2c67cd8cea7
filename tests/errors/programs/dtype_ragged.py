import limpide as lp

lp.tensor([[1.0, 2.0], [3.0]])
