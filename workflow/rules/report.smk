# Tables, claims, figures and pages of every area; none of these steps imports torch.


rule collect:
    input:
        lambda w: PLANS[w.area].records(),
    output:
        long="<results>/tables/{area}.parquet",
        summary="<results>/tables/{area}.csv",
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
        report("<results>/claims.md", caption="../report/page.rst", category="Pages"),
    log:
        "<results>/logs/report/claims.log",
    conda:
        "../../envs/report.yaml"
    params:
        question="What of the documents' claims is true?",
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
        code=lambda w: code("page.py", *parts_of(w.area, "metrics", "results", "page")),
    script:
        "../scripts/page.py"


rule index:
    input:
        headlines=[f"<results>/tables/{area}_headlines.json" for area in AREAS],
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
        areas=AREAS,
        code=code("index.py", *[f"{area}.plan" for area in AREAS]),
    script:
        "../scripts/index.py"
