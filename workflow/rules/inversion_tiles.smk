# Large maps by tiles: what holds for the whole map is settled once, each tile is a job, and their fields are joined.


wildcard_constraints:
    tile="[0-9]+",


rule settle_tiles:
    input:
        "<results>/inversion/{dataset}/weak_field.nc",
    output:
        "<results>/inversion/{dataset}/{regime}/{classical}/{seed}/tiles.json",
    log:
        "<results>/logs/inversion/{dataset}/{regime}/{classical}/{seed}-tiles.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: PLANS["inversion"].classical(w.classical),
        code=lambda w: code("settle_tiles.py", PLANS["inversion"].classical_module(w.classical)),
    script:
        "../scripts/settle_tiles.py"


rule invert_tile:
    input:
        problem="<results>/inversion/{dataset}/weak_field.nc",
        settled="<results>/inversion/{dataset}/{regime}/{classical}/{seed}/tiles.json",
    output:
        temp("<results>/inversion/{dataset}/{regime}/{classical}/{seed}/tile-{tile}.nc"),
    log:
        "<results>/logs/inversion/{dataset}/{regime}/{classical}/{seed}-tile-{tile}.log",
    conda:
        "../../envs/report.yaml"
    params:
        type=lambda w: PLANS["inversion"].classical(w.classical)["type"],
        number=lambda w: PLANS["inversion"].tiles(w.dataset),
        code=lambda w: code("invert_tile.py", PLANS["inversion"].classical_module(w.classical)),
    script:
        "../scripts/invert_tile.py"


rule join_tiles:
    input:
        settled="<results>/inversion/{dataset}/{regime}/{classical}/{seed}/tiles.json",
        tiles=lambda w: [
            f"<results>/inversion/{w.dataset}/{w.regime}/{w.classical}/{w.seed}/tile-{tile}.nc"
            for tile in range(PLANS["inversion"].tiles(w.dataset))
        ],
    output:
        field="<results>/inversion/{dataset}/{regime}/{classical}/{seed}/field.nc",
        record="<results>/inversion/{dataset}/{regime}/{classical}/{seed}/training.json",
    log:
        "<results>/logs/inversion/{dataset}/{regime}/{classical}/{seed}.log",
    wildcard_constraints:
        dataset="|".join(config["inversion"]["tiles"]),
        classical="|".join(config["inversion"]["classical"]),
    conda:
        "../../envs/report.yaml"
    params:
        code=lambda w: code("join_tiles.py", PLANS["inversion"].classical_module(w.classical)),
    script:
        "../scripts/join_tiles.py"


ruleorder: join_tiles > invert_classical
