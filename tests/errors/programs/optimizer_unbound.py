from limpide import optim

optimizer = optim.Adam(lr=0.001)
optimizer.step()
