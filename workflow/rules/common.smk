# Loads and checks the configuration; the functions that rules share.

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from fieldbench import config as configuration
from fieldbench import provenance
from fieldbench.datasets import availability
from fieldbench.errors import UserError
from fieldbench.execution import run
from snakemake.exceptions import WorkflowError


wildcard_constraints:
    dataset="[a-z0-9-]+",
    regime="[a-z0-9-]+",
    encoder="|".join(config["encoders"]),
    classical="|".join(config["classical"]),
    figure="[a-z0-9-]+",
    seed="[0-9]+",


try:
    configuration.check(config)
except UserError as error:
    raise WorkflowError(str(error))

RESULTS = Path(config["pathvars"]["results"])


def unavailable(name):
    """Why a data set cannot be had, or None."""
    reason = availability.unavailable(**configuration.dataset_source(config, name))
    return reason or availability.failed_download(RESULTS / "data" / f"{name}.nc")


SKIPPED = {name: reason for name in config["inversion"]["datasets"] if (reason := unavailable(name))}
DATASETS = [name for name in config["inversion"]["datasets"] if name not in SKIPPED]
GPUS = 0 if config["device"] == "cpu" else 1  # of one training
PLAN = {regime: methods for regime, methods in config["inversion"]["plan"].items() if methods}


onstart:
    begin()


def begin():
    """Check, before the first job, that the folder can be written and that no other run writes to it; note the plan."""
    try:
        run.begin(workflow.dag, RESULTS)
    except UserError as error:
        raise WorkflowError(str(error))


def code(script, *modules):
    """Fingerprint of the sources that a job runs; a param, so that an edit that matters reruns the job."""
    return provenance.fingerprint(script, *modules)


def seeds(method):
    """A method without a network gives the same answer for every seed: one is enough."""
    return config["seeds"] if method in config["encoders"] else config["seeds"][:1]


def runs(dataset, regime):
    """Folders of all runs of one dataset and regime."""
    return [
        f"<results>/inversion/{dataset}/{regime}/{method}/{seed}"
        for method in PLAN[regime]
        for seed in seeds(method)
    ]


def metric_files(w):
    """Every file of records that the tables are made from."""
    timing = config["inversion"]["timing"]
    return [
        f"<results>/inversion/{dataset}/{regime}/metrics.json" for dataset in DATASETS for regime in PLAN
    ] + [
        f"<results>/inversion/{dataset}/{regime}/timing.json"
        for dataset in timing["datasets"]
        for regime in timing["regimes"]
        if dataset in DATASETS and regime in PLAN
    ]


def figures():
    """Every figure of every dataset."""
    return [
        f"<results>/figures/inversion/{dataset}/{figure}.{suffix}"
        for dataset in DATASETS
        for figure in config["inversion"]["figures"]
        for suffix in ("svg", "png")
    ]
