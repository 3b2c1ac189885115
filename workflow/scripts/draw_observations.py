"""Draw which points of the validation and test fields are observed, and what is measured there."""

from fieldbench import io
from fieldbench.execution import step
from fieldbench.sparse import masks

with step.running(snakemake) as job:
    task = snakemake.params.task
    problem = masks.observed(io.open_dataset(snakemake.input[0]), task, snakemake.params.data_root)
    most, points = problem.sizes["test_observation"], problem.sizes["point"]
    job.say(f"at most {most} of {points} points of a field observed ({task['mask']})")
    io.save_dataset(problem, snakemake.output[0])
