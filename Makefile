# The two that matter: `make run` to try worklog, `make test` to check it.
#
# Everything lands inside the clone (.venv, .run, build); only the Debian packages that the
# tests need go onto the machine, and only those that are missing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Without byte code every start of the program compiles it anew: two to three times slower.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What Windows has and Linux has not; the rest of the program is guarded where it needs to be.
ON_WINDOWS := worklog/capture/windows_*.py worklog/capture/desktop_screen.py worklog/capture/select.py \
	worklog/flock.py worklog/cache/lock.py tests/support/desktops tests/contract/test_desktop_*.py
RUN_HOME := $(CURDIR)/.run/home
ARGS ?=
PYTEST_ARGS ?=

.PHONY: help run test lint types imports unit readme coverage wheel long bench docs ways pictures clean

help: ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

run: $(VENV)/.run ## install and start tracking in a throwaway home (ARGS="--for 2m")
	@mkdir -p -m 700 .run "$(RUN_HOME)"
	@echo "worklog keeps this trial in $(RUN_HOME); remove it with make clean."
	@echo "From another terminal: WORKLOG_HOME=$(RUN_HOME) $(CURDIR)/$(BIN)/worklog diary"
	@WORKLOG_HOME="$(RUN_HOME)" $(BIN)/worklog start -m "trying worklog" $(ARGS)

test: $(VENV)/.test ## install what the tests need and run every check
	@$(MAKE) lint types imports unit readme coverage wheel

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy
	$(BIN)/mypy --platform darwin worklog tests/support/desktops tests/contract
	$(BIN)/mypy --platform win32 --follow-imports silent $(ON_WINDOWS)

imports: $(VENV)/.test
	$(BIN)/lint-imports --no-logo

unit: $(VENV)/.test
	@rm -f .coverage .coverage.* build/ways.json
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report= $(PYTEST_ARGS)

# The README's table of capture ways says what this run found.
readme: $(VENV)/.test
	$(BIN)/python -m tests.support.ways_table --check

# Two thresholds: the rules of the program are covered to the last branch, the rest nearly.
coverage: $(VENV)/.test
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='worklog/domain/*,worklog/app/*,worklog/wire/*' --fail-under=100

wheel: $(VENV)/.run ## build the wheel and try it outside of the checkout
	scripts/try-wheel $(BIN)/python

long: $(VENV)/.test ## the same tests with many more rounds: hours, before a release
	WORKLOG_TESTS=long $(BIN)/pytest -n 2 -o timeout=0 tests/unit tests/integration tests/faults tests/service tests/e2e $(PYTEST_ARGS)

bench: $(VENV)/.test ## measure; each line says how
	@scripts/install-packages hyperfine
	@for program in benchmarks/[a-z]*.py; do echo "== $$program"; $(BIN)/python "$$program"; done

docs: $(VENV)/.run ## generate man pages and completions
	$(BIN)/worklog generate

ways: $(VENV)/.test ## write the README's table of capture ways, from the last `make unit`
	$(BIN)/python -m tests.support.ways_table --write

pictures: $(VENV)/.test ## make the pictures of the README anew; look at them
	UPDATE_PICTURES=1 $(BIN)/pytest tests/e2e/test_pictures.py $(PYTEST_ARGS)

clean: ## remove the trial home and what was built; the environment stays
	rm -rf .run build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# The stamps lie inside the environment, so that removing it removes them too.
$(VENV)/.run: pyproject.toml scripts/make-environment
	@scripts/make-environment $(PYTHON) $(VENV)
	@touch $@

# Phony by way of FORCE: the look whether packages are missing costs one dpkg-query.
$(VENV)/.test: $(VENV)/.dev FORCE
	@scripts/install-packages $$(sed 's/\s*#.*//' scripts/test-packages)

$(VENV)/.dev: pyproject.toml scripts/make-environment scripts/test-packages
	@scripts/install-packages $$(sed 's/\s*#.*//' scripts/test-packages)
	@scripts/make-environment $(PYTHON) $(VENV) dev
	@touch $@ $(VENV)/.run

.NOTPARALLEL:

.PHONY: FORCE
FORCE:
