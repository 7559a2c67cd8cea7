# make demo: train on real digits.   make test: all tests.   make lint: ruff and mypy.   make clean
# PYTHON=python3.12 chooses the interpreter; PYTEST_ARGS="-k digits" is handed to pytest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# $CC is read by the shell: make's own $(CC) is "cc" even where there is no compiler.
COMPILER := $(shell for c in $$CC clang gcc cc; do command -v "$$c" 2>/dev/null && break; done)
CC_EXTRA := $(if $(COMPILER),,-cc)

# One stamp per set of extras, so that a repeated run installs nothing.
DEMO := $(VENV)/.installed-labs$(CC_EXTRA)
DEV := $(VENV)/.installed-dev$(CC_EXTRA)

.PHONY: demo test lint clean

demo: $(DEMO)
	$(BIN)/limpide lab logistic --epochs 20
	$(BIN)/limpide lab mlp --epochs 10

test: $(DEV)
	@$(BIN)/python -m pytest $$($(BIN)/python -c 'import xdist' 2>/dev/null && printf '%s' '-n 2') $(PYTEST_ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "limpide needs Python 3.11 or newer; '$(PYTHON)' is not. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "'$(PYTHON)' lacks venv or ensurepip. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

comma := ,
define install
	@echo "Installing limpide[$(1)$(if $(COMPILER),,$(comma)cc)] into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --editable '.[$(1)$(if $(COMPILER),,$(comma)cc)]'
	@touch $@
endef

$(DEMO): pyproject.toml | $(BIN)/python
	$(call install,labs)

$(DEV): pyproject.toml | $(BIN)/python
	$(call install,dev)
