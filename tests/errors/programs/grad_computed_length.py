import limpide as lp

n = lp.input("n", dtype="int64")
x = lp.input("x")
y, _ = lp.scan(lambda c, _: (c * x, None), 1.0, length=n)
lp.grad(y, x)
