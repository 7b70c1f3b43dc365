# `make help` lists the targets.

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NODE_READY := clients/js/node_modules/.ready
WEB_READY := web/node_modules/.ready
# uv takes a fifth of pip's time. Where it fails, pip is used: a package index may be set for pip alone.
EDITABLE := --editable '.[dev]' --editable clients/python
# Tests start hundreds of processes: each would compile every module again.
TESTS_ENV := PYTHONDONTWRITEBYTECODE= OPENBLAS_NUM_THREADS=1
# A file is one worker's, as are its databases; conftest.py says in what order.
PARALLEL := --numprocesses auto --dist loadscope --no-loadscope-reorder
IF_NODE := $(if $(shell command -v npm),$(NODE_READY) $(WEB_READY))

.PHONY: help demo test try coverage mutants check check-types check-sql check-style check-node format clients baseline web freeze bench bench-stream bench-http bench-live bench-feeds bench-scale soak attack psql clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml clients/python/pyproject.toml
	@echo 'Installing into $(VENV); this takes up to a minute, once ...'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --quiet uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python $(EDITABLE) \
		|| $(BIN)/pip install --quiet $(EDITABLE)
	@touch $@

$(NODE_READY): clients/js/package-lock.json
	npm --prefix clients/js ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(WEB_READY): web/package-lock.json
	npm --prefix web ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

demo: $(READY) ## Play a feed through everything: FEED=PATH or deribit, LOT=75 SPEED=60 DURATION=20
	@$(BIN)/pgstrike demo $(foreach feed,$(FEED),--feed $(feed)) \
		$(foreach lot,$(LOT),--lot $(lot)) $(if $(SPEED),--speed $(SPEED)) \
		$(if $(DURATION),--duration $(DURATION))

test: $(READY) $(IF_NODE) ## Run every test, on each engine that the machine has
	$(TESTS_ENV) $(BIN)/pytest $(PARALLEL)

try: $(READY) ## Run some tests on servers that stay half an hour: T=tests/sql/test_epoch.py
	@$(TESTS_ENV) $(BIN)/pytest --quiet -p no:hypothesispytest --kept build/kept $(T)

coverage: $(READY) $(IF_NODE) ## Lines that tests run: the total and ten files that have the fewest; T=tests/db
	@mkdir -p build/coverage
	$(TESTS_ENV) $(BIN)/pytest $(PARALLEL) --cov --cov-report= $(T)
	@$(BIN)/coverage report --sort=cover --skip-empty | sed -n '1,12p;$$p'

mutants: $(READY) ## Change the product in one place at a time; a test must notice: ARGS=db/lock.py
	@$(BIN)/python -m tests.mutants $(ARGS)

check: check-types check-sql check-style check-node ## Formatting, lint, types, architecture, SQL; -j2 halves the time

check-types: $(READY)
	$(BIN)/mypy

check-sql: $(READY)
	$(BIN)/python -m tools.lint_sql sql/state sql/logic sql/batch sql/queries

check-style: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

check-node: $(IF_NODE)
	$(if $(IF_NODE),npm --prefix clients/js run --silent check)
	$(if $(IF_NODE),npm --prefix web run --silent check)

format: $(READY) ## Format Python
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clients: $(NODE_READY) ## Build the client for browsers into api/static/
	npm --prefix clients/js run --silent build
	cp clients/js/dist/pgstrike.js api/static/pgstrike.js

web: $(READY) $(WEB_READY) ## Build the dashboard into api/static/dashboard/
	@$(BIN)/python -m tools.node web/build.mjs

baseline: $(READY) ## Before the first release: rewrite the one revision from sql/state
	$(BIN)/python -c 'from pgstrike.db.install.schema import state_source; print(state_source(), end="")' \
		> migrations/versions/0001_baseline.sql

freeze: $(READY) ## At a release only: lock the revisions, by their sha256
	cd migrations && if test -e frozen.txt; then sha256sum --check --quiet frozen.txt; fi
	cd migrations && sha256sum versions/*.py versions/*.sql > frozen.txt

bench: $(READY) ## Measure against the reference design; writes build/bench/
	@failed=; for part in spine greeks analytics storage; do \
		$(BIN)/python -m bench.$$part || failed="$$failed $$part"; \
	done; test -z "$$failed" || { echo "goals missed:$$failed"; exit 1; }

bench-stream: $(READY) ## Measure the stream against its peers; writes build/bench/
	$(BIN)/python -m bench.stream

bench-http: $(READY) ## Measure the REST answers from memory against FastAPI and Node; writes build/bench/
	$(BIN)/python -m bench.http

bench-live: $(READY) ## Feed, store, refresh and serve at once, against an older commit; writes build/bench/
	$(BIN)/python -m bench.live

bench-feeds: $(READY) ## Decode and store the ticks of live feeds, against Kite's SDK and NDJSON; writes build/bench/
	$(BIN)/python -m bench.feeds

bench-scale: $(READY) ## What each way to another host adds to a direct LISTEN; writes build/bench/
	$(BIN)/python -m bench.scale

soak: $(READY) ## Deliver under 1,000 seeded faults: ARGS="--faults 50 --seed 7"; writes build/soak/
	$(BIN)/python -m tests.soak $(ARGS)

attack: $(READY) ## Try every attack of tests/attack in full, then every long test; two hours
	$(BIN)/pytest --attack tests/attack $(ARGS)
	$(BIN)/pytest --attack -m long

psql: $(READY) ## Open psql on the database
	@$(BIN)/pgstrike psql

clean: ## Remove what was built
	rm -rf build $(VENV) clients/js/node_modules clients/js/dist web/node_modules
