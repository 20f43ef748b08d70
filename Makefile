# Everything below makes .venv by itself; all it takes is Python 3.11+, git and make.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo dev run test quick check simulate torture bench bench-quick conformance screenshots audit format clean

help:  ## show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/ready  ## the whole bot on this computer; ARGS=--once ends after the example
	$(BIN)/python bot.py demo $(ARGS)

dev: .venv/ready  ## the demo, its bot restarted whenever a file is saved
	$(BIN)/python bot.py demo --reload $(ARGS)

run: .venv/ready  ## the bot itself; needs DISCORD_TOKEN and a Kling key in .env
	$(BIN)/python bot.py $(ARGS)

test: .venv/dev-ready  ## all tests
	$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

quick: .venv/dev-ready  ## services and cogs alone, without what takes longest
	$(BIN)/python -m pytest -n 3 --dist worksteal tests/services tests/cogs tests/test_architecture.py \
		--ignore tests/services/charts --ignore tests/services/test_pictures_fuzz.py \
		--ignore tests/services/store/test_books.py \
		--ignore tests/services/console/test_program.py $(ARGS)

check: .venv/dev-ready  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: .venv/dev-ready  ## the whole bot beside plainer ways; writes bench/results and README's table
	$(BIN)/python -m bench $(ARGS)
	$(BIN)/python -m bench --readme

bench-quick: .venv/dev-ready  ## the same, small: enough to see a change
	$(BIN)/python -m bench --quick $(ARGS)

conformance: .venv/dev-ready  ## everything the bot sends against Discord's published schema (fetched)
	$(BIN)/python -m tests.conformance $(ARGS)

simulate: .venv/dev-ready  ## the engine killed between any two awaits, 1,000 seeds; ARGS="--seeds 10000"
	$(BIN)/python -m tests.simulation $(ARGS)

torture: .venv/dev-ready  ## the bot killed 500 times over 3,000 requests: a quarter of an hour
	$(BIN)/python -m tests.torture $(ARGS)

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
