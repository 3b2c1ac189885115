# Loads and checks the configuration; the functions that rules share.

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from fieldbench import config as configuration
from fieldbench import experiments, provenance, registry
from fieldbench.datasets import availability
from fieldbench.errors import UserError
from fieldbench.execution import run
from fieldbench.figures import drawing
from fieldbench.monitor import jobs
from snakemake.exceptions import WorkflowError

try:
    configuration.check(config)
except UserError as error:
    raise WorkflowError(str(error))

RESULTS = Path(config["pathvars"]["results"])


def unavailable(name):
    """Why a data set cannot be had, or None."""
    reason = availability.unavailable(**configuration.dataset_source(config, name))
    return reason or availability.failed_download(RESULTS / "data" / f"{name}.nc")


def skipped(names):
    """The data sets among `names` that cannot be had, with the reason."""
    return {name: reason for name in names if (reason := unavailable(name))}


AREAS = experiments.areas(config)
PLANS = {area: registry.part(area, "plan").Plan(config, skipped) for area in AREAS}
GPUS = 0 if config["device"] == "cpu" else 1  # of one training


wildcard_constraints:
    area="|".join(AREAS),
    dataset="[a-z0-9-]+",
    regime="[a-z0-9-]+",
    task="[a-z0-9-]+",
    method="[a-z0-9-]+",
    codec="[a-z0-9-]+",
    point="[a-z0-9-]+",
    scene="[a-z0-9-]+",
    experiment="[a-z0-9-]+",
    figure="[a-z0-9-]+(/[a-z0-9-]+)?",
    seed="[0-9]+",


onstart:
    begin()


def begin():
    """Check, before the first job, that the folder can be written and that no other run writes to it; note the plan."""
    try:
        run.begin(RESULTS)
        jobs.write(workflow.dag, RESULTS)
    except UserError as error:
        raise WorkflowError(str(error))


def code(script, *modules):
    """Fingerprint of the sources that a job runs; a param, so that an edit that matters reruns the job."""
    return provenance.fingerprint(script, *modules)


def parts_of(area, *names):
    """The modules by which an area's report is made, its own or the house's."""
    return [registry.part_name(area, f"report.{name}") for name in names]


def claims_about(area):
    """The files of the claims about an area: its own, and any whose names go on after a hyphen."""
    files = Path(workflow.basedir, "config", "claims").glob(f"{area}[.-]*yaml")
    return sorted(f"config/claims/{file.name}" for file in files)


def templates_of(area):
    """What an area's page is made from: its own template or the house's, and the one that both extend."""
    own = Path(workflow.basedir, "workflow", "templates", f"{area}.md.j2")
    return [f"workflow/templates/{name}.md.j2" for name in (area if own.exists() else "page", "base")]
