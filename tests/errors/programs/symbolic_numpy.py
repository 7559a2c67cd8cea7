import limpide as lp

x = lp.input("x", (3,))
(x * 2).numpy()
