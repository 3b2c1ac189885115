"""Draw which points of the validation and test fields are observed, and what is measured there."""

from fieldbench import io
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.sparse import masks

with step.running(snakemake) as job:
    task, data_root = snakemake.params.task, snakemake.config["data_root"]
    problem, reason = attempt(
        job, lambda: masks.observed(io.open_dataset(snakemake.input[0]), task, data_root)
    )
    if problem is None:
        io.save_unusable(reason, snakemake.output[0])
    else:
        most, points = problem.sizes["test_observation"], problem.sizes["point"]
        job.say(f"at most {most} of {points} points of a field observed ({task['mask']})")
        io.save_dataset(problem, snakemake.output[0])
