# What a developer types. A fresh clone needs Python 3.11 or newer with pip, make and git; all else comes from the locks.

VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := $(VENV)/bin
SUITABLE := import sys, pip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python; do \
	"$$p" -c '$(SUITABLE)' 2>/dev/null && echo "$$p" && break; done)

# The pip that is there installs into the environment: faster than bootstrapping one, and Debian's Python cannot do that.
PIP_INSTALL = $(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check
INSTALL_PROJECT = $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock" --group build

.PHONY: help serve test faults lint quality ablation build lock lexicon openapi readme clean
.DELETE_ON_ERROR:

help:
	@echo "make serve    migrate the database and serve on http://$(HOST):$(PORT), open to everyone on this machine"
	@echo "make test     lint, types, import contracts and all tests"
	@echo "make quality  measure accuracy on every data set and write tests/quality/REPORT.md (DATA=FOLDER JOBS=2 QUICK=1 ABLATION=1)"
	@echo "make bench    what a request costs, into tests/bench/REPORT.md (QUICK=1: within minutes)"
	@echo "make faults   what crashes, full disks and overload do, into tests/faults/REPORT.md (ROUNDS=, CAMPAIGNS=, ENGINE=, SEED=)"
	@echo "make build    the wheel, in dist/"
	@echo "make lock     compile the lock files from pyproject.toml (UPGRADE=--upgrade for newer versions)"
	@echo "make lexicon  build the tables of core/lexicon from the installed packages"
	@echo "make openapi  write the API's description to openapi/"
	@echo "make readme   write the generated tables of the README files"
	@echo "make clean    remove all that is generated, the database excepted"

serve: $(VENV)/.runtime
	$(BIN)/dedupsvc migrate
	DEDUPSVC_DEV_OPEN=1 $(BIN)/dedupsvc serve --host $(HOST) --port $(PORT)

test: lint
	$(BIN)/pytest -n 2 --dist loadscope

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

faults: $(VENV)/.dev
	$(BIN)/python -m tests.faults $(CAMPAIGNS) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ENGINE),--engine $(ENGINE)) \
		$(if $(SEED),--seed $(SEED))

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quality: $(VENV)/.dev
	$(BIN)/python -m tests.quality $(if $(DATA),--data $(DATA)) $(if $(JOBS),--jobs $(JOBS)) $(if $(ABLATION),--ablation) $(if $(QUICK),--quick)

ablation:
	$(MAKE) quality ABLATION=1

build: $(VENV)/.runtime
	$(BIN)/python -m hatchling build -t wheel

lock: $(VENV)/.dev
	$(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --group dev --group lexicon --constraints requirements.lock --output-file requirements-dev.lock

lexicon: $(VENV)/.dev
	$(BIN)/python .ci/make_lexicon.py

openapi: $(VENV)/.runtime
	mkdir -p openapi
	$(BIN)/dedupsvc openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

readme: $(VENV)/.runtime
	$(BIN)/python .ci/make_readme.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with pip is needed; name it with PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) --no-deps --require-hashes --requirement requirements.lock
	$(INSTALL_PROJECT)
	touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) --no-deps --require-hashes --requirement requirements-dev.lock
	$(INSTALL_PROJECT)
	touch $@ $(VENV)/.runtime
