"""The data sets that course scripts expect, from limpide's data folders."""
