# Stokes profiles -> a magnetic field, by every method; then what each field is worth.


rule weak_field:
    input:
        "<results>/data/{dataset}.nc",
    output:
        "<results>/inversion/{dataset}/weak_field.nc",
    log:
        "<results>/logs/inversion/{dataset}/weak_field.log",
    conda:
        "../../envs/report.yaml"
    params:
        scheme=lambda w: config["schemes"][config["datasets"][w.dataset]["scheme"]],
        held_out=config["held_out"],
        largest_splitting=config["validity"]["largest_splitting"],
        code=code("weak_field.py"),
    script:
        "../scripts/weak_field.py"


rule train_encoder:
    input:
        "<results>/inversion/{dataset}/weak_field.nc",
    output:
        field="<results>/inversion/{dataset}/{regime}/{encoder}/{seed}/field.nc",
        history="<results>/inversion/{dataset}/{regime}/{encoder}/{seed}/history.nc",
        model="<results>/inversion/{dataset}/{regime}/{encoder}/{seed}/model.pt",
        record="<results>/inversion/{dataset}/{regime}/{encoder}/{seed}/training.json",
    log:
        "<results>/logs/inversion/{dataset}/{regime}/{encoder}/{seed}.log",
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
        spec=lambda w: configuration.encoder_spec(config, w.regime, w.encoder),
        training=config["training"],
        device=config["device"],
        precision=config["precision"],
        code=lambda w: code("train_encoder.py", *configuration.modules(config, w.encoder)),
    script:
        "../scripts/train_encoder.py"


rule invert_classical:
    input:
        "<results>/inversion/{dataset}/weak_field.nc",
    output:
        field="<results>/inversion/{dataset}/{regime}/{classical}/{seed}/field.nc",
        record="<results>/inversion/{dataset}/{regime}/{classical}/{seed}/training.json",
    log:
        "<results>/logs/inversion/{dataset}/{regime}/{classical}/{seed}.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: config["classical"][w.classical],
        code=lambda w: code("invert_classical.py", f"inversion.{config['classical'][w.classical]['type']}"),
    script:
        "../scripts/invert_classical.py"


rule evaluate:
    input:
        data="<results>/data/{dataset}.nc",
        problem="<results>/inversion/{dataset}/weak_field.nc",
        fields=lambda w: [f"{run}/field.nc" for run in PLANS["inversion"].runs(w.dataset, w.regime)],
        records=lambda w: [f"{run}/training.json" for run in PLANS["inversion"].runs(w.dataset, w.regime)],
    output:
        "<results>/inversion/{dataset}/{regime}/metrics.json",
    log:
        "<results>/logs/inversion/{dataset}/{regime}/evaluate.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("evaluate.py"),
    script:
        "../scripts/evaluate.py"


# Asks for more threads than there are: Snakemake lowers them to all cores, so that nothing else runs while steps are timed.
rule time_encoders:
    input:
        "<results>/inversion/{dataset}/weak_field.nc",
    output:
        "<results>/inversion/{dataset}/{regime}/timing.json",
    log:
        "<results>/logs/inversion/{dataset}/{regime}/timing.log",
    conda:
        "../../envs/train.yaml"
    threads: 1024
    resources:
        gpu=GPUS,
    params:
        specs=lambda w: {
            encoder: configuration.encoder_spec(config, w.regime, encoder)
            for encoder in PLANS["inversion"].encoders(w.regime)
        },
        training=config["training"],
        device=config["device"],
        repetitions=config["inversion"]["timing"]["repetitions"],
        compute_threads=config["threads"],
        code=lambda w: code(
            "time_encoders.py", *configuration.modules(config, *PLANS["inversion"].encoders(w.regime))
        ),
    script:
        "../scripts/time_encoders.py"
