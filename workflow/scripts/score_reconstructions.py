"""Score every reconstruction of one task and group; a run that failed keeps its reason."""

from fieldbench import files, io, record
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.sparse import prediction, score
from fieldbench.sparse.problem import from_dataset

with step.running(snakemake) as job:
    problem, _ = attempt(job, lambda: from_dataset(io.open_dataset(snakemake.input.problem)))
    records = []
    for prediction_file, record_file in zip(
        snakemake.input.predictions, snakemake.input.records, strict=True
    ):
        (result,) = record.read(record_file)
        if result["status"] == "ok":
            found = prediction.from_dataset(io.open_dataset(prediction_file), problem.row, problem.column)
            result["metrics"].update(score.metrics(found, problem))
            result["draws"]["psnr_mean_db"] = {problem.drawn_over: score.by_field(found, problem)}
        records.append(record.make(**result))
        job.say(f"{result['method']} seed {result['seed']}: {records[-1]['status']} {records[-1]['reason']}")
    files.save_text(record.dumps(records), snakemake.output[0])
