"""Gather all records into one long table and one summary, with a row for every data set that was skipped."""

from fieldbench import files, record
from fieldbench.execution import step
from fieldbench.report import tables

with step.running(snakemake) as job:
    records = [found for file in snakemake.input for found in record.read(file)]
    records += [
        record.make(
            area=snakemake.wildcards.area,
            dataset=name,
            regime="-",
            method="-",
            seed=0,
            status="skipped",
            reason=reason,
        )
        for name, reason in snakemake.params.skipped.items()
    ]
    long = tables.collect(records)
    job.say(f"{len(records)} records, {len(long)} rows")
    with files.replacing(snakemake.output.long) as temporary:
        long.to_parquet(temporary)
    files.save_text(tables.summary(long).to_csv(index=False), snakemake.output.summary)
