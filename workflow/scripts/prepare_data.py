"""Load one data set and write it in the common form; one that cannot be used becomes a file that says why.

A download that failed is noted for the next run.
"""

from fieldbench import files, io, registry
from fieldbench.datasets import availability, contents
from fieldbench.datasets._files import DownloadFailed
from fieldbench.errors import UserError
from fieldbench.execution import step

with step.running(snakemake) as job:
    entry, target = snakemake.params.entry, snakemake.output[0]
    data_root, download = snakemake.config["data_root"], snakemake.config["download"]
    contents.note(entry, data_root, target)
    try:
        dataset = registry.build(
            "datasets",
            entry["type"],
            **entry.get("with", {}),
            data_root=data_root,
            download=download,
        )
    except DownloadFailed as error:
        files.save_text(str(error), availability.note_of_failed_download(target))
        raise
    except UserError as error:
        job.fail(str(error))
        io.save_unusable(str(error), target)
    else:
        job.say(dataset.attrs["notes"])
        io.save_dataset(dataset, target)
