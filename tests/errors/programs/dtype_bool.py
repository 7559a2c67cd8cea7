import limpide as lp

mask = lp.tensor([True, False])
print(mask - mask)
