import limpide as lp

x = lp.input("x", (None,))
scale = lp.input("scale")
f = lp.function([x], x * scale)
