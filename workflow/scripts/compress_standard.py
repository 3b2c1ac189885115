"""Write one field by a codec that is not trained at all its settings, read it again, and score it."""

import time

from fieldbench import files, io, provenance, record, registry
from fieldbench.compression import field, score
from fieldbench.errors import UserError
from fieldbench.execution import step

with step.running(snakemake) as job:
    wildcards, entry = snakemake.wildcards, snakemake.params.entry
    codec = registry.build("compression/standard", entry["type"], **entry["with"])
    truth = field.from_dataset(io.open_dataset(snakemake.input[0]))
    records, shown = [], {}
    for point, setting in entry["points"].items():
        metrics, reason = {}, ""
        try:
            began = time.perf_counter()
            data = codec.encode(truth, setting)
            encoded = time.perf_counter()
            shown[point] = codec.decode(data, truth)
            times = {"encode_seconds": encoded - began, "decode_seconds": time.perf_counter() - encoded}
            metrics = {**times, **score.sizes(truth, len(data)), **score.score(truth, shown[point])}
        except UserError as error:
            reason = str(error)
        records.append(
            record.make(
                area="compression",
                dataset=wildcards.dataset,
                regime=point,
                method=wildcards.codec,
                seed=0,
                status="skipped" if reason else "ok",
                reason=reason,
                metrics=metrics,
                provenance={
                    "code": snakemake.params.code,
                    "device": "cpu",
                    **provenance.environment("pillow", "imagecodecs", "imageio-ffmpeg"),
                },
            )
        )
        job.say(f"{point} ({setting}): {reason or 'ok'}")
    io.save_dataset(field.stacked(shown), snakemake.output.decoded)
    files.save_text(record.dumps(records), snakemake.output.records)
