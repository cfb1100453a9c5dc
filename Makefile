# Two commands do everything: `make run` and `make test`. See README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Many plays wait for a block, a clock or a screen at rest: two workers a core keep it busy; more only get in each
# other's way.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')

.PHONY: run test check faults faults-short api soak screenshots bench clean
.DEFAULT_GOAL := run

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); sys.exit(0 if ok else "Batchdeck needs Python 3.11 to 3.13; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 run")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

run: $(READY)            ## open the console on a sample catalogue and a simulated node
	@$(BIN)/batchdeck demo

test: check              ## everything that CI runs
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: $(READY)          ## style, types, and the stairs of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

faults: $(READY)         ## kill the engine at every step, let the node lie, audit what came of it
	@BATCHDECK_FAULTS=full $(BIN)/python -m tests.faults

faults-short: $(READY)   ## the same in a few minutes; `make test` does it too
	@$(BIN)/python -m tests.faults

api: $(READY)            ## 5,000 calls against a running engine, each held against the OpenAPI page
	@$(BIN)/python -m tests.web

soak: $(READY)           ## a monkey at the console for BATCHDECK_SOAK_MINUTES (30); a failure names its seed and keys
	@$(BIN)/python -m tests.console.soak

screenshots: $(READY)    ## draw screenshots/ anew from the tests' own fixtures
	$(BIN)/python -m tests.console.screenshots

bench: $(READY)          ## the speed claims, side by side with their references
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
