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
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock" $(UPGRADE)
LOCK_PROJECT = $(LOCK) pyproject.toml --group build

# The same package as extensions in C. It is taken instead of the sources where it comes first on the path: what is measured
# is measured on it, COMPILED=0 excepted, and it serves with COMPILED=1. Tests with a part taken out run on the sources.
BUILT := build/compiled/.made
MEASURED := $(if $(filter 0,$(COMPILED))$(ABLATION),,$(BUILT))
SERVED := $(if $(filter 1,$(COMPILED)),$(BUILT))
TESTED_COMPILED := $(addprefix tests/,architecture/test_compiled.py core usecases adapters api wire concurrency)
HEADERS := import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))
ON_BUILT = $(if $(filter $(BUILT),$^),PYTHONPATH=$(CURDIR)/build/compiled)

.PHONY: help serve test test-compiled faults lint quality ablation bench build compiled lock lexicon openapi readme clean
.DELETE_ON_ERROR:

help:
	@echo "make serve    migrate the database and serve on http://$(HOST):$(PORT), open to everyone on this machine (COMPILED=1)"
	@echo "make test     lint, types, import contracts and all tests, then those of the service once more on the compiled package"
	@echo "make quality  measure accuracy on every data set and write tests/quality/REPORT.md (DATA=FOLDER JOBS=2 QUICK=1 ABLATION=1)"
	@echo "make bench    what a request costs, into tests/bench/REPORT.md (QUICK=1: 10k records only, under 5 minutes)"
	@echo "make faults   what crashes, full disks and overload do, into tests/faults/REPORT.md (ROUNDS=, CAMPAIGNS=, ENGINE=, SEED=)"
	@echo "make build    the wheel, in dist/"
	@echo "make compiled the package compiled to C, in build/compiled; quality, bench and faults run on it (COMPILED=0: on the sources)"
	@echo "make lock     compile the lock files from pyproject.toml (UPGRADE=--upgrade for newer versions)"
	@echo "make lexicon  build the tables of core/lexicon from the installed packages"
	@echo "make openapi  write the API's description to openapi/"
	@echo "make readme   write the generated tables of the README files"
	@echo "make clean    remove all that is generated, the database excepted"

serve: $(VENV)/.runtime $(SERVED)
	$(ON_BUILT) $(BIN)/dedupsvc migrate
	$(ON_BUILT) DEDUPSVC_DEV_OPEN=1 $(BIN)/dedupsvc serve --host $(HOST) --port $(PORT)

test: lint
	$(BIN)/pytest -n 2 --dist loadscope
	@if [ -n "$$CI" ] || $(BIN)/python -c '$(HEADERS)'; then $(MAKE) test-compiled; \
		else echo "Not tested compiled: Python.h is missing; install python3-dev." >&2; fi

# Fails if it finds itself on the sources.
test-compiled: $(VENV)/.dev $(BUILT)
	$(ON_BUILT) DEDUPSVC_EXPECT_COMPILED=1 $(BIN)/pytest -n 2 --dist loadscope $(TESTED_COMPILED)

bench: $(VENV)/.dev $(MEASURED)
	$(ON_BUILT) $(BIN)/python -m tests.bench

faults: $(VENV)/.dev $(MEASURED)
	$(ON_BUILT) $(BIN)/python -m tests.faults $(CAMPAIGNS) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ENGINE),--engine $(ENGINE)) \
		$(if $(SEED),--seed $(SEED))

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quality: $(VENV)/.dev $(MEASURED)
	$(ON_BUILT) $(BIN)/python -m tests.quality $(if $(DATA),--data $(DATA)) $(if $(JOBS),--jobs $(JOBS)) $(if $(ABLATION),--ablation) \
		$(if $(QUICK),--quick)

ablation:
	$(MAKE) quality ABLATION=1

build: $(VENV)/.runtime
	$(BIN)/python -m hatchling build -t wheel

compiled: $(BUILT)

lock: $(VENV)/.dev
	$(LOCK_PROJECT) --output-file requirements.lock
	$(LOCK_PROJECT) --group dev --group lexicon --constraints requirements.lock --output-file requirements-dev.lock
	$(LOCK) --group pyproject.toml:compile --constraints requirements-dev.lock --output-file requirements-compile.lock

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

# What compiles is not installed into the environment, which is the one of a service that was not compiled.
$(VENV)/.compiler: requirements-compile.lock | $(BIN)/python
	rm -rf $(VENV)/compiler
	$(PIP_INSTALL) --no-deps --require-hashes --target $(VENV)/compiler --requirement requirements-compile.lock
	touch $@

$(BUILT): $(shell find src alembic -name __pycache__ -prune -o -type f -print) pyproject.toml .ci/compile_hook.py $(VENV)/.compiler \
		| $(VENV)/.runtime
	rm -rf build/compiled-wheel
	DEDUPSVC_COMPILE=1 PYTHONPATH=$(VENV)/compiler $(BIN)/python -m hatchling build --target wheel --directory build/compiled-wheel
	rm -rf build/compiled
	$(PIP_INSTALL) --no-deps --no-index --target build/compiled build/compiled-wheel/*.whl
	touch $@
