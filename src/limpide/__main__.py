"""`python -m limpide`."""

from limpide.cli import main

main()
