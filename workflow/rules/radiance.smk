# Views of a scene -> a field that renders it, by every method -> its views from elsewhere, and what they are worth.


rule train_radiance:
    input:
        "<results>/data/{scene}.nc",
    output:
        model="<results>/radiance/{scene}/{experiment}/{method}/{seed}/model.pt",
        history="<results>/radiance/{scene}/{experiment}/{method}/{seed}/history.nc",
        record="<results>/radiance/{scene}/{experiment}/{method}/{seed}/training.json",
    log:
        "<results>/logs/radiance/{scene}/{experiment}/{method}/{seed}.log",
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
        entry=lambda w: PLANS["radiance"].method(w.method),
        training=lambda w: PLANS["radiance"].training(w.experiment),
        device=config["device"],
        code=lambda w: code("train_radiance.py", *PLANS["radiance"].modules(w.method)),
    script:
        "../scripts/train_radiance.py"


rule render_views:
    input:
        data="<results>/data/{scene}.nc",
        model="<results>/radiance/{scene}/{experiment}/{method}/{seed}/model.pt",
        record="<results>/radiance/{scene}/{experiment}/{method}/{seed}/training.json",
    output:
        views="<results>/radiance/{scene}/{experiment}/{method}/{seed}/views.nc",
        record="<results>/radiance/{scene}/{experiment}/{method}/{seed}/metrics.json",
    log:
        "<results>/logs/radiance/{scene}/{experiment}/{method}/{seed}.views.log",
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=GPUS,
    params:
        entry=lambda w: PLANS["radiance"].method(w.method),
        device=config["device"],
        code=lambda w: code("render_views.py", *PLANS["radiance"].modules(w.method)),
    script:
        "../scripts/render_views.py"


rule radiance_orbit:
    input:
        data="<results>/data/{scene}.nc",
        model=lambda w: f"{PLANS['radiance'].orbits()[w.scene]}/model.pt",
        record=lambda w: f"{PLANS['radiance'].orbits()[w.scene]}/training.json",
    output:
        gif=report(
            "<results>/figures/radiance/orbit-{scene}.gif",
            caption="../report/orbit.rst",
            category="Radiance",
            labels={"figure": "orbit {scene}"},
        ),
    log:
        "<results>/logs/figures/radiance/orbit-{scene}.log",
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=GPUS,
    params:
        entry=lambda w: PLANS["radiance"].method(PLANS["radiance"].orbiting(w.scene)),
        pixels=lambda w: config["radiance"]["orbits"][w.scene]["pixels"],
        device=config["device"],
        code=lambda w: code(
            "radiance_orbit.py", *PLANS["radiance"].modules(PLANS["radiance"].orbiting(w.scene))
        ),
    script:
        "../scripts/radiance_orbit.py"
