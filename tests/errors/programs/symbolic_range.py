import limpide as lp

n = lp.input("n", dtype="int64")
for i in range(n):
    print(i)
