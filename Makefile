# Everything that is done with this repository. Needs Python 3.11 or later and nothing else: the tools come, pinned
# and checked by hash, from locks/dev.txt into .venv.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
KAFKA_PORT ?= 9092
LOG ?= kafka
SHARE ?= 1
SEED ?= 1
BENCH_READY := .venv/bench-ready
MUTATION_READY := .venv/mutation-ready
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--python-version 3.11 pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run run-distributed kafka test torture check lint format-check types imports fmt schemas bench lock

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'

run: $(READY) ## start Zixun on http://127.0.0.1:8000, database included (ZIXUN_PORT, ZIXUN_DATA)
	@$(BIN)/zixun run

kafka: $(READY) ## start Kafka for development on 127.0.0.1:9092 (needs Java 17 and Maven; KAFKA_PORT)
	@$(BIN)/python deploy/kafka/launch.py --folder .zixun/kafka --port $(KAFKA_PORT)

run-distributed: $(READY) ## the same as separate processes, over Kafka, behind one address (LOG=postgres without Kafka)
	@$(BIN)/python -m deploy.distributed --log $(LOG)

test: $(READY) ## run all tests
	$(BIN)/pytest --numprocesses auto --maxprocesses 8

torture: $(MUTATION_READY) ## attack for hours: kills, seeds, examples, mutants (SHARE=0.01 for a first look, SEED=2 for others)
	$(BIN)/pytest -m torture --torture-share $(SHARE) --numprocesses auto --maxprocesses 8
	$(BIN)/pytest -m "hypothesis and not torture" --hypothesis-profile torture --hypothesis-seed $(SEED) \
		--torture-share $(SHARE) --timeout 7200 --numprocesses auto --maxprocesses 8
	$(BIN)/python -m tests.mutation --share $(SHARE) --seed $(SEED)

check: lint format-check types imports test ## everything that CI checks

lint: $(READY) ## look for mistakes (ruff; in the image and the compose file: hadolint, the schema of compose)
	$(BIN)/ruff check .
	$(BIN)/hadolint deploy/container/Containerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml

format-check: $(READY) ## is everything formatted?
	$(BIN)/ruff format --check .

types: $(READY) ## check the types (mypy, strict)
	$(BIN)/mypy

imports: $(READY) ## check who may import whom (import-linter)
	$(BIN)/lint-imports

fmt: $(READY) ## format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schemas: $(READY) ## write the JSON Schemas and golden examples of the events anew
	$(BIN)/python -m services.schemas

bench: $(BENCH_READY) ## measure against peers, for some 15 minutes (NAMES="append views" for some, needs wrk)
	$(BIN)/python -m benchmarks $(NAMES)

lock: $(READY) ## pin the newest versions that pyproject.toml allows
	$(UV_COMPILE) --upgrade --output-file locks/runtime.txt >/dev/null
	$(UV_COMPILE) --upgrade --group dev --output-file locks/dev.txt >/dev/null
	$(UV_COMPILE) --upgrade --group dev --group bench --output-file locks/bench.txt >/dev/null
	$(UV_COMPILE) --upgrade --group dev --group mutation --output-file locks/mutation.txt >/dev/null

$(READY): locks/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Zixun needs Python 3.11 or later, found %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@echo "Installing what Zixun needs into .venv; this is done once."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement locks/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index \
		--config-settings editable_mode=compat --editable .
	@touch $(READY)

$(BENCH_READY): $(READY) locks/bench.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement locks/bench.txt
	@touch $(BENCH_READY)

$(MUTATION_READY): $(READY) locks/mutation.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement locks/mutation.txt
	@touch $(MUTATION_READY)
