# Needs Python 3.11 or newer, make and a package index; everything else is set up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help
help: ## Show what there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.PHONY: demo
demo: .venv/.ready ## Run the gate on an example project: failed, overridden, passed
	@$(BIN)/python docs/demo/demo.py

.PHONY: test
test: .venv/.ready ## Run every test
	$(BIN)/pytest -q -n auto --junitxml=.reports/junit.xml

.tools/.ready: tests/integration/requirements.txt tests/integration/package-lock.json
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
	  -r tests/integration/requirements.txt
	PATH="$$PWD/.tools/bin:$$PATH" npm ci --silent --prefix tests/integration
	@touch $@

.PHONY: integration
integration: .venv/.ready .tools/.ready ## Run the integrations for real: act, gitlab-ci-local, pre-commit, linters (needs git and rsync)
	PATH="$$PWD/.tools/bin:$$PATH" $(BIN)/pytest -q -n auto -m integration tests/integration
	PATH="$$PWD/.tools/bin:$$PATH" $(BIN)/pytest -q tests/test_platform_snippets.py

.PHONY: soak
soak: .venv/.ready ## Change every value of every answer and report, one at a time: nothing passes for it (half an hour)
	$(BIN)/pytest -q -n auto -m soak tests/soak --junitxml=.reports/soak.xml

.PHONY: lint
lint: .venv/.ready ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 src

.PHONY: docs
docs: .venv/.ready ## Write the reference pages again from the code
	$(BIN)/python docs/reference.py

.PHONY: bench
bench: .venv/.ready ## Measure start-up, an ordinary gate and big reports, as ratios in one run
	$(BIN)/python bench/bench.py

.PHONY: lock
lock: ## Write the lock files again from pyproject.toml, constraints.txt and requirements.in
	PYTHON=$(PYTHON) release/lock

.PHONY: image
image: ## Build the container image, where docker or podman answers (IMAGE=name, PYTHON_IMAGE=base@sha256:…)
	release/image

.PHONY: single-file
single-file: .venv/.ready ## Build dist/gatepass-….pyz with its .sha256: one file for runners without a network
	@$(BIN)/python release/single_file.py

.PHONY: fixtures
fixtures: ## Make the fixtures again by running the real tools (needs npm, go, maven, gcc)
	@for each in tests/samples/*/remake.sh; do echo "$$each"; "$$each" || exit 1; done

.PHONY: clean
clean: ## Remove what make made
	rm -rf .venv .tools tests/integration/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench .reports dist
