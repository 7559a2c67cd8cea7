import limpide as lp

x = lp.input("x", (None,))
y = x * 2
f = lp.function([y], y + 1)
