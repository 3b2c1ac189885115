"""Gather all records into one long table and one summary, with a row for every data set that was skipped."""

from fieldbench import files, record
from fieldbench.execution import step
from fieldbench.report import tables

with step.running(snakemake) as job:
    read = {file: record.read(file) for file in snakemake.input}
    records = [found for own in read.values() for found in own]
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
    provenance = tables.provenance(read, snakemake.config["pathvars"]["results"])
    files.save_text(provenance.to_csv(index=False), snakemake.output.records)
    files.save_text(tables.summary(long).to_csv(index=False), snakemake.output.summary)
