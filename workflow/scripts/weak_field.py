"""Write the weak-field problem of one data set: response, closed-form optimum, noise, held-out pixels, validity."""

from fieldbench import io
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.physics.weak_field import weak_field_problem

with step.running(snakemake) as job:
    params = snakemake.params
    problem, reason = attempt(
        job,
        lambda: weak_field_problem(
            io.open_dataset(snakemake.input[0]), params.scheme, params.held_out, params.largest_splitting
        ),
    )
    if problem is None:
        io.save_unusable(reason, snakemake.output[0])
    else:
        job.say(problem.attrs["warnings"])
        io.save_dataset(problem, snakemake.output[0])
