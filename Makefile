# Everything a newcomer needs: `make demo` shows the shop, `make test` proves it.
# Works with the stock python3 -m venv; is faster where uv is found.

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench soak mutate openapi lock clean newer browser
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
# The same suite on a newer Python, which gets Django 6 from the same lock.
NEWER_VENV := .venv-newer
NEWER_PYTHON := $(NEWER_VENV)/bin/python
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
ORDERS ?= 1000
# As many processes as the machine has cores; each has databases of its own.
PROCESSES ?= -n auto --maxprocesses 4

# Candidates, best first. Names of pyenv's that do not exist are tried in vain.
BASE_CANDIDATES := python3.11 $(PYENV)/3.11.*/bin/python3 python3 python3.12 \
	python3.13 python3.14
NEWER_CANDIDATES := python3.13 $(PYENV)/3.13.*/bin/python3 python3.12 \
	$(PYENV)/3.12.*/bin/python3 python3.14 $(PYENV)/3.14.*/bin/python3

# $(call find,CANDIDATES,MINOR): prints the first Python that runs, is at least 3.MINOR
# and is complete: not a build without ssl or sqlite3, nor a pyenv name switched off.
find = for p in $(1); do "$$p" -c 'import sys, ssl, sqlite3, zlib; \
	sys.exit(sys.version_info < (3, $(2)))' 2>/dev/null && echo "$$p" && break; done

# $(call environment,FOLDER,CANDIDATES,MINOR): makes the environment when it is not
# there or its Python is gone.
define environment
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || { \
	  python=$$($(call find,$(2),$(3))); \
	  test -n "$$python" || { echo "No Python 3.11 or newer with ssl and sqlite3 \
	was found. On Debian: apt-get install python3 python3-venv" >&2; exit 1; }; \
	  if "$$python" -c 'import ensurepip' 2>/dev/null; then \
	    "$$python" -m venv --clear $(1); \
	  elif command -v uv >/dev/null; then \
	    uv venv --quiet --clear --seed --python "$$python" $(1); \
	  else \
	    echo "$$python cannot make a virtual environment: ensurepip is missing." >&2; \
	    echo "On Debian: apt-get install python3-venv" >&2; exit 1; \
	  fi; \
	  echo "Made $(1) with $$($(1)/bin/python -V)"; }
endef

# $(call install,FOLDER,LOCK): installs exactly what the lock names. The index is the
# machine's own; uv does not read pip's settings, so pip has the second word.
define install
	@echo "Installing $(2) into $(1) ..."
	@{ command -v uv >/dev/null && uv pip install --quiet --require-hashes \
	    --python $(1)/bin/python --requirement $(2); } || \
	  $(1)/bin/python -m pip install --quiet --disable-pip-version-check \
	    --no-input --require-hashes --requirement $(2)
endef

# $(call checkout,FOLDER): installs this checkout itself, editable, so that it has a
# version; everything it needs is there by then, the build backend included.
define checkout
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	  --no-deps --no-build-isolation --editable .
endef

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' \
	  $(MAKEFILE_LIST)

demo: $(VENV)/.demo-installed  ## Show the shop: everything it needs, started here
	@$(PYTHON) manage.py demo

# The Python 3.11 run comes last: its summary closes the output.
test: $(VENV)/.all-installed browser newer  ## Run every test, on real servers
	@$(PYTHON) -m pytest -q $(PROCESSES) --cov --cov-report=term
	@$(PYTHON) -m coverage report --fail-under=95 --format=total >/dev/null
	@$(PYTHON) -m coverage report --fail-under=100 \
	  --include='*/domain/*,*/services/*'

# What the house looks like is the same on every Python, and stories by chance are told
# at length once: without STEPS they are short.
newer:
	@if [ -n "$$($(call find,$(NEWER_CANDIDATES),12))" ]; then \
	  $(MAKE) $(NEWER_VENV)/.all-installed && \
	  echo "Testing with $$($(NEWER_PYTHON) -V)," \
	    "Django $$($(NEWER_PYTHON) -m django --version)" && \
	  env -u STEPS $(NEWER_PYTHON) -m pytest -q $(PROCESSES) -m 'not browser and not slow' \
	    --ignore tests/house; \
	else \
	  echo "No Python 3.12 or newer was found: not testing with Django 6."; \
	fi

# Debian's Chromium: a test tool's own download of a browser does not work everywhere.
browser:
	@for name in chromium chromium-browser google-chrome; do \
	  command -v $$name >/dev/null && exit 0; done; \
	if [ -d "/Applications/Google Chrome.app" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the browser tests ..."; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -qq --yes --no-install-recommends chromium >/dev/null; \
	else \
	  echo "No Chromium: the browser tests will be skipped." \
	    "On Debian, as root: apt-get install chromium"; \
	fi

lint: $(VENV)/.all-installed  ## Check style, types, imports, templates and spelling
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(VENV)/bin/lint-imports
	$(PYTHON) -m mypy
	$(PYTHON) -m djlint --quiet --lint --check templates
	$(VENV)/bin/typos
	$(PYTHON) -m django makemigrations --settings tests.settings --check --dry-run

bench: $(VENV)/.all-installed  ## Measure pages, checkout and the ledger on this machine
	@$(PYTHON) -m tests.bench.run

mutate: $(VENV)/.all-installed  ## Remove each guard of the money path: does a test notice?
	@$(PYTHON) -m tests.bench.mutate

soak: $(VENV)/.all-installed  ## Drive ORDERS=1000 through real processes and accidents
	@$(PYTHON) -m tests.bench.soak --orders $(ORDERS) $(if $(SEED),--seed $(SEED))

openapi: $(VENV)/.demo-installed  ## Write docs/openapi.yaml anew from the code
	@$(PYTHON) manage.py spectacular --urlconf store.api.described \
	  --custom-settings store.api.schema.SETTINGS \
	  --validate --fail-on-warn --file docs/openapi.yaml

# Universal over the Pythons and Djangos we support, and naming no index: a mirror's
# address is nobody's business but the machine's.
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --quiet \
	--custom-compile-command 'make lock'
lock:  ## Write the lock files anew from pyproject.toml (needs uv); UPGRADE=1 upgrades
	$(COMPILE) $(if $(UPGRADE),--upgrade) --all-extras -o requirements.lock
	$(COMPILE) --extra demo --constraint requirements.lock -o requirements-demo.lock

clean:  ## Remove environments, caches and the demo's data
	rm -rf .venv .venv-newer .nox .mypy_cache .pytest_cache .ruff_cache \
	  .import_linter_cache .hypothesis .coverage .coverage.* htmlcov build dist \
	  test-results var
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.demo-installed: requirements-demo.lock pyproject.toml
	$(call environment,$(VENV),$(BASE_CANDIDATES),11)
	$(call install,$(VENV),requirements-demo.lock)
	$(call checkout,$(VENV))
	@touch $@

$(VENV)/.all-installed: requirements.lock pyproject.toml
	$(call environment,$(VENV),$(BASE_CANDIDATES),11)
	$(call install,$(VENV),requirements.lock)
	$(call checkout,$(VENV))
	@touch $@ $(VENV)/.demo-installed

$(NEWER_VENV)/.all-installed: requirements.lock pyproject.toml
	$(call environment,$(NEWER_VENV),$(NEWER_CANDIDATES),12)
	$(call install,$(NEWER_VENV),requirements.lock)
	$(call checkout,$(NEWER_VENV))
	@touch $@
