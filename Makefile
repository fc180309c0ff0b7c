# Two commands are enough: `make certify` and `make test`. Both set up what they need, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH

.PHONY: help certify test lint prove bench lock clean

help:
	@echo 'make certify   certify the reference; the report is an HTML file'
	@echo 'make test      lint, the self tests, and the certification of everything that can run here'
	@echo 'make lint      ruff, mypy and the layers alone'
	@echo 'make prove     show that every check fails on what is wrong'
	@echo 'make bench     measure, and assert nothing'
	@echo 'make lock      renew requirements.lock from pyproject.toml'
	@echo 'make clean     remove what was set up, and the reports'

$(READY): requirements.lock pyproject.toml scripts/setup
	@PYTHON=$(PYTHON) scripts/setup $(VENV)
	@touch $@

certify: $(READY)
	@$(BIN)/oms-tck certify memory

test: $(READY)
	@$(BIN)/python scripts/check

lint: $(READY)
	@$(BIN)/python scripts/check --only lint

prove: $(READY)
	@$(BIN)/oms-tck prove

bench: $(READY)
	@$(BIN)/python scripts/bench

lock:
	@scripts/lock

clean:
	rm -rf $(VENV) reports/out .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
