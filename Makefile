# One command per habit. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
DEMO_ARGUMENTS ?=
TORTURE_ARGUMENTS ?=
VERIFY_ARGUMENTS ?=
MUTANTS_ARGUMENTS ?=
WORKERS ?= 4

# Targets start many processes, and each would compile the libraries anew where the shell forbids to keep what was compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help docs setup demo dev reports test lint lint-ruff lint-mypy lint-imports lint-sql pytest test-system screens transcripts verify lock clean torture torture-system bench mutants

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: $(STAMP) ## Make .venv and install everything that is locked, with hashes, wheels only

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"assettrail needs Python 3.11 to 3.13, found {v[0]}.{v[1]}; run: make setup PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --only-binary :all: requirements.lock
	@VIRTUAL_ENV=$(abspath $(VENV)) PATH=$(abspath $(BIN)):$$PATH $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --no-index -e .
	@touch $(STAMP)

demo: setup ## Play the whole path on the sandbox; KEEP=1 leaves the pages running
	@$(BIN)/assettrail demo $(if $(KEEP),--keep) $(DEMO_ARGUMENTS)

dev: setup ## Dagster's pages against the sandbox, until Ctrl-C
	@$(BIN)/assettrail demo --serve-only

reports: setup ## The reports on the current snapshot; on the demo's where nothing else is set up here
	@if [ -z "$$ASSETTRAIL_CONFIG$$ASSETTRAIL_HOME" ] && [ ! -e assettrail.toml ] && [ ! -e var ] && [ -e demo/assettrail.toml ]; then \
		echo "No assettrail.toml here: these are the demo's"; export ASSETTRAIL_CONFIG=demo/assettrail.toml; fi; \
	exec $(BIN)/assettrail reports serve

lint: setup ## ruff, mypy, import-linter, sqlfluff, beside each other
	@$(MAKE) --no-print-directory --keep-going --jobs 3 lint-mypy lint-sql lint-ruff lint-imports

lint-ruff:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

lint-mypy:
	@$(BIN)/mypy

lint-imports:
	@$(BIN)/lint-imports

lint-sql:
	@$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests 2>&1 | tail -n 40; exit $${PIPESTATUS[0]}

test-system: ## Install what the tests need from the system: chromium and PostgreSQL
	@if command -v chromium >/dev/null; then chromium --version; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; \
	else echo "The browser tests need Debian's chromium at /usr/bin/chromium. Run: sudo apt-get install chromium"; exit 1; fi
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then ls -d /usr/lib/postgresql/*; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; \
	else echo "The tests of the outbox need Debian's PostgreSQL. Run: sudo apt-get install postgresql"; exit 1; fi

test: setup test-system ## Every check, lint beside the tests; WORKERS=n sets how many test side by side
	@$(MAKE) --no-print-directory --keep-going --jobs 5 lint-mypy lint-sql lint-ruff lint-imports pytest

pytest:
	@$(BIN)/pytest tests --durations=60 --durations-min=3 --ignore=tests/verify --ignore=tests/torture --ignore=tests/integration/test_kills.py --ignore=tests/integration/test_officer_walk.py --ignore=tests/integration/test_arrival.py -n $(WORKERS) --dist loadfile --no-loadscope-reorder

screens: setup test-system ## Make the screenshots of docs/screens anew, by the runs that test the pages
	@ASSETTRAIL_SCREENS=1 $(BIN)/pytest -q tests/browser/test_jobs.py tests/browser/test_deciding.py tests/browser/test_saved_queries.py tests/browser/test_known.py

transcripts: setup test-system ## Write anew what a screen reader gets of the dossier; then read it as one who hears it
	@ASSETTRAIL_TRANSCRIPTS=1 $(BIN)/pytest -q tests/browser/test_pages.py -k screen_reader

torture-system: ## Install what torture needs from the system: strace
	@if command -v strace >/dev/null; then strace --version | head -n 1; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq --no-install-recommends strace; \
	else echo "Without strace no system call is hurt. Run: sudo apt-get install strace"; fi

torture: setup torture-system ## Kills, stops and refusing disks at every call that touches the home; writes docs/torture.md
	@$(BIN)/python -m tests.torture --write $(TORTURE_ARGUMENTS)

verify: setup test-system ## The long one: an officer's day, five seeds and three sizes, kills at default size, DuckDB 1.5.6, an increment after each late event and each arrival of random histories, what was known at past checkpoints, a build with too little memory, another order of arrival, the mutants
	@$(BIN)/pytest -q tests/integration/test_officer_walk.py tests/integration/test_arrival.py
	@$(BIN)/pytest -q tests/verify/test_late_events.py tests/verify/test_random_arrivals.py tests/verify/test_past_checkpoints.py tests/verify/test_spilling.py
	@$(BIN)/python -m tests.verify.mutants $(MUTANTS_ARGUMENTS)
	@$(BIN)/python -m tests.verify.table $(VERIFY_ARGUMENTS)

mutants: setup ## Drops each condition of the verdict's SQL in turn; a dbt unit test has to notice
	@$(BIN)/python -m tests.verify.mutants $(MUTANTS_ARGUMENTS)

bench: setup ## The benchmark tables of docs/benchmarks.md, docs/benchmarks-ingest.md and docs/benchmarks-reports.md; the warehouse in small (docs/benchmarks-warehouse.md: `python -m benchmarks.warehouse --size full`, 50 GB of disk)
	@$(BIN)/python benchmarks/demo_steps.py
	@$(BIN)/python -m benchmarks.ingest --size full
	@$(BIN)/python -m benchmarks.warehouse
	@$(BIN)/python -m benchmarks.reports

lock: ## Make requirements.lock anew
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --extra dev --extra notebook --python-version 3.11 pyproject.toml -o requirements.lock

docs: setup ## Write the generated pages of docs/
	@$(BIN)/dbt parse --quiet --project-dir dbt_project --profiles-dir dbt_project
	@$(BIN)/python docs/generate.py

clean: ## Remove what the targets made (not var/)
	@rm -rf demo dbt_project/target dbt_project/logs .mypy_cache .ruff_cache .pytest_cache
