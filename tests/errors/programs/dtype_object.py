import limpide as lp

lp.tensor(["a", "b"])
