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


# Asked for by name: the learned scene to take home, such as results/my-scene/radiance/my-scene/recommended/model.pt
rule recommended_scene:
    input:
        "<results>/tables/radiance.parquet",
    output:
        "<results>/radiance/{scene}/recommended/choice.json",
    log:
        "<results>/logs/radiance/{scene}/recommended.log",
    conda:
        "../../envs/report.yaml"
    params:
        about=PLANS["radiance"].about(),
        code=code("recommended_scene.py"),
    script:
        "../scripts/recommended_scene.py"


rule take_scene:
    input:
        data="<results>/data/{scene}.nc",
        choice="<results>/radiance/{scene}/recommended/choice.json",
        files=lambda w: PLANS["radiance"].model_files(w.scene),
    output:
        model="<results>/radiance/{scene}/recommended/model.pt",
        views="<results>/radiance/{scene}/recommended/views.nc",
        video="<results>/radiance/{scene}/recommended/video.mp4",
        mesh="<results>/radiance/{scene}/recommended/mesh.ply",
    log:
        "<results>/logs/radiance/{scene}/take.log",
    conda:
        "../../envs/train.yaml"
    threads: config["threads"]
    resources:
        gpu=GPUS,
    params:
        methods={name: PLANS["radiance"].method(name) for name in PLANS["radiance"].methods()},
        take_home=config["radiance"]["take_home"],
        device=config["device"],
        code=lambda w: code(
            "take_scene.py",
            *(module for name in PLANS["radiance"].methods() for module in PLANS["radiance"].modules(name)),
        ),
    script:
        "../scripts/take_scene.py"
