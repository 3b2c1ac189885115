"""Write the weak-field problem of one data set: response, closed-form optimum, noise, held-out pixels, validity."""

from fieldbench import io
from fieldbench.execution import step
from fieldbench.physics.weak_field import weak_field_problem

with step.running(snakemake) as job:
    problem = weak_field_problem(
        io.open_dataset(snakemake.input[0]),
        snakemake.params.scheme,
        snakemake.params.held_out,
        snakemake.params.largest_splitting,
    )
    job.say(problem.attrs["warnings"])
    io.save_dataset(problem, snakemake.output[0])
