"""Score every run of one data set and regime; a run that failed keeps its reason."""

from fieldbench import files, io, record
from fieldbench.execution import step
from fieldbench.inversion.evaluate import Inferred

with step.running(snakemake) as job:
    records, data, problem = [], None, None
    for field_file, record_file in zip(snakemake.input.fields, snakemake.input.records, strict=True):
        (result,) = record.read(record_file)
        if result["status"] == "ok":
            if data is None:  # of data that cannot be used there is no run to score
                data = io.open_dataset(snakemake.input.data, leave_out=["stokes_profiles"])
                problem = io.open_dataset(snakemake.input.problem)
            inferred = Inferred(io.open_dataset(field_file), problem, data)
            result["metrics"].update(inferred.metrics())
            result["draws"] = inferred.draws()
        records.append(record.make(**result))
        job.say(f"{result['method']} seed {result['seed']}: {records[-1]['status']} {records[-1]['reason']}")
    files.save_text(record.dumps(records), snakemake.output[0])
