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
        codec="|".join(COMPRESSION["codecs"]),
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
        entry=lambda w: codec_at(w.codec, w.point),
        checkpoint_seconds=COMPRESSION["training"]["checkpoint_seconds"],
        device=config["device"],
        code=lambda w: code("encode.py", f"compression.codecs.{COMPRESSION['codecs'][w.codec]['type']}"),
    script:
        "../scripts/encode.py"


rule decode:
    input:
        data="<results>/data/{dataset}.nc",
        coded=lambda w: [f"{run}/coded.fbc" for run in encodings(w.dataset, w.codec)],
        records=lambda w: [f"{run}/training.json" for run in encodings(w.dataset, w.codec)],
    output:
        records="<results>/compression/{dataset}/{codec}/metrics.json",
        decoded="<results>/compression/{dataset}/{codec}/decoded.nc",
    log:
        "<results>/logs/compression/{dataset}/{codec}/decode.log",
    wildcard_constraints:
        codec="|".join(COMPRESSION["codecs"]),
    conda:
        "../../envs/train.yaml"
    params:
        code=lambda w: code("decode.py", f"compression.codecs.{COMPRESSION['codecs'][w.codec]['type']}"),
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
        codec="|".join(COMPRESSION["standard"]),
    conda:
        "../../envs/train.yaml"
    params:
        entry=lambda w: {**COMPRESSION["standard"][w.codec], "points": points_of(w.dataset, w.codec)},
        code=lambda w: code(
            "compress_standard.py", f"compression.standard.{COMPRESSION['standard'][w.codec]['type']}"
        ),
    script:
        "../scripts/compress_standard.py"


rule compression_figure:
    input:
        table="<results>/tables/compression.parquet",
        decoded=[f"<results>/compression/{dataset}/{codec}/decoded.nc" for dataset, codec in compressed()],
    output:
        svg="<results>/figures/compression/{figure}.svg",
        png=report(
            "<results>/figures/compression/{figure}.png",
            caption="../report/figure.rst",
            category="Compression",
            labels={"figure": "{figure}"},
        ),
    log:
        "<results>/logs/figures/compression/{figure}.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: COMPRESSION["figures"][w.figure],
        about=compression_about(),
        published="config/published/kodak.csv",
        code=lambda w: code("compression_figure.py", f"figures.{COMPRESSION['figures'][w.figure]['type']}"),
    script:
        "../scripts/compression_figure.py"


rule compression_page:
    input:
        table="<results>/tables/compression.parquet",
        claims="<results>/tables/claims.csv",
        data=expand("<results>/data/{dataset}.nc", dataset=COMPRESSED),
        published="config/published/kodak.csv",
        template="workflow/templates/compression.md.j2",
    output:
        page=report("<results>/compression.md", caption="../report/compression.rst", category="Pages"),
        headlines="<results>/tables/compression_headlines.json",
    log:
        "<results>/logs/report/compression.log",
    conda:
        "../../envs/report.yaml"
    params:
        about=compression_about(),
        code=code("compression_page.py"),
    script:
        "../scripts/compression_page.py"
