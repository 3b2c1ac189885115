"""What a task allows: the lines of methods that ignore the observations, and for known families the Cramer-Rao limit."""

from fieldbench import files, io, record
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.sparse import limit, score
from fieldbench.sparse.problem import from_dataset

with step.running(snakemake) as job:

    def of_task():
        problem = from_dataset(io.open_dataset(snakemake.input[0]))
        found = score.references(problem)
        return {
            "constant-mean": found["constant_mean_db"],
            "independent-draw": found["independent_draw_db"],
            "cramer-rao": limit.of_task(snakemake.params.dataset, problem),
        }

    lines, _ = attempt(job, of_task)
    records = [
        record.make(
            area="sparse",
            dataset=snakemake.wildcards.task,
            regime="limits",
            method=method,
            seed=0,
            deterministic=True,
            metrics={"psnr_pooled_db": value},
            provenance={"code": snakemake.params.code, "device": "cpu"},
        )
        for method, value in (lines or {}).items()
        if value is not None
    ]
    job.say(str(lines))
    files.save_text(record.dumps(records), snakemake.output[0])
