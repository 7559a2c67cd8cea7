import sys

from limpide.cli import main

sys.argv = ["limpide", "bench", "W9"]
main()
