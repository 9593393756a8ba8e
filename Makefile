# What one does here. `make` alone lists it. Everything that is needed is brought by the target that needs it.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run check test drill bench demo where services messages format lock wheel deb sbom dev

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: dev ## all that the other targets need: Python parts in .venv, parts of the system (with root), catalogues
	@$(BIN)/python scripts/system.py --install

# The printed addresses and the journal's name follow the port, unless the operator has said otherwise.
run demo: export TORGET_URL ?= http://127.0.0.1:$(PORT)

run: ## Torget at http://127.0.0.1:8000 (PORT=…) with the demo town where the database is empty; needs only Python 3.11
	@$(PYTHON) scripts/setup.py run
	@$(BIN)/python scripts/messages.py compile
	@$(BIN)/torget demo --if-empty
	@exec $(BIN)/torget run --port $(PORT)

check: dev ## the quick half of the checks: no root, no services
	@$(BIN)/python scripts/suite.py check

test: dev ## all checks, on SQLite and PostgreSQL, in a real browser, with a real mail server
	@$(BIN)/python scripts/system.py --install
	@$(BIN)/python scripts/suite.py test

drill: dev ## the long random ones: 200 kills, counted
	@$(BIN)/python scripts/system.py --install
	@$(BIN)/python scripts/suite.py drill

bench: dev ## measured figures beside their bars and limits (ONLY=… for one benchmark)
	@$(BIN)/python -m benchmarks $(ONLY)

demo: ## build the demo town in an empty database and print how to log in
	@$(PYTHON) scripts/setup.py run
	@$(BIN)/python scripts/messages.py compile
	@$(BIN)/torget demo

where: ## where things live; FOR=word searches
	@if [ -n "$(FOR)" ]; then grep -in -- "$(FOR)" docs/where-things-live.md; else cat docs/where-things-live.md; fi

services: dev ## PostgreSQL and a mail server for a developer, until Ctrl-C; prints what to set
	@$(BIN)/python scripts/services.py

messages: dev ## bring the catalogues up to date with the code
	@$(BIN)/python scripts/messages.py extract
	@$(BIN)/python scripts/messages.py compile

format: dev ## write the code as ruff writes it
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lock: dev ## work out requirements/*.lock anew; UPGRADE=1 takes newer versions
	@$(BIN)/python scripts/lock.py $(if $(UPGRADE),--upgrade)

wheel: dev ## a wheel in dist/, looked through (PARTS=… also lays the wheels of what it stands on there)
	@$(BIN)/python scripts/wheel.py $(if $(PARTS),--parts $(PARTS))

deb: dev ## a Debian package in dist/ with all that Torget stands on (PARTS=… takes the wheels from a folder)
	@$(BIN)/python scripts/deb.py $(if $(PARTS),--parts $(PARTS))

sbom: dev ## the list of parts with versions and licences (CycloneDX) in dist/sbom.cdx.json
	@$(BIN)/python scripts/sbom.py

dev:
	@$(PYTHON) scripts/setup.py dev
	@$(BIN)/python scripts/messages.py compile
