"""Load one data set and write it in the common form; one that cannot be used becomes a file that says why.

A download that failed is noted for the next run.
"""

from fieldbench import files, io, registry
from fieldbench.datasets import availability
from fieldbench.datasets._files import DownloadFailed
from fieldbench.errors import UserError
from fieldbench.execution import step

with step.running(snakemake) as job:
    entry = snakemake.params.entry
    try:
        dataset = registry.build(
            "datasets",
            entry["type"],
            **entry.get("with", {}),
            data_root=snakemake.params.data_root,
            download=snakemake.params.download,
        )
    except DownloadFailed as error:
        files.save_text(str(error), availability.note_of_failed_download(snakemake.output[0]))
        raise
    except UserError as error:
        job.fail(str(error))
        io.save_unusable(f"{error} (Delete {snakemake.output[0]} to try again.)", snakemake.output[0])
    else:
        job.say(dataset.attrs["notes"])
        io.save_dataset(dataset, snakemake.output[0])
