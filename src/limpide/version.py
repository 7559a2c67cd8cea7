"""The version of limpide, which files carry with them."""

VERSION = "0.1.0"
