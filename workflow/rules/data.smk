# Every source becomes one NetCDF file of the same form.


rule prepare_data:
    output:
        "<results>/data/{dataset}.nc",
    log:
        "<results>/logs/data/{dataset}.log",
    wildcard_constraints:
        dataset="|".join(name for name in config["datasets"] if name not in KEPT),
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: config["datasets"][w.dataset],
        files=lambda w: contents.checksums(
            config["datasets"][w.dataset], config["data_root"], data_file(w.dataset)
        ),
        code=lambda w: code("prepare_data.py", f"datasets.{config['datasets'][w.dataset]['type']}"),
    script:
        "../scripts/prepare_data.py"
