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
        scheme=lambda w: PLANS["inversion"].scheme(w.dataset),
        held_out=config["inversion"]["held_out"],
        largest_splitting=config["inversion"]["validity"]["largest_splitting"],
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
    wildcard_constraints:
        encoder="|".join(config["inversion"]["encoders"]),
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
        spec=lambda w: PLANS["inversion"].specification(w.regime, w.encoder),
        training=config["inversion"]["training"],
        device=config["device"],
        precision=config["inversion"]["precision"],
        code=lambda w: code("train_encoder.py", *PLANS["inversion"].modules(w.encoder)),
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
    wildcard_constraints:
        classical="|".join(config["inversion"]["classical"]),
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: PLANS["inversion"].classical(w.classical),
        code=lambda w: code("invert_classical.py", PLANS["inversion"].classical_module(w.classical)),
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
            encoder: PLANS["inversion"].specification(w.regime, encoder)
            for encoder in PLANS["inversion"].timed[w.dataset, w.regime].encoders
        },
        training=config["inversion"]["training"],
        device=config["device"],
        repetitions=lambda w: PLANS["inversion"].timed[w.dataset, w.regime].repetitions,
        compute_threads=config["threads"],
        code=lambda w: code(
            "time_encoders.py",
            *PLANS["inversion"].modules(*PLANS["inversion"].timed[w.dataset, w.regime].encoders),
        ),
    script:
        "../scripts/time_encoders.py"


# Asked for by name: the field to take home, such as results/my-cube/inversion/my-cube/recommended.nc
rule recommended_field:
    input:
        table="<results>/tables/inversion.parquet",
        files=lambda w: PLANS["inversion"].field_files(w.dataset),
    output:
        "<results>/inversion/{dataset}/recommended.nc",
    log:
        "<results>/logs/inversion/{dataset}/recommended.log",
    conda:
        "../../envs/report.yaml"
    params:
        about=PLANS["inversion"].about(),
        code=code("recommended_field.py"),
    script:
        "../scripts/recommended_field.py"


if config["inversion"]["tiles"]:

    include: "inversion_tiles.smk"
