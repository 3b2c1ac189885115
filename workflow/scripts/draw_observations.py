"""Draw which points of the validation and test fields are observed, and what is measured there."""

from fieldbench import io
from fieldbench.execution import step
from fieldbench.sparse import masks

with step.running(snakemake) as job:
    task = snakemake.params.task
    problem = masks.add_observations(
        io.open_dataset(snakemake.input[0]), task["mask"], task["fraction"], task["noise"], task["seed"]
    )
    job.say(f"{problem.sizes['observation']} of {problem.sizes['point']} points observed ({task['mask']})")
    io.save_dataset(problem, snakemake.output[0])
