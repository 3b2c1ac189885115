"""Load one data set and write it in the common form."""

from fieldbench import io, registry
from fieldbench.config import dataset_parameters
from fieldbench.errors import logged_step

with logged_step(snakemake.log[0]) as log:
    entry = snakemake.params.entry
    dataset = registry.build(
        "datasets",
        entry["type"],
        **dataset_parameters(entry),
        data_root=snakemake.params.data_root,
        download=snakemake.params.download,
    )
    log(dataset.attrs["notes"])
    io.save_dataset(dataset, snakemake.output[0])
