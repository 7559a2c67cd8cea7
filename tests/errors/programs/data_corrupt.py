import gzip

import limpide as lp

for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]:
    with gzip.open(f"{name}-ubyte.gz", "wb") as file:
        file.write(b"<html>404 not found</html>")
lp.data.mnist(".")
