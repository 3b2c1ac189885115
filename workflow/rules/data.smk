# Every source becomes one NetCDF file of the same form.


rule prepare_data:
    output:
        "<results>/data/{dataset}.nc",
    log:
        "<results>/logs/data/{dataset}.log",
    conda:
        "../../envs/report.yaml"
    params:
        entry=lambda w: config["datasets"][w.dataset],
        data_root=config["data_root"],
        download=config["download"],
        code=lambda w: code("prepare_data.py", f"datasets.{config['datasets'][w.dataset]['type']}"),
    script:
        "../scripts/prepare_data.py"
