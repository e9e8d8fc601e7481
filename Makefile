# The two commands a stranger needs: `make run` and `make test`. `make help` lists the rest.
# Everything runs in .venv, made here from the hashed requirements.lock; nothing else is installed.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
# Relative, because make splits a target at the blanks that a folder's name may have.
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed-$(shell { sha256sum requirements.lock 2>/dev/null || shasum -a 256 requirements.lock; } | cut -c1-12)
# Small matrices: more BLAS threads cost more than they bring, and the last bits depend on them.
export OMP_NUM_THREADS ?= 1
export PYTHONPATH := $(CURDIR)
# Compiled modules are kept, whatever the shell says: without them every start compiles all libraries anew.
export PYTHONDONTWRITEBYTECODE :=
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# One more than there are cores: the longest tests wait for a server half of their time.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
AS_OF ?=
ORCHESTRATION := $(PY) -m orchestration

FROM ?=
TO ?=

.PHONY: backup restore withdraw new-paper try checksums new-source teach faults mutants bench demo accept diff fetch help run test test-all spark-environment test-spark dev report docs sql receipt verify rollback status check format clean lock sizes snapshots test-lake firms

help: ## use: this list
	@for group in use yearly develop; do echo "$$group"; \
	  grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/; /\t(use|yearly): /! s/\t/\tdevelop: /' | \
	  awk -F'\t' -v group="$$group: " 'index($$2, group) == 1 {printf "  make %-12s %s\n", $$1, substr($$2, length(group) + 1)}'; done

$(STAMP): requirements.lock
	@$(PYTHON) orchestration/bootstrap.py "$(VENV)"
	@touch "$@"

run: $(STAMP) ## use: refresh: landing to published warehouse (AS_OF=2023 or a date rebuilds a past state)
	@$(ORCHESTRATION) run $(if $(AS_OF),--as-of $(AS_OF))

PYTEST := $(PY) -m pytest -q -n $(WORKERS) --maxprocesses 5 --dist loadfile --no-loadscope-reorder

test: $(STAMP) ## what one waits for: every layer but what is marked slow, under 5 minutes on two cores
	@$(PYTEST) -m "not slow and not long"

test-all: $(STAMP) ## every test that this machine can run, about half an hour on two cores
	@$(PYTEST)

faults: $(STAMP) ## kill, fill and starve the refresh for half an hour (SEED=…, MINUTES=…); runs add up
	@$(PY) -m tools.faults.campaign --seed $(or $(SEED),1) --minutes $(or $(MINUTES),28) \
	  --workers $$(getconf _NPROCESSORS_ONLN)

mutants: $(STAMP) ## change the code one operator at a time: does a test fail? (SEED=…, COUNT=…); runs add up
	@$(PY) -m tools.mutants.campaign --seed $(or $(SEED),1) --count $(or $(COUNT),300)
	@$(PY) -m tools.mutants.dbt_rules

dev: $(STAMP) ## use: the Dagster UI, on this machine only
	@$(ORCHESTRATION) dev

demo: $(STAMP) ## use: a second data root, data/demo, with two simulated releases of known elasticities
	@$(ORCHESTRATION) demo

firms: $(STAMP) ## use: a planted set of firms and its spec: make firms ROWS=1e7 (MASTER=spark://…)
	@$(PY) -m tools.simulate.firms data/build/firms data/build/firms/x_firms.yml --rows $(or $(ROWS),1e6) \
	  $(if $(MASTER),--master $(MASTER))

fetch: $(STAMP) ## yearly: ask an authority for an edition: make fetch SOURCE=… EDITION=… (DRY_RUN=1 only says what)
	@test -n "$(SOURCE)" -a -n "$(EDITION)" || { echo "Say what: make fetch SOURCE=statistical_yearbook EDITION=2026"; exit 2; }
	@$(ORCHESTRATION) fetch "$(SOURCE)" "$(EDITION)" $(if $(DRY_RUN),--dry-run)

report: $(STAMP) ## use: one static page: printed tables beside ours, the audit, pictures, every table
	@$(ORCHESTRATION) report

docs: $(STAMP) ## dbt's pages of every model (data/build/docs), and docs/dictionary.md anew
	@$(ORCHESTRATION) docs

sql: $(STAMP) ## use: a read-only DuckDB shell on the published warehouse
	@$(ORCHESTRATION) sql

snapshots: $(STAMP) ## use: the states in the lake, where `publish: ducklake` is set (docs/scaling.md)
	@$(ORCHESTRATION) snapshots

teach: $(STAMP) ## yearly: draft a layout from a workbook, page, PDF or CSV: make teach FILE=…
	@test -n "$(FILE)" || { echo "Say which file: make teach FILE=<workbook, page, PDF or CSV>"; exit 2; }
	@$(ORCHESTRATION) teach "$(FILE)"

new-source: $(STAMP) ## yearly: the skeleton of a source of your own: make new-source NAME=my_bureau
	@test -n "$(NAME)" || { echo "Say its name: make new-source NAME=my_bureau"; exit 2; }
	@$(ORCHESTRATION) new-source "$(NAME)"

