# A few observed points -> whole fields, by every method; then what each reconstruction is worth.


rule draw_observations:
    input:
        lambda w: f"<results>/data/{PLANS['sparse'].dataset(w.task)}.nc",
    output:
        "<results>/sparse/{task}/problem.nc",
    log:
        "<results>/logs/sparse/{task}/draw_observations.log",
    conda:
        "../../envs/report.yaml"
    params:
        task=lambda w: config["sparse"]["tasks"][w.task],
        code=code("draw_observations.py"),
    script:
        "../scripts/draw_observations.py"


rule reconstruct:
    input:
        "<results>/sparse/{task}/problem.nc",
    output:
        prediction="<results>/sparse/{task}/{experiment}/{method}/{seed}/prediction.nc",
        record="<results>/sparse/{task}/{experiment}/{method}/{seed}/training.json",
    log:
        "<results>/logs/sparse/{task}/{experiment}/{method}/{seed}.log",
    wildcard_constraints:
        method="|".join(config["sparse"]["classical"]),
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: config["sparse"]["classical"][w.method],
        code=lambda w: code(
            "reconstruct.py", f"sparse.methods.{config['sparse']['classical'][w.method]['type']}"
        ),
    script:
        "../scripts/reconstruct.py"


rule train_sparse:
    input:
        "<results>/sparse/{task}/problem.nc",
    output:
        prediction="<results>/sparse/{task}/{experiment}/{method}/{seed}/prediction.nc",
        history="<results>/sparse/{task}/{experiment}/{method}/{seed}/history.nc",
        model="<results>/sparse/{task}/{experiment}/{method}/{seed}/model.pt",
        record="<results>/sparse/{task}/{experiment}/{method}/{seed}/training.json",
    log:
        "<results>/logs/sparse/{task}/{experiment}/{method}/{seed}.log",
    wildcard_constraints:
        method="|".join(PLANS["sparse"].learned),
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
        description=lambda w: PLANS["sparse"].learned[w.method],
        training=lambda w: PLANS["sparse"].training(w.experiment),
        overfit=lambda w: PLANS["sparse"].overfit(w.experiment),
        device=config["device"],
        code=lambda w: code("train_sparse.py", *PLANS["sparse"].modules(w.method)),
    script:
        "../scripts/train_sparse.py"


rule score_reconstructions:
    input:
        problem="<results>/sparse/{task}/problem.nc",
        predictions=lambda w: [f"{run}/prediction.nc" for run in PLANS["sparse"].runs(w.task, w.experiment)],
        records=lambda w: [f"{run}/training.json" for run in PLANS["sparse"].runs(w.task, w.experiment)],
    output:
        "<results>/sparse/{task}/{experiment}/metrics.json",
    log:
        "<results>/logs/sparse/{task}/{experiment}/score.log",
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
        dataset=lambda w: config["datasets"][config["sparse"]["tasks"][w.task]["dataset"]],
        code=code("sparse_limits.py"),
    script:
        "../scripts/sparse_limits.py"
