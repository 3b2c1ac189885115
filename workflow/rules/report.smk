# Tables, claims, figures, pages and the report of every area; none of these steps imports torch.

from importlib.resources import files

# What the report is made with: Vega as the installed Snakemake ships it, the rest as report/assets/vendor has it.
SHIPPED = files("snakemake").joinpath("assets", "data")
PLOTTING = [str(SHIPPED / name / f"{name}.js") for name in ("vega", "vega-lite", "vega-embed")]
LIBRARIES = [
    "vendor/jquery/jquery.slim.min.js",
    "vendor/datatables/dataTables.min.js",
    "vendor/img-comparison-slider/index.js",
]
STYLES = [
    "vendor/datatables/dataTables.dataTables.min.css",
    "vendor/img-comparison-slider/styles.css",
    "report.css",
]


rule collect:
    input:
        lambda w: PLANS[w.area].records(),
    output:
        long="<results>/tables/{area}.parquet",
        summary="<results>/tables/{area}.csv",
        records="<results>/tables/{area}_records.csv",
    log:
        "<results>/logs/report/collect-{area}.log",
    conda:
        "../../envs/report.yaml"
    params:
        skipped=lambda w: PLANS[w.area].skipped,
        code=lambda w: code("collect.py", *parts_of(w.area, "metrics")),
    script:
        "../scripts/collect.py"


rule claims:
    input:
        table="<results>/tables/{area}.parquet",
        files=lambda w: PLANS[w.area].claim_files(),
        claims=lambda w: claims_about(w.area),
    output:
        "<results>/tables/{area}_claims.csv",
    log:
        "<results>/logs/report/claims-{area}.log",
    conda:
        "../../envs/report.yaml"
    params:
        about=lambda w: PLANS[w.area].about(),
        code=lambda w: code("claims.py", *parts_of(w.area, "metrics", "results", "evidence")),
    script:
        "../scripts/claims.py"


rule claims_page:
    input:
        claims=expand("<results>/tables/{area}_claims.csv", area=AREAS),
        template=str(templates.file("claims")),
    output:
        report("<results>/claims.md", caption="../report/claims.rst", category="Pages"),
    log:
        "<results>/logs/report/claims.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("claims_page.py"),
    script:
        "../scripts/claims_page.py"


rule figure:
    input:
        table="<results>/tables/{area}.parquet",
        files=lambda w: PLANS[w.area].figure_files(w.figure),
    output:
        svg="<results>/figures/{area}/{figure}.svg",
        png=report(
            "<results>/figures/{area}/{figure}.png",
            caption="../report/figure.rst",
            category="{area}",
            labels={"figure": "{figure}"},
        ),
    log:
        "<results>/logs/figures/{area}/{figure}.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: PLANS[w.area].figures()[w.figure],
        caption=lambda w: drawing.caption(w.area, PLANS[w.area].figures()[w.figure]),
        about=lambda w: PLANS[w.area].about(),
        code=lambda w: code(
            "figure.py",
            *parts_of(w.area, "metrics", "results"),
            f"{w.area}.figures.{PLANS[w.area].figures()[w.figure]['type']}",
        ),
    script:
        "../scripts/figure.py"


rule page:
    input:
        table="<results>/tables/{area}.parquet",
        files=lambda w: PLANS[w.area].page_files(),
        claims="<results>/tables/{area}_claims.csv",
        templates=lambda w: templates_of(w.area),
    output:
        page=report("<results>/{area}.md", caption="../report/page.rst", category="Pages"),
        headlines="<results>/tables/{area}_headlines.json",
    log:
        "<results>/logs/report/{area}.log",
    conda:
        "../../envs/report.yaml"
    params:
        question=lambda w: registry.part(w.area, "plan").QUESTION,
        about=lambda w: PLANS[w.area].about(),
        code=lambda w: code("page.py", *parts_of(w.area, "metrics", "results", "cards", "page")),
    script:
        "../scripts/page.py"


rule highlights:
    input:
        table="<results>/tables/{area}.parquet",
        records="<results>/tables/{area}_records.csv",
        files=lambda w: PLANS[w.area].shown_files(),
    output:
        "<results>/tables/{area}_highlights.json",
    log:
        "<results>/logs/report/highlights-{area}.log",
    conda:
        "../../envs/report.yaml"
    params:
        about=lambda w: PLANS[w.area].about(),
        code=lambda w: code(
            "highlights.py", *parts_of(w.area, "metrics", "results", "cards", "plots", "pictures")
        ),
    script:
        "../scripts/highlights.py"


rule report:
    input:
        highlights=[f"<results>/tables/{area}_highlights.json" for area in AREAS],
        claims=expand("<results>/tables/{area}_claims.csv", area=AREAS),
        template=str(templates.REPORT),
        styles=[str(templates.ASSETS / name) for name in STYLES],
        libraries=[*PLOTTING, *[str(templates.ASSETS / name) for name in LIBRARIES]],
        program=str(templates.ASSETS / "report.js"),
    output:
        report("<results>/report.html", caption="../report/report.rst", category="Report"),
    log:
        "<results>/logs/report/report.log",
    conda:
        "../../envs/report.yaml"
    params:
        code=code("report.py"),
    script:
        "../scripts/report.py"


rule index:
    input:
        highlights=[f"<results>/tables/{area}_highlights.json" for area in AREAS],
        claims=expand("<results>/tables/{area}_claims.csv", area=AREAS),
        template=str(templates.file("index")),
    output:
        report("<results>/benchmark.md", caption="../report/page.rst", category="Pages"),
    log:
        "<results>/logs/report/index.log",
    conda:
        "../../envs/report.yaml"
    params:
        question="Which neural field for which data?",
        about=config["about"],
        code=code("index.py"),
    script:
        "../scripts/index.py"