receipt: $(STAMP) ## yearly: write the receipt of a dropped file: make receipt FILE=data/landing/…
	@test -n "$(FILE)" || { echo "Say which file: make receipt FILE=data/landing/<source>/<edition>/<file>"; exit 2; }
	@$(ORCHESTRATION) receipt "$(FILE)"

new-paper: $(STAMP) ## use: make the folder of a paper: make new-paper NAME=… (DATA=file: from its data)
	@test -n "$(NAME)" || { echo "Say its name: make new-paper NAME=author_2026"; exit 2; }
	@$(ORCHESTRATION) new-paper "$(NAME)" $(if $(DATA),--data "$(DATA)")

try: $(STAMP) ## use: check and estimate one spec in seconds, storing nothing: make try SPEC=t04_baseline (or a path)
	@test -n "$(SPEC)" || { echo "Say which: make try SPEC=<table>, or a path estimation/papers/<paper>/specs/<table>.yml"; exit 2; }
	@$(ORCHESTRATION) try "$(SPEC)"

checksums: $(STAMP) ## use: write a paper's CHECKSUMS anew, after proof-reading: make checksums PAPER=…
	@test -n "$(PAPER)" || { echo "Say whose: make checksums PAPER=bi_2025"; exit 2; }
	@$(ORCHESTRATION) checksums "$(PAPER)"

verify: $(STAMP) ## yearly: recompute every artifact and compare (HEAD=… a line of the ledger that you noted)
	@$(ORCHESTRATION) verify $(if $(HEAD),--head "$(HEAD)")

withdraw: $(STAMP) ## yearly: write down that a thing is gone on purpose: make withdraw KIND=release NAME=…
	@test -n "$(KIND)" -a -n "$(NAME)" || { echo "Say what: make withdraw KIND=receipt|release|artifact NAME=<as make verify names it>"; exit 2; }
	@$(ORCHESTRATION) withdraw "$(KIND)" "$(NAME)"

backup: $(STAMP) ## yearly: write one file with all that cannot be rebuilt: make backup FILE=…
	@test -n "$(FILE)" || { echo "Say where to: make backup FILE=/mnt/backups/living-panel.tar.gz"; exit 2; }
	@$(ORCHESTRATION) backup "$(FILE)"

restore: $(STAMP) ## yearly: put a backup into an empty data root: make restore FILE=…
	@test -n "$(FILE)" || { echo "Say which: make restore FILE=/mnt/backups/living-panel.tar.gz"; exit 2; }
	@$(ORCHESTRATION) restore "$(FILE)"

rollback: $(STAMP) ## yearly: point the published warehouse at the file before
	@$(ORCHESTRATION) rollback

diff: $(STAMP) ## yearly: what changed, and why: make diff FROM=2024 TO=2026 (default: accepted, current; ids work too)
	@$(ORCHESTRATION) diff $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO))

accept: $(STAMP) ## yearly: you looked at the current state: later ones are compared with it (NAME="yearbook 2026")
	@test -n "$(NAME)" || { echo 'Say what to call it: make accept NAME="yearbook 2026"'; exit 2; }
	@$(ORCHESTRATION) accept "$(NAME)"

status: $(STAMP) ## use: what is published, what waits, what failed
	@$(ORCHESTRATION) status

check: $(STAMP) ## format, lint, types, SQL style, known vulnerabilities (when the database is reachable)
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check . && $(VENV)/bin/mypy
	@$(PY) -m tools.check_writing
	@$(VENV)/bin/numpydoc lint $$(git ls-files 'estimation/econometrics/*.py')
	@cd dbt_project && LIVING_PANEL_DATA=../data LIVING_PANEL_BUILD=/tmp/living-panel-lint.duckdb ../$(VENV)/bin/sqlfluff lint models --processes 2
	@$(PY) orchestration/commands/audit_dependencies.py

format: $(STAMP) ## format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

clean: $(STAMP) ## remove what can be rebuilt; never landing, archive, releases or artifacts
	@$(ORCHESTRATION) clean

sizes: $(STAMP) ## simulate anew the true sizes and null distributions that the tables print (about 10 minutes)
	@$(PY) -m tools.simulate

bench: $(STAMP) ## time and memory against plm, arch, pyfixest, linearmodels; writes benchmarks/RESULTS.md
	@$(PY) -m benchmarks.unit_roots && $(PY) -m benchmarks.long_run && $(PY) -m benchmarks.curve
	@$(PY) benchmarks/pushdown.py && $(PY) benchmarks/refresh.py

spark-environment: $(STAMP)
	@test -x .venv-spark/bin/python || $(VENV)/bin/uv venv -q --python $(PY) .venv-spark
	@$(VENV)/bin/uv pip sync -q --python .venv-spark/bin/python --require-hashes requirements-spark.lock

test-spark: spark-environment ## the dbt project and the push-down estimator on Spark, local and a cluster (Java 17)
	@.venv-spark/bin/python -m pytest -q -m spark tests/integration/test_spark_pushdown.py tests/integration/test_spark_dbt.py \
	  tests/integration/test_spark_cluster.py

test-lake: $(STAMP) ## `publish: ducklake` on a PostgreSQL and an S3 server of its own
	@$(PY) -m pytest -q -m lake tests/integration/test_lake.py

lock: $(STAMP) ## write requirements.lock anew from pyproject.toml (needs the package index)
	@$(VENV)/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements.lock
