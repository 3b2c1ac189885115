# A few observed points -> whole fields, by every method; then what each reconstruction is worth.


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
