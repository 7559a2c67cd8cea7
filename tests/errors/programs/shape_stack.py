import limpide as lp

lp.stack([lp.tensor([1.0, 2.0]), lp.tensor([1.0, 2.0, 3.0])])
