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
        entry=lambda w: radiance_method(w.method),
        training=lambda w: radiance_training(w.experiment),
        device=config["device"],
        code=code("train_radiance.py"),
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
        entry=lambda w: radiance_method(w.method),
        device=config["device"],
        code=code("render_views.py"),
    script:
        "../scripts/render_views.py"


rule radiance_orbit:
    input:
        data="<results>/data/{scene}.nc",
        model=lambda w: f"{radiance_orbits()[w.scene]}/model.pt",
        record=lambda w: f"{radiance_orbits()[w.scene]}/training.json",
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
        entry=lambda w: radiance_method(RADIANCE["orbits"][w.scene]["method"]),
        pixels=lambda w: RADIANCE["orbits"][w.scene]["pixels"],
        device=config["device"],
        code=code("radiance_orbit.py"),
    script:
        "../scripts/radiance_orbit.py"


rule radiance_figure:
    input:
        table="<results>/tables/radiance.parquet",
        views=[f"{run}/views.nc" for run in radiance_runs()],
    output:
        svg="<results>/figures/radiance/{figure}.svg",
        png=report(
            "<results>/figures/radiance/{figure}.png",
            caption="../report/figure.rst",
            category="Radiance",
            labels={"figure": "{figure}"},
        ),
    log:
        "<results>/logs/figures/radiance/{figure}.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: RADIANCE["figures"][w.figure],
        about=radiance_about(),
        code=lambda w: code("radiance_figure.py", f"figures.{RADIANCE['figures'][w.figure]['type']}"),
    script:
        "../scripts/radiance_figure.py"


rule radiance_page:
    input:
        table="<results>/tables/radiance.parquet",
        views=[f"{run}/views.nc" for run in radiance_runs()],
        orbits=expand("<results>/figures/radiance/orbit-{scene}.gif", scene=radiance_orbits()),
        claims="<results>/tables/claims.csv",
        template="workflow/templates/radiance.md.j2",
    output:
        page=report("<results>/radiance.md", caption="../report/radiance.rst", category="Pages"),
        headlines="<results>/tables/radiance_headlines.json",
    log:
        "<results>/logs/report/radiance.log",
    conda:
        "../../envs/report.yaml"
    params:
        about=radiance_about(),
        code=code("radiance_page.py"),
    script:
        "../scripts/radiance_page.py"
