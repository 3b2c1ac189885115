# fieldbench. `make` lists what there is.
PYTHON ?= python3
BIN := .venv/bin
CORES ?= all
DATA ?=
export DATA # the shell reads it from there, whatever signs it holds
PINNED := $(BIN)/python -m pip install --no-deps --require-hashes
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
# The published studies, in the order in which they are run, and asked where two answer one question
EVIDENCE := documents observed reconstruction globe fixes versions bar codecs scenes ingredients
FINDINGS := $(BIN)/python -m fieldbench.findings $(EVIDENCE)

.DEFAULT_GOAL := help
.PHONY: help install lock run observed documents full status report evidence publish findings screenshot test test-slow test-envs coverage browser test-cluster faults lint schema format bench bench-gpu bench-compiled bench-scaling clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## make .venv with the pinned packages: 0.6 GB; for GPUs (torch with CUDA) 3 GB: make install GPU=1
ifdef GPU
	@$(BIN)/python -c "import sys, torch; sys.exit(not torch.version.cuda)" \
	  || { $(BIN)/python -m pip uninstall --quiet --yes torch && $(PINNED) -r requirements/cuda.txt; }
endif

.venv/installed: $(wildcard requirements/*.txt) pyproject.toml
	@echo "To download: $(if $(GPU),about 3 GB: torch with CUDA,about 0.6 GB: torch for CPUs; GPU=1 takes it with CUDA)."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(PINNED) -r requirements/$(if $(GPU),cuda,cpu).txt
	$(PINNED) -r requirements/common.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/triton: .venv/installed
	@# CUDA builds of torch bring it along; beside a CPU build its interpreter tests the kernels
	$(BIN)/python -c "import triton" 2> /dev/null || $(PINNED) -r requirements/triton.txt
	@# the Triton of the oldest torch, for which kernels are compiled, too
	$(PINNED) --upgrade --target .venv/triton-3.6.0 -r requirements/triton-3.6.0.txt
	@touch $@

lock: ## write requirements/ anew by the `uv` on PATH, pins kept where pyproject.toml allows; the newest: make lock NEW=1
	@mkdir -p .venv
	cat requirements/common.txt requirements/cuda.txt > .venv/lock.txt
	$(COMPILE) $(if $(NEW),--upgrade) --extra dev pyproject.toml -o .venv/lock.txt
	@# torch, and what only its CUDA builds need, go to a file of their own; cpu.txt is edited by hand, as it says
	awk '/^[a-z]/ {cuda = /^(torch=|triton=|nvidia-|cuda-)/} {print > "requirements/" (cuda ? "cuda" : "common") ".txt"}' .venv/lock.txt
	echo triton==3.9.0 | $(COMPILE) --no-deps - -o requirements/triton.txt
	echo triton==3.6.0 | $(COMPILE) --no-deps - -o requirements/triton-3.6.0.txt
	echo snakemake-executor-plugin-slurm==2.8.0 snakemake-executor-plugin-slurm-jobstep==0.6.1 | tr ' ' '\n' | $(COMPILE) --no-deps - -o requirements/slurm.txt

run: install ## the benchmark on built-in data, a few minutes: results/report.html, and results/benchmark.md
	$(SNAKEMAKE) --configfile config/quick.yaml

observed: install ## the same on real fields: make observed DATA=folder (files it lacks are downloaded)
	$(SNAKEMAKE) --configfile config/observed.yaml $(if $(DATA),--config data_root="$$DATA")

documents: install ## both source documents' tables at full size on the CPU: results/documents/
	$(SNAKEMAKE) --configfile config/documents.yaml

full: install ## everything, for GPUs: make full GPUS=4
	$(SNAKEMAKE) --resources gpu=$(or $(GPUS),1) $(if $(DATA),--config data_root="$$DATA")

status: install ## what the jobs of a run are doing: make status WATCH=1, and RUN=documents for results/documents
	@$(BIN)/fieldbench status results$(if $(RUN),/$(RUN)) $(if $(WATCH),--watch)

report: install ## Snakemake's own report of the last `make run`, with results/report.html in it: results/workflow.html
	$(SNAKEMAKE) --configfile config/quick.yaml --report results/workflow.html --report-stylesheet workflow/report/workflow.css

evidence: install ## the published studies, one after the other, in parts that resume; some of them: make evidence PARTS="fixes bar"
	@# the Python command of each part copies it to docs/results and writes the findings anew
	for part in $(or $(PARTS),$(EVIDENCE)); do \
	  $(SNAKEMAKE) --configfile config/$$part.yaml $(if $(DATA),--config data_root="$$DATA") && $(FINDINGS) --publish $$part || exit 1; done

publish: install ## copy report, pages, tables and pictures of a finished study to docs/results, and write the findings anew: make publish RUN=documents
	$(FINDINGS) --publish $(RUN)

findings: install ## write docs/results/README.md and claims.md from the published studies
	$(FINDINGS)

screenshot: ## docs/images/report.png, the top of the last `make run`'s report; needs Chromium
	chromium --headless --no-sandbox --hide-scrollbars --window-size=1280,900 --screenshot=docs/images/report.png file://$(CURDIR)/results/report.html
	$(BIN)/python -c "from PIL import Image; name = 'docs/images/report.png'; Image.open(name).convert('RGB').quantize(256).save(name, optimize=True)"

test: install .venv/triton ## the test suite, a worker for each core; what makes runs of its own is left to test-slow
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -m "not slow and not cluster and not environments"

test-slow: install .venv/triton ## the tests that make runs of their own: people's data, profiles, faults, how-to pages
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -m slow

test-envs: install .venv/triton ## all rules in environments built from the lists in envs/; downloads them, a quarter of an hour
	$(BIN)/python -m pytest -m environments tests/environments

coverage: install .venv/triton ## the suite with the lines that it runs, those of Snakemake's jobs too: results/coverage/
	$(BIN)/coverage erase
	OMP_NUM_THREADS=1 $(BIN)/coverage run -m pytest -n auto
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage html --quiet
	$(BIN)/coverage report --skip-covered --sort cover

browser: ## Chromium, in which tests look at the report; as root on Debian
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends chromium fonts-dejavu-core

faults: install ## kill a run at random steps, N times in each of three ways, and compare with an unbroken one: make faults N=20
	$(BIN)/python -m tests.faults.loop -n $(or $(N),20)

test-cluster: install ## the Slurm profile on a real Slurm of two nodes; as root on Debian, whose packages it installs
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --no-upgrade munge slurm-client slurmctld slurmd
	$(PINNED) -r requirements/slurm.txt
	$(BIN)/python -m pytest -m cluster -rs tests/cluster

lint: install ## style of Python and Snakemake files, and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check workflow
	$(BIN)/snakemake --lint --configfile config/quick.yaml

schema: install ## write docs/configuration.md and config/schema.json from the models
	$(BIN)/python -m fieldbench.schema .

format: install ## put the style right
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
	$(BIN)/snakefmt workflow

bench: install ## speed as ratios measured in one run: results/bench/*.csv; with DATA=folder also bytes within a bound, parts of the pyramid and maps from observations
	$(BIN)/python bench/inversion.py
	$(BIN)/python bench/sparse.py
	$(BIN)/python bench/compression.py
	$(BIN)/python bench/maps.py
	$(BIN)/python bench/radiance.py $(if $(DATA),--data $(DATA))
	$(if $(DATA),$(BIN)/python bench/bounded.py $(DATA))
	$(if $(DATA),$(BIN)/python bench/pyramid.py $(DATA))
	$(if $(DATA),$(BIN)/python bench/mapping.py $(DATA))

bench-gpu: install ## ten minutes on a CUDA device, checks first: results/bench/{checks,gpu}.csv; SCENE=folder for views of one's own
	$(BIN)/python bench/gpu.py $(if $(SCENE),--scene "$(SCENE)")

bench-compiled: .venv/triton ## what kernels take of a device that need not be there: docs/results/kernels/
	$(BIN)/python bench/compiled.py docs/results/kernels
	PYTHONPATH=.venv/triton-3.6.0 $(BIN)/python bench/compiled.py docs/results/kernels

bench-scaling: install ## what many jobs cost, without training much: results/bench/scaling.csv and .png; half an hour
	$(BIN)/python bench/scaling.py

clean: ## remove results and caches, keep .venv
	rm -rf results .snakemake .pytest_cache .ruff_cache .mypy_cache
