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
        code=lambda w: code("collect.py", f"{w.area}.report.metrics"),
    script:
        "../scripts/collect.py"


rule claims:
    input:
        tables=[f"<results>/tables/{area}.parquet" for area in AREAS],
        files=[file for plan in PLANS.values() for file in plan.claim_files()],
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
        regimes=config["inversion"]["regimes"],
        code=code("claims.py", *[f"{area}.report.metrics" for area in registry.areas()]),
    script:
        "../scripts/claims.py"


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
            registry.part_name(w.area, "report.results"),
            f"{w.area}.figures.{PLANS[w.area].figures()[w.figure]['type']}",
        ),
    script:
        "../scripts/figure.py"


rule page:
    input:
        table="<results>/tables/{area}.parquet",
        files=lambda w: PLANS[w.area].page_files(),
        claims="<results>/tables/claims.csv",
        template="workflow/templates/{area}.md.j2",
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
        code=lambda w: code(
            "page.py",
            registry.part_name(w.area, "report.results"),
            registry.part_name(w.area, "report.page"),
        ),
    script:
        "../scripts/page.py"


rule index:
    input:
        headlines=[f"<results>/tables/{area}_headlines.json" for area in AREAS],
        claims="<results>/tables/claims.csv",
        template="workflow/templates/index.md.j2",
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
