import limpide as lp


def step(count, x):
    return count + x, None


lp.scan(step, lp.tensor(0), lp.tensor([0.5, 1.5]))
