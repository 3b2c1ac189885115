# fieldbench. `make` lists what there is.
PYTHON ?= python3
BIN := .venv/bin
CORES ?= all
DATA ?=
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.DEFAULT_GOAL := help
.PHONY: help install run observed documents full status report publish test test-cluster faults lint schema format bench bench-gpu bench-scaling clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## make .venv with the pinned packages

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

.venv/triton: .venv/installed
	@# CUDA builds of torch bring it along; beside a CPU build its interpreter tests the kernels
	$(BIN)/python -c "import triton" 2> /dev/null || $(BIN)/python -m pip install --quiet triton==3.9.0
	@touch $@

run: install ## the benchmark on built-in data, a few minutes: results/benchmark.md
	$(SNAKEMAKE) --configfile config/quick.yaml

observed: install ## the same on real fields: make observed DATA=folder (files it lacks are downloaded)
	$(SNAKEMAKE) --configfile config/observed.yaml $(if $(DATA),--config data_root=$(DATA))

documents: install ## both source documents' tables at full size on the CPU: results/documents/
	$(SNAKEMAKE) --configfile config/documents.yaml

full: install ## everything, for GPUs: make full GPUS=4
	$(SNAKEMAKE) --resources gpu=$(or $(GPUS),1) $(if $(DATA),--config data_root=$(DATA))

status: install ## what the jobs of a run are doing: make status WATCH=1, and RUN=documents for results/documents
	@$(BIN)/fieldbench status results$(if $(RUN),/$(RUN)) $(if $(WATCH),--watch)

report: install ## results/report.html, one file that works offline, of the last `make run`
	$(SNAKEMAKE) --configfile config/quick.yaml --report results/report.html

publish: ## copy pages, tables and pictures of a run to docs/results: make publish RUN=documents
	@test -f results/$(RUN)/benchmark.md || { echo "error: RUN names a folder of results/ with a benchmark.md"; exit 1; }
	mkdir -p docs/results/$(RUN)
	cd results/$(RUN) && find *.md tables figures -name '*.md' -o -name '*.csv' -o -name '*.png' -o -name '*.gif' \
	  | tar -cf - -T - | tar -xf - -C $(CURDIR)/docs/results/$(RUN)
	@# 256 colours keep a picture below a megabyte
	find docs/results/$(RUN) -name '*.png' | $(BIN)/python -c "import sys; from PIL import Image; \
	  [Image.open(name).convert('RGB').quantize(256).save(name, optimize=True) for name in sys.stdin.read().split()]"

test: install .venv/triton ## the whole test suite
	$(BIN)/python -m pytest -n auto

faults: install ## kill a run at random steps, N times in each of three ways, and compare with an unbroken one: make faults N=20
	$(BIN)/python -m tests.faults.loop -n $(or $(N),20)

test-cluster: install ## the Slurm profile on a real Slurm of two nodes; as root on Debian, whose packages it installs
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --no-upgrade munge slurm-client slurmctld slurmd
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable '.[slurm]'
	$(BIN)/python -m pytest -m cluster -rs tests/cluster

lint: install ## style of Python and Snakemake files
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint --configfile config/quick.yaml

schema: install ## write docs/configuration.md and config/schema.json from the models
	$(BIN)/python -m fieldbench.schema .

format: install ## put the style right
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

bench: install ## speed as ratios measured in one run: results/bench/*.csv; with DATA=folder also bytes within a bound
	$(BIN)/python bench/inversion.py
	$(BIN)/python bench/sparse.py
	$(BIN)/python bench/compression.py
	$(if $(DATA),$(BIN)/python bench/bounded.py $(DATA))

bench-gpu: install ## the kernels on a CUDA device: results/bench/kernels.csv
	$(BIN)/python bench/kernels.py

bench-scaling: install ## what many jobs cost, without training much: results/bench/scaling.csv and .png; half an hour
	$(BIN)/python bench/scaling.py

clean: ## remove results and caches, keep .venv
	rm -rf results .snakemake .pytest_cache .ruff_cache
