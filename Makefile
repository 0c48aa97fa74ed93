# The words a developer types. `make up` and `make test` need nothing but Python 3.11 or newer.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down status environment check test test-faults fuzz-api sweep picture bench-up bench-derivatives bench-discovery bench-store bench-audit bench-spawns bench-kills bench-api bench-jobs bench-pinn bench-apps labextension clean

# The system's Python comes first: an environment built on it can be run by every user of the machine.
PYTHON ?= $(shell for candidate in /usr/bin/python3 python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$candidate" && break; \
	done || true)
VENV := .venv
BIN := $(VENV)/bin
PORT_BASE ?=
# Tests run in so many processes, each file in one of them.
WORKERS ?= 2

help:  ## Show these words
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

up:  ## Build the environment and start the workbench (PORT_BASE=9000 for other ports)
	@$(call environment,workbench)
	@$(BIN)/physforge up $(if $(PORT_BASE),--port-base $(PORT_BASE))

down:  ## Stop the workbench and everything that it started
	@if [ -x $(BIN)/physforge ]; then $(BIN)/physforge down; else echo "No workbench is running."; fi

status:  ## Show which processes run and whether they answer
	@$(BIN)/physforge status

environment:  ## Build the environment for development
	@$(call environment,dev)

check: environment  ## Run the checks that need no test: style, layers, types, docstrings, secrets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/numpydoc lint $$(git ls-files 'physforge_lib/physforge/*.py' 'extensions/*.py')
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive physforge_lib extensions hub_config dask_config
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --exclude-files '(registry.txt|physforge.yaml|package-lock.json|labextension/.*)$$'
	$(BIN)/jupytext --test --to py:percent notebooks/*.ipynb

test: check  ## Run the checks and every test
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-faults: environment  ## Run the tests that damage files, kill processes and fill disks; print the table of hostile files
	$(BIN)/python -m pytest tests/faults -m faults --fault-table -s
	$(BIN)/python -m pytest tests -m faults --ignore tests/faults

fuzz-api: environment  ## Try the REST API against its own description, 200 calls an operation
	PHYSFORGE_FUZZ_EXAMPLES=200 $(BIN)/python -m pytest tests/service/test_schema.py

sweep: environment  ## As root: ask every path at every port as nobody, and print what is open and why (two minutes)
	$(BIN)/python -m pytest -s tests/e2e/many_users/test_anonymous.py

picture: environment  ## Take the picture on the first page anew
	PHYSFORGE_KEEP_PICTURE=1 $(BIN)/python -m pytest tests/e2e/test_walk.py

labextension: environment  ## Build JupyterLab's sidebar from its sources, which needs Node.js 20 or newer with npm
	cd extensions/physforge_jupyterlab && npm ci --no-fund --no-audit && PATH="$(abspath $(BIN)):$$PATH" npm run build

bench-up: environment  ## Measure how long starts take, median of five
	$(BIN)/python tests/benchmarks/bench_up.py

bench-derivatives: environment  ## Compare derivatives with tuned and untuned peers (40 minutes; goes on where it stopped)
	$(BIN)/python tests/benchmarks/bench_derivatives.py

bench-discovery: environment  ## Count how often the right law is found, beside peers (40 minutes; goes on where it stopped)
	$(BIN)/python tests/benchmarks/bench_discovery.py

bench-store: environment  ## Measure what registering data costs, in time and space (two minutes)
	$(BIN)/python tests/benchmarks/bench_store.py

bench-audit: environment  ## Measure how many events a second the event log takes (two minutes)
	$(BIN)/python tests/benchmarks/bench_audit.py

bench-spawns: environment  ## As root: start eight sessions at the same moment, three times; measure idle memory (six minutes)
	$(BIN)/python tests/benchmarks/bench_spawns.py

bench-kills: environment  ## As root: kill each service ten times while people work (ten minutes)
	$(BIN)/python tests/benchmarks/bench_kills.py

bench-api: environment  ## As root: read over the REST API for three minutes as 600 people (five minutes)
	$(BIN)/python tests/benchmarks/bench_api.py

bench-jobs: environment  ## Count what jobs survive, and how fast they are (goes on where it stopped)
	$(BIN)/python tests/benchmarks/bench_jobs.py

bench-pinn: environment  ## Compare trained networks with DeepXDE (hours; goes on where it stopped)
	$(BIN)/python tests/benchmarks/bench_pinn.py

bench-apps: environment  ## Measure pages in a real Chromium: time, bytes, requests, accessibility (ten minutes)
	$(BIN)/python tests/benchmarks/bench_apps.py

clean:  ## Remove the environment and the caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

define environment
if [ -z "$(PYTHON)" ]; then \
	echo "PhysForge needs Python 3.11 or newer with venv and ensurepip (on Debian: apt-get install python3 python3-venv)." >&2; exit 1; fi; \
$(PYTHON) physforge_lib/setup_environment.py $(1)
endef
