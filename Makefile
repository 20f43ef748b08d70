# Everything below makes .venv by itself; all it takes is Python 3.11+, git and make.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest --dist worksteal
ARGS ?=
# What one run of the tests compiles, the next need not; some images forbid it.
unexport PYTHONDONTWRITEBYTECODE
# In memory, where 2 GB of it are set apart for files, tests need not wait for a disk.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print $$6 }')

.DEFAULT_GOAL := help
.PHONY: help demo dev run test proofs fleet check mutants simulate torture bench bench-quick conformance screenshots audit format clean

help:  ## show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/ready  ## the whole bot on this computer; ARGS=--once ends after the example
	$(BIN)/python bot.py demo $(ARGS)

dev: .venv/ready  ## the demo, its bot restarted whenever a file is saved
	$(BIN)/python bot.py demo --reload $(ARGS)

run: .venv/ready  ## the bot itself; needs DISCORD_TOKEN and a Kling key in .env
	$(BIN)/python bot.py $(ARGS)

test: .venv/dev-ready  ## the tests, but for the proofs: what a change needs
	PYTEST_DEBUG_TEMPROOT=$(MEMORY) $(PYTEST) -n logical -m "not proof" $(ARGS)

proofs: .venv/dev-ready  ## the rest: whole processes, the browser, kills, storms, fuzz, pictures by the hundred
	$(PYTEST) -n 3 -m proof $(ARGS)

fleet: .venv/dev-ready  ## the tests of the Discord face once more, with three bots on one PostgreSQL each
	$(PYTEST) -n 3 -m "not proof" --fleet tests/cogs $(ARGS)

check: .venv/dev-ready  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python & product=$$!; \
	$(BIN)/pyright --pythonpath $(BIN)/python -p pyright-tests.json; tests=$$?; \
	wait $$product && exit $$tests

bench: .venv/dev-ready  ## the whole bot beside plainer ways; writes bench/results and README's table
	$(BIN)/python -m bench $(ARGS)
	$(BIN)/python -m bench --readme

bench-quick: .venv/dev-ready  ## the same, small: enough to see a change
	$(BIN)/python -m bench --quick $(ARGS)

conformance: .venv/dev-ready  ## everything the bot sends against Discord's published schema (fetched)
	$(BIN)/python -m tests.system.schema $(ARGS)

simulate: .venv/dev-ready  ## the engine killed between any two awaits, 1,000 seeds; ARGS="--seeds 10000"
	$(BIN)/python -m tests.system.crash_simulation $(ARGS)

mutants: .venv/dev-ready  ## faults put into the core, one at a time, in a copy: do tests notice? ARGS="--seed 7 --sample 40"
	$(BIN)/python -m tests.mutants $(ARGS)

torture: .venv/dev-ready  ## the bot killed 500 times over 3,000 requests: a quarter of an hour; ARGS="--bots 3": three on PostgreSQL
	$(BIN)/python -m tests.system.kill $(ARGS)

screenshots: .venv/dev-ready  ## make the README's pictures anew, in a headless Chromium
	$(BIN)/python -m sandbox.screenshots

audit: .venv/ready  ## known faults in what the bot runs on; passes, and says so, where none can be asked for
	@$(BIN)/python -m tests.audit

format: .venv/dev-ready  ## put the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove .venv and what the demo left
	rm -rf .venv data/demo

.venv/ready: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev-ready: .venv/ready requirements-dev.txt requirements-postgresql.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
