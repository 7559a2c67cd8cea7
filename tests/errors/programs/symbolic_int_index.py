import limpide as lp

i = lp.input("i", dtype="int64")
names = ["a", "b", "c"]
print(names[i])
