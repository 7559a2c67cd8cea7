import sys

from limpide.cli import main

sys.argv = ["limpide", "lab", "logistik"]
main()
