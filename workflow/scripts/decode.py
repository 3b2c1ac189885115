"""Read the files that one learned codec wrote of one field, in a process that knows nothing else, and score them."""

import time
from pathlib import Path

from fieldbench import files, io, record
from fieldbench.compression import codec, field, score
from fieldbench.execution import step

with step.running(snakemake) as job:
    truth = field.from_dataset(io.open_dataset(snakemake.input.data))
    records, shown = [], {}
    for coded, record_file in zip(snakemake.input.coded, snakemake.input.records, strict=True):
        (result,) = record.read(record_file)
        if result["status"] == "ok":
            began = time.perf_counter()
            data = Path(coded).read_bytes()
            found = codec.decode(data, coded)
            result["metrics"]["decode_seconds"] = time.perf_counter() - began
            result["metrics"].update(score.sizes(truth, len(data)), **score.score(truth, found))
            shown.setdefault(result["regime"], found)
        records.append(record.make(**result))
        job.say(f"{result['regime']} seed {result['seed']}: {records[-1]['status']} {records[-1]['reason']}")
    io.save_dataset(field.stacked(shown), snakemake.output.decoded)
    files.save_text(record.dumps(records), snakemake.output.records)
