# Wardline. `make` lists what can be made; each target says what it does.

PYTHON ?= python3
DATA ?= .wardline
OFFSET ?= 0
ROLE ?= ward_officer
WARD ?= 26536
SERVICE ?= validation
SEED ?= 1
SECONDS ?= 60
LOSE ?= nothing
FLINK_CONNECTOR := flink-sql-connector-kafka-5.0.0-2.2

BIN := .venv/bin
LOCAL := $(BIN)/python -m deploy.local --data $(DATA) --offset $(OFFSET)
OPERATOR := $(BIN)/python -m deploy.operator --data $(DATA) --offset $(OFFSET)
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make requirements" pyproject.toml
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--require-hashes --only-binary :all: --requirement

.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/dev ## Install everything, for working on Wardline

run: .venv/local ## Start everything; on fresh data play the demo month; stay up until Ctrl-C
	@$(LOCAL) run

up: .venv/local ## Start everything, without the demo
	@$(LOCAL) up

down: .venv/local ## Stop what `make run` or `make up` started elsewhere
	@$(LOCAL) down

status: .venv/local ## Show what runs, whether it is ready, and its memory
	@$(LOCAL) status

demo: .venv/local ## Play the demo month against what runs
	@$(BIN)/python -m deploy.demo --data $(DATA) --offset $(OFFSET)

token: .venv/local ## Print a bearer token: make token ROLE=ward_officer WARD=26536
	@$(LOCAL) token --role $(ROLE) $(if $(filter ward_%,$(ROLE)),--ward $(WARD))

dead-letters: .venv/local ## List what could not be applied: make dead-letters SERVICE=validation
	@$(OPERATOR) dead-letters list --service $(SERVICE)

audit-verify: .venv/local ## Name audit rows that were changed, removed or moved, in all four services
	@$(OPERATOR) audit-verify $(NOTED)

drill: .venv/local ## Lose the database in mid-flight and restore it, on a stack of its own: make drill LOSE=tail
	@$(BIN)/python -m deploy.drill --lose $(LOSE) $(ARGS)

test: .venv/dev ## Run all tests on real PostgreSQLs and Kafkas, in two processes; print branch coverage
	@$(BIN)/python -m pytest --cov -n 2 --dist loadfile $(ARGS)

chaos: .venv/dev ## Break the real line and see that nothing is lost: make chaos SEED=1 SECONDS=60 [PLANTED=defect]
	@$(BIN)/python -m tests.chaos --seed $(SEED) --seconds $(SECONDS) $(if $(PLANTED),--planted $(PLANTED)) $(ARGS)

bench: .venv/dev build/benchmarks/peers/installed build/benchmarks/flink/installed build/kafka_streams/peer.jar ## Measure the line beside others: make bench ARGS="--only puts --rounds 5"
	@$(BIN)/python -m tests.benchmarks $(ARGS)

build/benchmarks/%/installed: tests/benchmarks/requirements-%.txt | .venv/bin/python
	@echo "Installing the benchmark's $* into a place of their own"
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

build/benchmarks/flink/installed: build/benchmarks/flink_connector/$(FLINK_CONNECTOR).jar

build/benchmarks/flink_connector/$(FLINK_CONNECTOR).jar:
	@command -v mvn > /dev/null || { echo "Flink is left out: there is no Maven"; exit 0; }; \
		mvn -q -B dependency:copy -DoutputDirectory=$(CURDIR)/$(@D) \
			-Dartifact=org.apache.flink:$(subst kafka-,kafka:,$(FLINK_CONNECTOR))

build/kafka_streams/peer.jar: tests/benchmarks/kafka_streams/pom.xml tests/benchmarks/kafka_streams/src/main/java/RollUp.java
	@command -v mvn > /dev/null || { echo "Kafka Streams is left out: there is no Maven"; exit 0; }; \
		cd tests/benchmarks/kafka_streams && mvn -q -B package

check: .venv/dev ## Check format, lint, types, who imports whom, and that generated files are current
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m contracts.generate --check

format: .venv/dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

schemas: .venv/dev ## Generate JSON Schemas and asyncapi.yaml from the event classes
	@$(BIN)/python -m contracts.generate

requirements: .venv/dev ## Pin and hash the newest versions that pyproject.toml allows
	@$(COMPILE) --upgrade --extra local --group dev --output-file requirements/dev.txt
	@$(COMPILE) --constraint requirements/dev.txt --extra local --output-file requirements/local.txt
	@$(COMPILE) --constraint requirements/dev.txt --output-file requirements/runtime.txt

audit-dependencies: .venv/local ## Ask pip's index which pinned releases are vulnerable, withdrawn or not known to be good
	@$(BIN)/python -m deploy.dependencies requirements/runtime.txt $(ARGS)

requirements-peers: .venv/dev ## Pin and hash what only the benchmark's other contenders need
	@for place in peers flink; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make requirements-peers" tests/benchmarks/$$place.in \
		--output-file tests/benchmarks/requirements-$$place.txt; done

clean: ## Remove the local stack's data (it says what), never the code or the installed packages
	@if [ -d $(DATA) ]; then $(LOCAL) clean; else echo "$(DATA): nothing to remove"; fi

.venv/local: requirements/local.txt | .venv/bin/python
	@echo "Installing what the local stack needs (the first time 150 MB, about a minute)"
	@$(INSTALL) $<
	@touch $@

.venv/dev: requirements/dev.txt | .venv/bin/python
	@echo "Installing everything for development (the first time about a minute)"
	@$(INSTALL) $<
	@touch $@ .venv/local

.venv/bin/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making .venv with $$($$python --version)"; exec $$python -m venv .venv; \
		fi; \
	done; echo "Wardline needs Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1

.PHONY: help setup run up down status demo token dead-letters audit-verify drill test bench check format schemas requirements requirements-peers audit-dependencies clean
