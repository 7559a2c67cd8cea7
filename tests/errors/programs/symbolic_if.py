import limpide as lp


def absolute(x):
    if x > 0:
        return x
    return -x


absolute(lp.input("x"))
