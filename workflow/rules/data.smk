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
        entry=lambda w: made_from(w.dataset)[0],
        files=lambda w: made_from(w.dataset)[1],
        code=lambda w: made_from(w.dataset)[2],
    script:
        "../scripts/prepare_data.py"
