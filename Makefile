# fieldbench. `make` lists what there is.
PYTHON ?= python3
BIN := .venv/bin
CORES ?= all
DATA ?=
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.DEFAULT_GOAL := help
.PHONY: help install run observed documents full report publish test lint format bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## make .venv with the pinned packages

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

run: install ## the benchmark on built-in data, a few minutes: results/benchmark.md
	$(SNAKEMAKE) --configfile config/quick.yaml

observed: install ## the same on real fields: make observed DATA=folder (files it lacks are downloaded)
	$(SNAKEMAKE) --configfile config/observed.yaml $(if $(DATA),--config data_root=$(DATA))

documents: install ## both source documents' tables at full size on the CPU: results/documents/
	$(SNAKEMAKE) --configfile config/documents.yaml

full: install ## everything, for GPUs: make full GPUS=4
	$(SNAKEMAKE) --resources gpu=$(or $(GPUS),1) $(if $(DATA),--config data_root=$(DATA))

report: install ## results/report.html, one file that works offline, of the last `make run`
	$(SNAKEMAKE) --configfile config/quick.yaml --report results/report.html

publish: ## copy pages, tables and pictures of a run to docs/results: make publish RUN=documents
	@test -f results/$(RUN)/benchmark.md || { echo "error: RUN names a folder of results/ with a benchmark.md"; exit 1; }
	mkdir -p docs/results/$(RUN)
	cd results/$(RUN) && find benchmark.md claims.md tables figures -name '*.md' -o -name '*.csv' -o -name '*.png' \
	  | tar -cf - -T - | tar -xf - -C $(CURDIR)/docs/results/$(RUN)
	@# 256 colours keep a picture below a megabyte
	find docs/results/$(RUN) -name '*.png' | $(BIN)/python -c "import sys; from PIL import Image; \
	  [Image.open(name).convert('RGB').quantize(256).save(name, optimize=True) for name in sys.stdin.read().split()]"

test: install ## the whole test suite
	$(BIN)/python -m pytest -n auto

lint: install ## style of Python and Snakemake files
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint --configfile config/quick.yaml

format: install ## put the style right
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

bench: install ## speed as ratios measured in one run: results/bench/*.csv
	$(BIN)/python bench/inversion.py

clean: ## remove results and caches, keep .venv
	rm -rf results .snakemake .pytest_cache .ruff_cache
