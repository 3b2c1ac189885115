# A few observed points -> whole fields, by every method; then what each reconstruction is worth.

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


rule draw_observations:
    input:
        lambda w: f"<results>/data/{SPARSE['tasks'][w.task]['dataset']}.nc",
    output:
        "<results>/sparse/{task}/problem.nc",
    log:
        "<results>/logs/sparse/{task}/draw_observations.log",
    conda:
        "../../envs/report.yaml"
    params:
        task=lambda w: SPARSE["tasks"][w.task],
        code=code("draw_observations.py"),
    script:
        "../scripts/draw_observations.py"


rule reconstruct:
    input:
        "<results>/sparse/{task}/problem.nc",
    output:
        prediction="<results>/sparse/{task}/{group}/{method}/{seed}/prediction.nc",
        record="<results>/sparse/{task}/{group}/{method}/{seed}/training.json",
    log:
        "<results>/logs/sparse/{task}/{group}/{method}/{seed}.log",
    wildcard_constraints:
        method="|".join(SPARSE["classical"]),
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: SPARSE["classical"][w.method],
        code=lambda w: code("reconstruct.py", f"sparse.methods.{SPARSE['classical'][w.method]['type']}"),
    script:
        "../scripts/reconstruct.py"


rule train_sparse:
    input:
        "<results>/sparse/{task}/problem.nc",
    output:
        prediction="<results>/sparse/{task}/{group}/{method}/{seed}/prediction.nc",
        history="<results>/sparse/{task}/{group}/{method}/{seed}/history.nc",
        model="<results>/sparse/{task}/{group}/{method}/{seed}/model.pt",
        record="<results>/sparse/{task}/{group}/{method}/{seed}/training.json",
    log:
        "<results>/logs/sparse/{task}/{group}/{method}/{seed}.log",
    wildcard_constraints:
        method="|".join(LEARNED),
    retries: config["attempts"] - 1
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=GPUS,
        attempt=lambda w, attempt: attempt,
        mem_mb=lambda w, attempt: attempt * config["memory_mb"],
        runtime=config["runtime_minutes"],
    params:
        description=lambda w: LEARNED[w.method],
        training=lambda w: training_of(w.group),
        case=lambda w: w.group if w.group in OVERFIT["cases"] else None,
        device=config["device"],
        code=lambda w: code("train_sparse.py", *catalogue.modules(LEARNED[w.method])),
    script:
        "../scripts/train_sparse.py"


rule score_reconstructions:
    input:
        problem="<results>/sparse/{task}/problem.nc",
        predictions=lambda w: [f"{run}/prediction.nc" for run in reconstructions(w.task, w.group)],
        records=lambda w: [f"{run}/training.json" for run in reconstructions(w.task, w.group)],
    output:
        records="<results>/sparse/{task}/{group}/metrics.json",
        fields="<results>/sparse/{task}/{group}/fields.parquet",
    log:
        "<results>/logs/sparse/{task}/{group}/score.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("score_reconstructions.py"),
    script:
        "../scripts/score_reconstructions.py"


rule sparse_limits:
    input:
        "<results>/sparse/{task}/problem.nc",
    output:
        "<results>/sparse/{task}/limits.json",
    log:
        "<results>/logs/sparse/{task}/limits.log",
    conda:
        "../../envs/report.yaml"
    params:
        dataset=lambda w: config["datasets"][SPARSE["tasks"][w.task]["dataset"]],
        code=code("sparse_limits.py"),
    script:
        "../scripts/sparse_limits.py"


rule collect_fields:
    input:
        scores("fields.parquet"),
    output:
        "<results>/tables/sparse_fields.parquet",
    log:
        "<results>/logs/report/sparse_fields.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("collect_fields.py"),
    script:
        "../scripts/collect_fields.py"


rule sparse_figure:
    input:
        table="<results>/tables/sparse.parquet",
        fields="<results>/tables/sparse_fields.parquet",
        runs=lambda w: shown(figures_of_tasks()[w.figure].get("task")),
    output:
        svg="<results>/figures/sparse/{figure}.svg",
        png=report(
            "<results>/figures/sparse/{figure}.png",
            caption="../report/figure.rst",
            category="Sparse",
            labels={"figure": "{figure}"},
        ),
    log:
        "<results>/logs/figures/sparse/{figure}.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: figures_of_tasks()[w.figure],
        about=sparse_about(),
        code=lambda w: code("sparse_figure.py", f"figures.{SPARSE['figures'][w.figure]['type']}"),
    script:
        "../scripts/sparse_figure.py"


rule sparse_page:
    input:
        table="<results>/tables/sparse.parquet",
        fields="<results>/tables/sparse_fields.parquet",
        claims="<results>/tables/claims.csv",
        problems=expand("<results>/sparse/{task}/problem.nc", task=TASKS),
        template="workflow/templates/sparse.md.j2",
    output:
        page=report("<results>/sparse.md", caption="../report/sparse.rst", category="Pages"),
        headlines="<results>/tables/sparse_headlines.json",
    log:
        "<results>/logs/report/sparse.log",
    conda:
        "../../envs/report.yaml"
    params:
        tasks=TASKS,
        about=sparse_about(),
        code=code("sparse_page.py"),
    script:
        "../scripts/sparse_page.py"
