# What is to be run: data sets, tasks, methods and seeds of each area, and the files that follow from them.

INVERTED = config["inversion"]["datasets"] if "inversion" in AREAS else []
SKIPPED = skipped(INVERTED)
DATASETS = [name for name in INVERTED if name not in SKIPPED]
PLAN = {regime: methods for regime, methods in config["inversion"]["plan"].items() if methods}


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


def inversion_records():
    """Every file of records of the area."""
    timing = config["inversion"]["timing"]
    return [
        f"<results>/inversion/{dataset}/{regime}/metrics.json" for dataset in DATASETS for regime in PLAN
    ] + [
        f"<results>/inversion/{dataset}/{regime}/timing.json"
        for dataset in timing["datasets"]
        for regime in timing["regimes"]
        if dataset in DATASETS and regime in PLAN
    ]


def inversion_figures():
    """Every figure of every dataset, without its suffix."""
    return [
        f"<results>/figures/inversion/{dataset}/{figure}"
        for dataset in DATASETS
        for figure in config["inversion"]["figures"]
    ]


SPARSE = config["sparse"]
OVERFIT = SPARSE["overfit"]
LEARNED = configuration.learned_methods(config)
PLANNED = {
    task: None
    for part in [*SPARSE["plan"].values(), OVERFIT]
    for task in part["tasks"]
    if "sparse" in AREAS and part["methods"]
}
MISSING = skipped({SPARSE["tasks"][task]["dataset"] for task in PLANNED})
SKIPPED_TASKS = {
    task: MISSING[SPARSE["tasks"][task]["dataset"]]
    for task in PLANNED
    if SPARSE["tasks"][task]["dataset"] in MISSING
}
TASKS = [task for task in PLANNED if task not in SKIPPED_TASKS]


def groups(task):
    """The groups of methods that are run on a task, with their methods."""
    known = [*SPARSE["classical"], *LEARNED]
    return {
        group: catalogue.matching(entry["methods"], known)
        for group, entry in SPARSE["plan"].items()
        if task in entry["tasks"] and entry["methods"]
    }


def reconstructions(task, group):
    """Folders of all runs of one task and group."""
    return [
        f"<results>/sparse/{task}/{group}/{method}/{seed}"
        for method in groups(task)[group]
        for seed in (SPARSE["seeds"] if method in LEARNED else [0])
    ]


def overfits():
    """Folders of the trainings that memory alone should win."""
    return [
        f"<results>/sparse/{task}/{case}/{method}/{seed}"
        for task in OVERFIT["tasks"]
        if task in TASKS
        for case in OVERFIT["cases"]
        for method in catalogue.matching(OVERFIT["methods"], LEARNED)
        for seed in SPARSE["seeds"]
    ]


def scores(name):
    """A file of every task and group."""
    return [f"<results>/sparse/{task}/{group}/{name}" for task in TASKS for group in groups(task)]


def sparse_records():
    """Every file of records of the area."""
    limits = [f"<results>/sparse/{task}/limits.json" for task in TASKS]
    return [*scores("metrics.json"), *limits, *(f"{run}/training.json" for run in overfits())]


def figures_of_tasks():
    """The area's figures, with those of their tasks that are run; a figure without any is left out."""
    found = {}
    for name, entry in SPARSE["figures"].items():
        if "tasks" in entry:
            entry = {**entry, "tasks": [task for task in entry["tasks"] if task in TASKS]}
        if entry.get("task", TASKS and TASKS[0]) in TASKS and entry.get("tasks", TASKS):
            found[name] = entry
    return found


def sparse_figures():
    """Every figure of the area, without its suffix."""
    return [f"<results>/figures/sparse/{figure}" for figure in figures_of_tasks()]


def shown(task):
    """Problem and predictions of a task that a figure may show; none for figures of the tables alone."""
    if task is None:
        return []
    runs = [run for group in groups(task) for run in reconstructions(task, group)]
    own = [run for run in overfits() if run.startswith(f"<results>/sparse/{task}/")]
    return [f"<results>/sparse/{task}/problem.nc", *(f"{run}/prediction.nc" for run in runs + own)]


def sparse_about():
    """What the pages and figures of the area say of its methods."""
    oracles = {name: entry["oracle"] for name, entry in SPARSE["classical"].items() if "oracle" in entry}
    kept = {key: SPARSE[key] for key in ("seeds", "training")}
    own = {"figures": figures_of_tasks(), "oracles": oracles}
    return {**catalogue.about(SPARSE["backbones"]), **kept, **own}


def training_of(group):
    """How the learned methods of a group are trained: the common values, and what the group says otherwise."""
    own = OVERFIT["training"] if group in OVERFIT["cases"] else SPARSE["plan"][group].get("training", {})
    return {**SPARSE["training"], **own}


RECORDS = {"inversion": inversion_records, "sparse": sparse_records}
ABSENT = {"inversion": SKIPPED, "sparse": SKIPPED_TASKS}
FIELDS = ["<results>/tables/sparse_fields.parquet"] if "sparse" in AREAS else []


def pages():
    """The pages of areas that have one of their own."""
    return ["<results>/sparse.md"] if "sparse" in AREAS else []


def figures():
    """Every figure in both formats."""
    return [
        f"{figure}.{suffix}" for figure in inversion_figures() + sparse_figures() for suffix in ("svg", "png")
    ]
