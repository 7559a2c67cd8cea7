import limpide as lp

lp.scan(lambda carry, x: (carry, None), 0.0)
