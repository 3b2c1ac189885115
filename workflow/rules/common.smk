# Finds the library, completes and checks the configuration; the functions that rules share.

import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.pathvars import Pathvars

# No folder where Snakemake fetches this workflow from a repository, file by file; the library is installed then.
HERE = Path(str(workflow.current_basedir))


def source(path):
    """A file of this workflow, wherever that lies; `path` is relative to the folder of this file."""
    return os.path.normpath(HERE / path) if HERE.is_dir() else workflow.source_path(path)


if HERE.is_dir():
    library = source("..")
    sys.path.insert(0, library)
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ.update(PYTHONPATH=os.pathsep.join(dict.fromkeys([library, *filter(None, others)])))

# Snakemake writes it into shell commands as it is, in a folder with a space, too.
if Path(sys.executable).exists():
    sys.executable = shlex.quote(sys.executable)

try:
    from fieldbench import config as configuration
except ModuleNotFoundError:
    raise WorkflowError(
        "The library fieldbench is not beside this workflow; install its package from the same repository."
    )

from fieldbench import experiments, provenance, registry
from fieldbench.datasets import availability, contents
from fieldbench.errors import UserError
from fieldbench.execution import run
from fieldbench.figures import drawing
from fieldbench.monitor import jobs
from fieldbench.report import templates

# Fetched, where that is to be done.
CATALOGUES = [source(f"../../config/catalogue/{area}.yaml") for area in registry.areas()]
try:
    config = configuration.completed(config, Path(source("../../config/config.yaml")).parent)
    configuration.check_arguments(sys.argv)
    configuration.check(config)
except UserError as error:
    raise WorkflowError(str(error))

workflow.pathvars.update(Pathvars.from_config(config))  # as Snakemake does for `configfile`
RESULTS = Path(workflow.modifier.modify_path(workflow.pathvars.get("results")))  # by a module's `prefix`
config["pathvars"]["results"] = str(RESULTS)


def data_file(name):
    """The file that a data set is prepared in."""
    return RESULTS / "data" / f"{name}.nc"


def missing(name):
    """Why what a data set is made from cannot be had, or None."""
    reason = availability.unavailable(**configuration.dataset_source(config, name))
    return reason or availability.failed_download(data_file(name))


# Data sets that were prepared from what is gone: nothing makes them again, so that nothing is lost.
KEPT = [
    name
    for name, entry in config["datasets"].items()
    if contents.prepared(entry, data_file(name)) and missing(name)
]


def skipped(names):
    """The data sets among `names` that cannot be had, with the reason."""
    return {name: reason for name in names if name not in KEPT and (reason := missing(name))}


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


def begin():
    """Check, before the first job, that the folder can be written and that no other run writes to it; note the plan."""
    try:
        run.begin(RESULTS)
        jobs.write(workflow.dag, RESULTS)
    except UserError as error:
        raise WorkflowError(str(error))


onstart:
    begin()


if not workflow.modifier.is_main_snakefile():  # whose `onstart` alone Snakemake calls; see docs/elsewhere.md
    main = workflow._onstart
    workflow._onstart = lambda log: (main(log), begin())


def code(script, *modules):
    """Fingerprint of the sources that a job runs; a param, so that an edit that matters reruns the job."""
    return provenance.fingerprint(source(f"../scripts/{script}"), *modules)


def parts_of(area, *names):
    """The modules by which an area's report is made, its own or the house's."""
    return [registry.part_name(area, f"report.{name}") for name in names]


def claims_about(area):
    """The files of the claims about an area, its own and any whose names go on after a hyphen; none on own data only."""
    if not experiments.of_catalogue(config, area, CATALOGUES):
        return []
    own = Path(source(f"../../config/claims/{area}.yaml"))
    return sorted(map(str, own.parent.glob(f"{area}[.-]*yaml")))


def templates_of(area):
    """What an area's page is made from: its own template or the house's, and the one that both extend."""
    own = templates.file(area)
    return [str(own if own.exists() else templates.file("page")), str(templates.file("base"))]
