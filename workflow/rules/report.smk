# Tables, claims, figures and pages; none of these steps imports torch.


rule collect:
    input:
        lambda w: RECORDS[w.area](),
    output:
        long="<results>/tables/{area}.parquet",
        summary="<results>/tables/{area}.csv",
    log:
        "<results>/logs/report/collect-{area}.log",
    conda:
        "../../envs/report.yaml"
    params:
        skipped=lambda w: ABSENT[w.area],
        code=code("collect.py"),
    script:
        "../scripts/collect.py"


rule claims:
    input:
        tables=[f"<results>/tables/{area}.parquet" for area in AREAS],
        fields=FIELDS,
        claims="config/claims.yaml",
        template="workflow/templates/claims.md.j2",
    output:
        page="<results>/claims.md",
        table="<results>/tables/claims.csv",
    log:
        "<results>/logs/report/claims.log",
    conda:
        "../../envs/report.yaml"
    params:
        regimes=config["regimes"],
        code=code("claims.py"),
    script:
        "../scripts/claims.py"


rule figure:
    input:
        table="<results>/tables/inversion.parquet",
        data="<results>/data/{dataset}.nc",
        problem="<results>/inversion/{dataset}/weak_field.nc",
        fields=lambda w: [f"{run}/field.nc" for regime in PLAN for run in runs(w.dataset, regime)],
    output:
        svg="<results>/figures/inversion/{dataset}/{figure}.svg",
        png=report(
            "<results>/figures/inversion/{dataset}/{figure}.png",
            caption="../report/figure.rst",
            category="Inversion",
            subcategory="{dataset}",
            labels={"figure": "{figure}"},
        ),
    log:
        "<results>/logs/figures/{dataset}/{figure}.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: config["inversion"]["figures"][w.figure],
        scheme=lambda w: config["schemes"][config["datasets"][w.dataset]["scheme"]],
        regimes=config["regimes"],
        sweep=config["inversion"]["sweep"],
        code=lambda w: code("figure.py", f"figures.{config['inversion']['figures'][w.figure]['type']}"),
    script:
        "../scripts/figure.py"


rule benchmark:
    input:
        table=["<results>/tables/inversion.parquet"] if "inversion" in AREAS else [],
        headlines=[f"<results>/tables/{area}_headlines.json" for area in OWN_PAGES],
        claims="<results>/tables/claims.csv",
        problems=expand("<results>/inversion/{dataset}/weak_field.nc", dataset=DATASETS),
        data=expand("<results>/data/{dataset}.nc", dataset=DATASETS),
        template="workflow/templates/benchmark.md.j2",
    output:
        page=report("<results>/benchmark.md", caption="../report/benchmark.rst", category="Pages"),
    log:
        "<results>/logs/report/benchmark.log",
    conda:
        "../../envs/report.yaml"
    params:
        datasets=DATASETS,
        config={
            key: config[key]
            for key in ("regimes", "encoders", "classical", "inversion", "seeds", "training")
        },
        code=code("benchmark.py"),
    script:
        "../scripts/benchmark.py"
