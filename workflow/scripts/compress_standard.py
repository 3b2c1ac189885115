"""Write one field by a codec that is not trained at all its settings, read it again, and score it."""

from fieldbench import files, io, provenance, record, registry
from fieldbench.compression import field, score
from fieldbench.errors import UserError
from fieldbench.execution import step

with step.running(snakemake) as job:
    wildcards, entry = snakemake.wildcards, snakemake.params.entry
    codec = registry.build("compression/standard", entry["type"], **entry["with"])
    truth = field.from_dataset(io.open_dataset(snakemake.input[0]))
    versions = provenance.environment("pillow", "imagecodecs", "imageio-ffmpeg")
    records, shown = [], {}
    for point, setting in entry["points"].items():
        metrics, reason = {}, ""
        try:
            shown[point], metrics = score.there_and_back(codec, truth, setting)
        except UserError as error:
            reason = str(error)
        made = record.make(
            area="compression",
            dataset=wildcards.dataset,
            regime=point,
            method=wildcards.codec,
            seed=0,
            deterministic=True,
            status="skipped" if reason else "ok",
            reason=reason,
            metrics=metrics,
            provenance={"code": snakemake.params.code, "device": "cpu", **versions},
        )
        records.append(made)
        job.say(f"{point} ({setting}): {reason or 'ok'}")
    io.save_dataset(field.stacked(shown), snakemake.output.decoded)
    files.save_text(record.dumps(records), snakemake.output.records)
