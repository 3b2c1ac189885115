"""Rebuild all test fields of one task by a method without a network; where it cannot, its record says why."""

import time

from fieldbench import files, io, provenance, record, registry
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.sparse import prediction
from fieldbench.sparse.problem import from_dataset

with step.running(snakemake) as job:
    wildcards, entry = snakemake.wildcards, snakemake.params.entry

    def rebuilt():
        problem = from_dataset(io.open_dataset(snakemake.input[0]))
        began = time.perf_counter()
        method = registry.build("sparse/methods", entry["type"], problem, **entry.get("with", {}))
        built = time.perf_counter()
        found = method.reconstruct(problem.test_observations)
        seconds = (time.perf_counter() - built) / len(problem.test_observations)
        job.say(f"{entry['type']}: built in {built - began:.2f} s, {seconds:.2f} s a field")
        times = {"train_seconds": built - began, "field_seconds": seconds}
        return prediction.to_dataset(found, problem), times, prediction.choices(method)

    made, reason = attempt(job, rebuilt)
    found, times, choices = made or (None, {}, {})
    made = record.make(
        **{"area": "sparse", "dataset": wildcards.task, "regime": wildcards.experiment},
        **{"method": wildcards.method, "seed": wildcards.seed, "deterministic": True},
        **{"status": "failed" if reason else "ok", "reason": reason, "metrics": times},
        provenance={
            **{"code": snakemake.params.code, "device": "cpu", **choices},
            **provenance.environment("numpy", "scipy", "scikit-learn"),
        },
    )
    place = snakemake.output.prediction
    io.save_unusable(reason, place) if found is None else io.save_dataset(found, place)
    files.save_text(record.dumps(made), snakemake.output.record)
