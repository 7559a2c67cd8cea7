import limpide as lp

lp.scan(lambda carry, x: carry + x, 0.0, lp.tensor([1.0, 2.0]))
