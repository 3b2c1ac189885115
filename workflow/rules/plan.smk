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


COMPRESSION = config["compression"]
EXPERIMENTS = COMPRESSION["experiments"] if "compression" in AREAS else {}
SKIPPED_FIELDS = skipped(
    {name for entry in EXPERIMENTS.values() for name in entry["datasets"] if entry["codecs"]}
)


def compressed():
    """Every data set with each codec that is run on it."""
    pairs = [
        (dataset, codec)
        for entry in EXPERIMENTS.values()
        for dataset in entry["datasets"]
        for codec in entry["codecs"]
        if dataset not in SKIPPED_FIELDS
    ]
    return list(dict.fromkeys(pairs))


COMPRESSED = list(dict.fromkeys(dataset for dataset, _ in compressed()))


def comparing(dataset, codec):
    """The experiments that run a codec on a data set."""
    return [
        entry for entry in EXPERIMENTS.values() if dataset in entry["datasets"] and codec in entry["codecs"]
    ]


def points_of(dataset, codec):
    """The operating points at which a codec is run on a data set, as the configuration gives them."""
    known = {**COMPRESSION["codecs"], **COMPRESSION["standard"]}[codec]["points"]
    wanted = {name for entry in comparing(dataset, codec) for name in entry.get("points", known)}
    return {name: setting for name, setting in known.items() if name in wanted}


def encodings(dataset, codec):
    """Folders of all fits of one learned codec to one data set."""
    seeds = {seed for entry in comparing(dataset, codec) for seed in entry.get("seeds", COMPRESSION["seeds"])}
    return [
        f"<results>/compression/{dataset}/{codec}/{point}/{seed}"
        for point in points_of(dataset, codec)
        for seed in sorted(seeds)
    ]


def codec_at(codec, point):
    """Type and options of a learned codec at one operating point."""
    return configuration.codec_at(COMPRESSION, codec, point)


def compression_records():
    """Every file of records of the area."""
    return [f"<results>/compression/{dataset}/{codec}/metrics.json" for dataset, codec in compressed()]


def compression_figures():
    """Every figure of the area that has something to show, without its suffix."""
    shown = {name for name, entry in EXPERIMENTS.items() if set(entry["datasets"]) & set(COMPRESSED)}
    return [
        f"<results>/figures/compression/{name}"
        for name, entry in COMPRESSION["figures"].items()
        if entry.get("experiment") in shown or entry.get("dataset") in COMPRESSED
    ]


def compression_about():
    """What the pages and figures of the area say of its experiments and codecs."""
    codecs = {**COMPRESSION["codecs"], **COMPRESSION["standard"]}
    described = {
        name: {
            "description": entry["description"],
            "learned": name in COMPRESSION["codecs"],
            "points": entry["points"],
            "options": {key: value for key, value in entry.items() if key not in ("description", "points")},
        }
        for name, entry in codecs.items()
    }
    kept = {key: COMPRESSION[key] for key in ("seeds", "training")}
    names = [figure.rsplit("/", 1)[1] for figure in compression_figures()]
    own = {"experiments": EXPERIMENTS, "codecs": described}
    return {**kept, **own, "figures": {name: COMPRESSION["figures"][name] for name in names}}


RADIANCE = config["radiance"]
VIEWED = {
    name: entry for name, entry in RADIANCE["experiments"].items() if "radiance" in AREAS and entry["methods"]
}
SKIPPED_SCENES = skipped({scene for entry in VIEWED.values() for scene in entry["scenes"]})


def radiance_runs():
    """Folders of all trainings of the area."""
    return [
        f"<results>/radiance/{scene}/{experiment}/{method}/{seed}"
        for experiment, entry in VIEWED.items()
        for scene in entry["scenes"]
        if scene not in SKIPPED_SCENES
        for method in entry["methods"]
        for seed in entry.get("seeds", RADIANCE["seeds"])
    ]


def radiance_method(name):
    """What a method is, without the words that only pages use."""
    return {key: value for key, value in RADIANCE["methods"][name].items() if key != "description"}


def radiance_training(experiment):
    """How the methods of an experiment are trained: the common values, and what the experiment says otherwise."""
    return {**RADIANCE["training"], **VIEWED[experiment].get("training", {})}


def radiance_records():
    """Every file of records of the area."""
    return [f"{run}/metrics.json" for run in radiance_runs()]


def radiance_shown():
    """The area's figures whose scene is run."""
    return {
        name: entry
        for name, entry in RADIANCE["figures"].items()
        if entry["experiment"] in VIEWED
        and entry["dataset"] in VIEWED[entry["experiment"]]["scenes"]
        and entry["dataset"] not in SKIPPED_SCENES
    }


def radiance_figures():
    """Every figure of the area, without its suffix."""
    return [f"<results>/figures/radiance/{figure}" for figure in radiance_shown()]


def radiance_orbits():
    """Scene -> the folder of the training that a turn around it shows, of those that are run."""
    first = {run.rpartition("/")[0]: run for run in reversed(radiance_runs())}
    folders = {
        scene: f"<results>/radiance/{scene}/{entry['experiment']}/{entry['method']}"
        for scene, entry in RADIANCE["orbits"].items()
    }
    return {scene: first[folder] for scene, folder in folders.items() if folder in first}


def radiance_about():
    """What the pages and figures of the area say of its experiments and methods."""
    methods = {
        name: {**entry, "uses_masks": bool(entry.get("hull"))} for name, entry in RADIANCE["methods"].items()
    }
    kept = {key: RADIANCE[key] for key in ("seeds", "training")}
    return {
        **kept,
        "experiments": VIEWED,
        "methods": methods,
        "figures": radiance_shown(),
        "orbits": list(radiance_orbits()),
    }


RECORDS = {
    "inversion": inversion_records,
    "sparse": sparse_records,
    "compression": compression_records,
    "radiance": radiance_records,
}
ABSENT = {
    "inversion": SKIPPED,
    "sparse": SKIPPED_TASKS,
    "compression": SKIPPED_FIELDS,
    "radiance": SKIPPED_SCENES,
}
OWN_PAGES = [area for area in ("sparse", "compression", "radiance") if area in AREAS]
FIELDS = ["<results>/tables/sparse_fields.parquet"] if "sparse" in AREAS else []


def pages():
    """The pages of areas that have one of their own."""
    return [f"<results>/{area}.md" for area in OWN_PAGES]


def figures():
    """Every figure in both formats."""
    return [
        f"{figure}.{suffix}"
        for figure in inversion_figures() + sparse_figures() + compression_figures() + radiance_figures()
        for suffix in ("svg", "png")
    ]
