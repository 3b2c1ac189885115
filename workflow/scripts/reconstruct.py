"""Rebuild all test fields of one task by a method without a network; where it cannot, its record says why."""

import time

from fieldbench import files, io, provenance, record, registry
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.sparse import prediction
from fieldbench.sparse.problem import from_dataset

with step.running(snakemake) as job:
    wildcards, entry = snakemake.wildcards, snakemake.params.entry
    problem = from_dataset(io.open_dataset(snakemake.input[0]))
    seen = problem.test_observations

    def rebuilt():
        began = time.perf_counter()
        method = registry.build("sparse/methods", entry["type"], problem, **entry.get("with", {}))
        built = time.perf_counter()
        found = method.reconstruct(seen)
        seconds = (time.perf_counter() - built) / len(seen)
        return found, {"train_seconds": built - began, "field_seconds": seconds}

    result, reason = attempt(job, rebuilt)
    found, metrics = result or (prediction.nothing(problem), {})
    job.say(f"{entry['type']}: {metrics or reason}")
    made = record.make(
        **{"area": "sparse", "dataset": wildcards.task, "regime": wildcards.experiment},
        **{"method": wildcards.method, "seed": wildcards.seed},
        **{"deterministic": True, "status": "failed" if reason else "ok", "reason": reason},
        metrics=metrics,
        provenance={
            **{"code": snakemake.params.code, "device": "cpu"},
            **provenance.environment("numpy", "scipy", "scikit-learn"),
        },
    )
    io.save_dataset(prediction.to_dataset(found, problem), snakemake.output.prediction)
    files.save_text(record.dumps(made), snakemake.output.record)
