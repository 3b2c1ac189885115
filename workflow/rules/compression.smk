# A field -> files by every codec -> fields again, read in a fresh process -> what was lost, and for how many bytes.


rule encode:
    input:
        "<results>/data/{dataset}.nc",
    output:
        coded="<results>/compression/{dataset}/{codec}/{point}/{seed}/coded.fbc",
        history="<results>/compression/{dataset}/{codec}/{point}/{seed}/history.nc",
        record="<results>/compression/{dataset}/{codec}/{point}/{seed}/training.json",
    log:
        "<results>/logs/compression/{dataset}/{codec}/{point}/{seed}.log",
    wildcard_constraints:
        codec="|".join(config["compression"]["codecs"]),
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
        entry=lambda w: PLANS["compression"].codec_at(w.codec, w.point),
        checkpoint_seconds=config["compression"]["training"]["checkpoint_seconds"],
        device=config["device"],
        code=lambda w: code(
            "encode.py", f"compression.codecs.{config['compression']['codecs'][w.codec]['type']}"
        ),
    script:
        "../scripts/encode.py"


rule decode:
    input:
        data="<results>/data/{dataset}.nc",
        coded=lambda w: [f"{run}/coded.fbc" for run in PLANS["compression"].fits(w.dataset, w.codec)],
        records=lambda w: [f"{run}/training.json" for run in PLANS["compression"].fits(w.dataset, w.codec)],
    output:
        records="<results>/compression/{dataset}/{codec}/metrics.json",
        decoded="<results>/compression/{dataset}/{codec}/decoded.nc",
    log:
        "<results>/logs/compression/{dataset}/{codec}/decode.log",
    wildcard_constraints:
        codec="|".join(config["compression"]["codecs"]),
    conda:
        "../../envs/train.yaml"
    params:
        code=lambda w: code(
            "decode.py", f"compression.codecs.{config['compression']['codecs'][w.codec]['type']}"
        ),
    script:
        "../scripts/decode.py"


rule compress_standard:
    input:
        "<results>/data/{dataset}.nc",
    output:
        records="<results>/compression/{dataset}/{codec}/metrics.json",
        decoded="<results>/compression/{dataset}/{codec}/decoded.nc",
    log:
        "<results>/logs/compression/{dataset}/{codec}/compress.log",
    wildcard_constraints:
        codec="|".join(config["compression"]["standard"]),
    conda:
        "../../envs/train.yaml"
    params:
        entry=lambda w: PLANS["compression"].standard(w.dataset, w.codec),
        code=lambda w: code(
            "compress_standard.py",
            f"compression.standard.{config['compression']['standard'][w.codec]['type']}",
        ),
    script:
        "../scripts/compress_standard.py"
