# Everything runs in .venv; each target does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint official bench serve lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

$(STAMP): pyproject.toml requirements/dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "yiqiao needs Python 3.11 or newer: make PYTHON=python3.11 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Set up, then run the whole bridge once on embedded SQLite and tell the story
	$(BIN)/yiqiao demo

test: $(STAMP) ## Set up, then run the tests (PostgreSQL too, where YIQIAO_TEST_POSTGRES_URL is set)
	$(BIN)/python -m pytest -n auto --dist worksteal

coverage: $(STAMP) ## The same tests, measured (they take twice as long): fails below nine lines in ten
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term

lint: $(STAMP) ## Ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

official: $(STAMP) ## Have HL7's own validator judge what the golden messages become (Java, Maven)
	$(BIN)/python -m tests.mappings.golden_bundles > $(VENV)/golden.ndjson
	$(BIN)/python -m conformance.official $(OFFICIAL) $(VENV)/golden.ndjson

bench: $(STAMP) ## Print the ratios the project promises, measured in one run
	$(BIN)/python -m benchmarks

serve: $(STAMP) ## Run the gateway on this machine
	$(BIN)/yiqiao serve

lock: $(STAMP) ## Resolve the dependencies again into requirements/*.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra postgres --extra hsm pyproject.toml -o requirements/runtime.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --all-extras pyproject.toml -o requirements/dev.lock

clean: ## Remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
