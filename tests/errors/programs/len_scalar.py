import limpide as lp

for x in lp.tensor(1.0):
    print(x)
