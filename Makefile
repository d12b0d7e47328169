# hubd. Every target says what it does; all are safe to run again.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.hubd-ready

.PHONY: help setup bench test check format cbke measure joins beside soak soak-vend explore fleet histories \
        outage-house peers oracle clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with hubd and hubctl in it; install the broker if it is missing
	@tools/need-programs mosquitto openssl

$(STAMP): pyproject.toml requirements.lock tools/make-venv
	@tools/make-venv "$(PYTHON)" "$(VENV)"
	@touch $(STAMP)

bench: setup ## run the whole hub in the virtual house, with a live view (Ctrl-C ends it)
	@$(BIN)/hubd bench

test: setup ## run the checks and every test (about twenty minutes)
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest

check: setup ## format, lint, types and the import rules between the rooms
	@echo "ruff, mypy, import-linter"
	@$(BIN)/ruff format --check hubd tests
	@$(BIN)/ruff check hubd tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## put the code into the house's format
	@$(BIN)/ruff check --fix-only hubd tests
	@$(BIN)/ruff format hubd tests

cbke: setup ## key establishment with every bit of every certificate, point and code turned over (minutes)
	@HUBD_CBKE_FULL=1 $(BIN)/python -m pytest tests/zigbee/cbke

measure: setup ## latency, CPU, memory and vend times on this machine, as a table and as JSON
	@$(BIN)/hubctl bench measure

beside: setup ## hubd and zigbee2mqtt under the same load, turn and turn about (needs Node 20)
	@tools/beside

joins: setup ## 100 simulated joins of mixed devices under 10 % loss, as a table (some minutes)
	@nice $(BIN)/hubctl bench joins

explore: setup ## every history of tokens on their way to the meters, as a table of states (half an hour, 2 GB)
	@$(BIN)/python tests/utility/explore_vending.py

soak: setup ## 200 random kills on the path of a token (long)
	@$(BIN)/python -m hubd.bench.soak --kills 200

soak-vend: setup ## 2,000 tokens through kills of daemon, broker and coordinator and 10 % loss (long)
	@$(BIN)/python -m hubd.bench.soak_vend --tokens 2000

fleet: setup ## 10,000 hubs on one broker, through a lock-out and back, plain and over TLS (20 minutes)
	@$(BIN)/python -m hubd.bench.fleet
	@$(BIN)/python -m hubd.bench.fleet --tls

histories: setup ## a million histories of supply and every state on a grid, through the last-gasp rules (half an hour)
	@nice $(BIN)/python tests/power/million.py --count 1000000 --seed 1
	@nice $(BIN)/python tests/power/explore.py --grid 5

outage-house: setup ## loss of supply on the running house in real time, with kills (about nine minutes)
	@$(BIN)/python -m pytest -s tests/scenario/outages_in_real_time.py

peers: setup ## independent Zigbee clients against the virtual coordinator (needs Node 20)
	@tools/peers

oracle: setup ## a visit's air, recorded and read by Wireshark's decoder (installs tshark if it is missing)
	@tools/need-programs tshark
	@$(BIN)/python -m hubd.bench.capture.oracle

clean: ## remove what make and the bench left behind
	@rm -rf $(VENV) .bench build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
