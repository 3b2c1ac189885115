"""Score every run of one data set and regime; a run that failed keeps its reason."""

from fieldbench import files, io, record
from fieldbench.execution import step
from fieldbench.inversion.evaluate import metrics

with step.running(snakemake) as job:
    data = io.open_dataset(snakemake.input.data)
    problem = io.open_dataset(snakemake.input.problem)
    records = []
    for field_file, record_file in zip(snakemake.input.fields, snakemake.input.records, strict=True):
        (result,) = record.read(record_file)
        if result["status"] == "ok":
            result["metrics"].update(metrics(io.open_dataset(field_file), problem, data))
        records.append(record.make(**result))
        job.say(f"{result['method']} seed {result['seed']}: {records[-1]['status']} {records[-1]['reason']}")
    files.save_text(record.dumps(records), snakemake.output[0])
