"""Rebuild all test fields of one task by a method without a network."""

import time

from fieldbench import files, io, provenance, record, registry
from fieldbench.execution import step
from fieldbench.sparse import prediction
from fieldbench.sparse.problem import from_dataset

with step.running(snakemake) as job:
    wildcards, entry = snakemake.wildcards, snakemake.params.entry
    problem = from_dataset(io.open_dataset(snakemake.input[0]))
    began = time.perf_counter()
    method = registry.build("sparse/methods", entry["type"], problem, **entry.get("with", {}))
    built = time.perf_counter()
    seen = problem.test_observations
    found = method.reconstruct(seen.index, seen.values)
    ended = time.perf_counter()
    job.say(
        f"{entry['type']}: built in {built - began:.2f} s, {len(seen.index)} fields in {ended - built:.2f} s"
    )
    made = record.make(
        area="sparse",
        dataset=wildcards.task,
        regime=wildcards.experiment,
        method=wildcards.method,
        seed=wildcards.seed,
        deterministic=True,
        metrics={"train_seconds": built - began, "field_seconds": (ended - built) / len(seen.index)},
        provenance={
            "code": snakemake.params.code,
            "device": "cpu",
            **provenance.environment("numpy", "scipy", "scikit-learn"),
        },
    )
    io.save_dataset(prediction.to_dataset(found), snakemake.output.prediction)
    files.save_text(record.dumps(made), snakemake.output.record)
