# The menu: `make` prints it. Needs python3 (3.11 or newer) with its venv module, and make.

VENV ?= .venv
PYTHON ?= python3
PEERS ?= .venv-peers
LOWEST ?= .venv-lowest
WORK ?= build/bench
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
INSTALLED := $(VENV)/.installed
PEERS_INSTALLED := $(PEERS)/.installed
LOWEST_INSTALLED := $(LOWEST)/.installed
# A part of the suite that uses each dependency and each extra: read, learn, search, save, draw, say.
QUICK_TESTS = $(addprefix tests/test_,$(addsuffix .py,core_only exports completion cli cli_wording \
	data_formats data_compression data_locate frames out_of_core scikit_learn_checks saving search \
	collision_curve progress execution_joblib execution_dask shown displays arrow_function \
	function_pages to_sklearn))
# All that run kernels, but for the command line, whose processes only start slower.
KERNEL_TESTS = $(filter-out tests/test_cli%,$(shell grep -lE \
	"torrential\.(kernels|linear|features)|HashingVectorizer|TextClassifier" tests/test_*.py))

.DEFAULT_GOAL := help
.PHONY: help install check format test test-nojit test-lowest test-newest wheel bench bench-peers compare docs linkcheck \
	demo cluster clean

help:  ## Print this menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED)  ## Create the virtual environment and install torrential with all extras in it

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("torrential needs Python 3.11 or newer: make PYTHON=python3.11 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

check: $(INSTALLED)  ## Lint, formatting, strict types and the import contracts between layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## Apply the formatting and the lint fixes that are safe
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Bytecode is written, whatever the environment says: the processes of tests would compile it again.
test: $(INSTALLED)  ## The whole test suite, doctests included, on two processes
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-nojit: $(INSTALLED)  ## The tests that run kernels with Numba's compiler off: kernels as plain Python
	PYTHONDONTWRITEBYTECODE= NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not jit" $(KERNEL_TESTS)

# Old versions warn about what newer ones of their own dependencies have renamed.
test-lowest: $(LOWEST_INSTALLED)  ## A quick part of the tests with the lowest versions of all dependencies
	PYTHONDONTWRITEBYTECODE= $(LOWEST)/bin/python -m pytest -n 2 --dist loadfile -W default $(QUICK_TESTS)

$(LOWEST_INSTALLED): pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --editable ".[test]" --constraint constraints-lowest.txt
	@touch $@

test-newest: $(INSTALLED)  ## The same part with the newest versions, which it installs in the environment
	$(BIN)/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable ".[dev]"
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile $(QUICK_TESTS)

wheel: $(INSTALLED)  ## Build a wheel and an sdist into dist/, and try the wheel in an environment without extras
	rm -rf dist build/empty
	$(BIN)/python -m build --outdir dist .
	$(PYTHON) -m venv build/empty
	build/empty/bin/python -m pip install --quiet dist/torrential-*.whl
	build/empty/bin/python -I tests/core_only.py

bench: $(INSTALLED) $(PEERS_INSTALLED)  ## All benchmarks against the peers: make bench DATA=folder-of-sets
	@test -n "$(DATA)" || { echo "Say where the sets are: make bench DATA=folder (benchmarks/README.md says what is in it)"; exit 2; }
	$(BIN)/python benchmarks/run_all.py --data "$(DATA)" --work "$(WORK)" --peers-python $(PEERS)/bin/python

# Sets of DATA are compared in the folder of work: the page and the README are about text that all have.
compare: $(INSTALLED) $(PEERS_INSTALLED)  ## Compare with fastText, Vowpal Wabbit and scikit-learn, and write the page about it
ifdef DATA
	mkdir -p "$(WORK)"
	$(BIN)/python benchmarks/compare.py --peers-python $(PEERS)/bin/python --json "$(WORK)/compared.json" --data $(DATA)
	$(BIN)/python benchmarks/write_comparison.py --json "$(WORK)/compared.json" --page "$(WORK)/comparison.rst" --no-readme
else
	$(BIN)/python benchmarks/compare.py --peers-python $(PEERS)/bin/python --json benchmarks/compared.json
	$(BIN)/python benchmarks/write_comparison.py
endif

bench-peers: $(PEERS_INSTALLED)  ## Create the peers' own virtual environment (compiles fastText)

$(PEERS_INSTALLED): benchmarks/requirements-peers.txt benchmarks/install_peers.sh
	PYTHON=$(PYTHON) bash benchmarks/install_peers.sh $(PEERS)
	@touch $@

# Pages of an earlier build would be checked, too.
docs: $(INSTALLED)  ## Build the documentation into docs/_build/html; warnings are errors, and links that lead nowhere
	rm -rf docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -d docs/_build/doctrees -b html docs docs/_build/html
	$(BIN)/python docs/check_links.py docs/_build/html

linkcheck: $(INSTALLED)  ## Ask the network for the pages elsewhere that the documentation links to
	$(BIN)/sphinx-build -d docs/_build/doctrees -b linkcheck -D plot_gallery=0 docs docs/_build/linkcheck

demo: $(INSTALLED)  ## Train, evaluate and predict on the source code of the installed packages
	$(BIN)/torrential demo

# Whatever ends first, all end: the scheduler by Ctrl-C or because its port is taken, say.
cluster: $(INSTALLED)  ## Start a Dask cluster of two processes on this machine; Ctrl-C ends it
	@export OMP_NUM_THREADS=1 DASK_LOGGING__DISTRIBUTED=warning; \
	folder=$$(mktemp -d); started=; \
	trap 'trap "" INT TERM; kill $$started 2>/dev/null; wait; rm -rf "$$folder"' EXIT; \
	trap 'exit 130' INT TERM; \
	$(BIN)/python -m distributed.cli.dask_scheduler --host 127.0.0.1 --port 8786 \
		--no-dashboard & scheduler=$$!; started=$$scheduler; \
	for i in 1 2; do \
		$(BIN)/python -m distributed.cli.dask_worker tcp://127.0.0.1:8786 --nthreads 1 \
			--no-dashboard --no-nanny --local-directory "$$folder" --death-timeout 30 & \
		started="$$started $$!"; \
	done; \
	echo "The cluster is at tcp://127.0.0.1:8786; Ctrl-C ends it."; \
	wait $$scheduler

clean:  ## Remove everything that is made: environments, caches, built documentation
	rm -rf $(VENV) $(PEERS) $(LOWEST) build dist docs/_build docs/examples docs/api/generated docs/sg_execution_times.rst
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks examples -type d -name __pycache__ -prune -exec rm -rf {} +
