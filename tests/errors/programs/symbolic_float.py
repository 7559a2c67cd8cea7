import limpide as lp

x = lp.input("x")
y = x * 2
float(y)
