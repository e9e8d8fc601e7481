# The two commands a stranger needs: `make run` and `make test`. `make help` lists the rest.
# Everything runs in .venv, made here from hashed locks: requirements.lock is what a run needs,
# requirements-dev.lock what tests and linters need too. Nothing else is installed.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
# Relative, because make splits a target at the blanks that a folder's name may have.
VENV := .venv
PY := $(VENV)/bin/python
hash_of = $(shell { sha256sum $(1) 2>/dev/null || shasum -a 256 $(1); } | cut -c1-12)
STAMP := $(VENV)/.installed-$(call hash_of,requirements.lock)
DEV_STAMP := $(VENV)/.installed-dev-$(call hash_of,requirements-dev.lock)
# Small matrices: more BLAS threads cost more than they bring, and the last bits depend on them.
export OMP_NUM_THREADS ?= 1
export PYTHONPATH := $(CURDIR)
# Compiled modules are kept, whatever the shell says: without them every start compiles all libraries anew.
export PYTHONDONTWRITEBYTECODE :=
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# One more than there are cores: the longest tests wait for a server half of their time.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
# The commands read make's variables (FILE=…) in the environment, where make puts them.
ORCHESTRATION := VIA_MAKE=1 $(PY) -m living_panel

.PHONY: help dev-environment site-docs test test-all test-slow faults mutants firms check format sizes bench spark-environment test-spark test-lake lock wheel test-packages

help: ## use: this list
	@for group in use yearly develop; do echo "$$group"; \
	  grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/; /\t(use|yearly|develop): /! s/\t/\tdevelop: /' | \
	  awk -F'\t' -v group="$$group: " 'index($$2, group) == 1 {printf "  make %-16s %s\n", $$1, substr($$2, length(group) + 1)}'; done

$(STAMP): requirements.lock
	@$(PYTHON) orchestration/bootstrap.py "$(VENV)" requirements.lock
	@touch "$@"

dev-environment: $(DEV_STAMP) ## develop: what tests and linters need, and the extra `lake`

$(DEV_STAMP): requirements-dev.lock | $(STAMP)
	@$(PYTHON) orchestration/bootstrap.py "$(VENV)" requirements-dev.lock
	@touch "$@"

PYTEST := $(PY) -m pytest -q -n $(WORKERS) --maxprocesses 5 --dist loadfile --no-loadscope-reorder

# Every command of the program is a target too: run, dev, receipt, try, diff …
include orchestration/commands/commands.mk

test: $(DEV_STAMP) ## the fast tests, about three minutes: every layer but what is marked slow
	@$(PYTEST) -m "not slow and not long"

test-all: test test-slow ## every test that this machine can run, about half an hour on two cores

test-slow: $(DEV_STAMP) ## develop: what `make test` leaves out of `make test-all`
	@$(PYTEST) -m "slow or long"

faults: $(DEV_STAMP) ## kill, fill and starve the refresh for half an hour (SEED=…, MINUTES=…); runs add up
	@$(PY) -m tools.faults.campaign --seed $(or $(SEED),1) --minutes $(or $(MINUTES),28) \
	  --workers $$(getconf _NPROCESSORS_ONLN)

mutants: $(DEV_STAMP) ## change the last commit one operator at a time: does a fast test fail? (COUNT=…, MINUTES=…, SEED=…, AGAIN=yes)
	@$(PY) -m tools.mutants.campaign $(if $(COUNT),--count $(COUNT)) $(if $(MINUTES),--minutes $(MINUTES)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(AGAIN),--again)

firms: $(STAMP) ## develop: a planted set of firms and its spec: make firms ROWS=1e7 (MASTER=spark://… or REMOTE=sc://…)
	@$(PY) -m living_panel.orchestration.simulated.firms data/build/firms data/build/firms/x_firms.yml --rows $(or $(ROWS),1e6) \
	  $(if $(MASTER),--master $(MASTER)) $(if $(REMOTE),--remote $(REMOTE))

check: $(DEV_STAMP) ## format, lint, types, SQL style, known vulnerabilities (when the database is reachable)
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check . && $(VENV)/bin/mypy
	@$(PY) -m tools.check_writing
	@$(VENV)/bin/numpydoc lint $$(git ls-files 'estimation/econometrics/*.py' 'estimation/estimators/*.py' 'estimation/panel_tests/*.py')
	@cd dbt_project && LIVING_PANEL_DATA=../data LIVING_PANEL_BUILD=/tmp/living-panel-lint.duckdb ../$(VENV)/bin/sqlfluff lint models --processes 2
	@$(PY) orchestration/commands/audit_dependencies.py

format: $(DEV_STAMP) ## format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

sizes: $(DEV_STAMP) ## simulate anew the true sizes and null distributions that the tables print (about 10 minutes)
	@$(PY) -m tools.simulate

bench: $(DEV_STAMP) ## time and memory against plm, arch, pyfixest, linearmodels; writes benchmarks/RESULTS.md
	@$(PY) -m benchmarks.unit_roots && $(PY) -m benchmarks.long_run && $(PY) -m benchmarks.curve
	@$(PY) benchmarks/pushdown.py && $(PY) benchmarks/refresh.py

spark-environment: $(STAMP)
	@test -x .venv-spark/bin/python || $(VENV)/bin/uv venv -q --python $(PY) .venv-spark
	@$(VENV)/bin/uv pip sync -q --python .venv-spark/bin/python --require-hashes requirements-spark.lock

# Short programs: Java's second compiler would cost as much time as all the rest. The first one alone gets
# too little room for its code by default, drops it and compiles it again.
JAVA_FOR_TESTS := -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC

test-spark: spark-environment ## the dbt project and the push-down estimator on Spark, local and a cluster (Java 17)
	@JAVA_TOOL_OPTIONS="$(JAVA_FOR_TESTS)" .venv-spark/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder \
	  -m spark $(addprefix tests/integration/test_spark_,dbt.py cluster.py pushdown.py)

test-packages: validators ## packages packed, unpacked elsewhere, run, compared and validated
	@$(PY) -m pytest -q -m package

test-lake: $(DEV_STAMP) ## `publish: ducklake` on a PostgreSQL and an S3 server of its own
	@$(PY) -m pytest -q -m lake tests/integration/test_lake.py

site-docs: $(DEV_STAMP) ## develop: the documentation as a site with search, in data/build/docs (offline)
	@$(PY) -m sphinx -q -W --keep-going -j 2 -b html docs data/build/docs && echo data/build/docs/index.html

wheel: $(STAMP) ## the installable program and the estimators alone, in dist/ (needs the package index)
	@for folder in distributions/econometrics .; do $(VENV)/bin/uv build --wheel -q -o dist $$folder; done
	@rm -rf build *.egg-info distributions/*/build distributions/*/*.egg-info && ls dist/*.whl

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-package living-panel-econometrics --no-annotate --no-header -q
lock: $(DEV_STAMP) ## write both locks anew from pyproject.toml (needs the package index; UPGRADE=yes takes newer versions)
	@$(VENV)/bin/$(LOCK) $(if $(UPGRADE),--upgrade) --group install -o requirements.lock
	@$(VENV)/bin/$(LOCK) --group install --extra lake --extra docs --extra dev -c requirements.lock -o requirements-dev.lock
