"""What every data set and codec that the configuration of compression names must be."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from fieldbench import config as configuration
from fieldbench import io, registry
from fieldbench.compression import codec, field
from fieldbench.compression.configuration import codec_at
from fieldbench.datasets import availability, image_synthetic
from fieldbench.errors import UserError

from tests.conftest import ROOT

CONFIG = yaml.safe_load((ROOT / "config" / "catalogue" / "compression.yaml").read_text(encoding="utf-8"))
CONFIG |= {"data_root": os.environ.get("FIELDBENCH_DATA_ROOT"), "download": False}
AREA = CONFIG["compression"]
POINTS = [(name, point) for name, entry in AREA["codecs"].items() for point in entry["points"]]
LARGEST_TABLE = 16  # log2 of the rows that a test has memory for
CPU = torch.device("cpu")


def picture():
    return field.from_dataset(image_synthetic.load(shape=(24, 32), seed=1))


def variable():
    """A smooth quantity with a unit, part of it unknown."""
    one = picture()
    known = np.ones(one.shape, bool)
    known[:5, :7] = False
    values = 20 * one.values[:1] - 3
    return replace(
        one, values=values, known=known, kind="variable", units="degC", peak=20.0, levels=0, channels=("t",)
    )


@pytest.mark.parametrize("name", CONFIG["datasets"])
def test_a_data_set_is_a_field_and_survives_its_file(name, tmp_path):
    source = configuration.dataset_source(CONFIG, name)
    if reason := availability.unavailable(**source):
        pytest.skip(reason)
    if (source.get("crop") and np.prod(np.diff(source["crop"])[::2]) > 1e6) or name == "relief":
        pytest.skip("too large for a test")
    data = registry.build("datasets", source.pop("type_name"), **source)
    for key in ("title", "source", "licence"):
        assert isinstance(data.attrs[key], str) and data.attrs[key], key
    io.save_dataset(data, tmp_path / "data.nc")
    first, back = field.from_dataset(data), field.from_dataset(io.open_dataset(tmp_path / "data.nc"))
    np.testing.assert_array_equal(first.values, back.values)
    assert first.peak > 0 and (first.kind, first.units, first.channels) == (
        back.kind,
        back.units,
        back.channels,
    )
    if first.levels:
        assert first.values.min() >= 0 and first.values.max() <= 1


@pytest.mark.parametrize("name, point", POINTS)
def test_a_learned_codec_can_be_built_at_every_point(name, point):
    assert codec.build(codec_at(AREA, name, point), variable())


@pytest.mark.parametrize("name", AREA["codecs"])
def test_what_a_learned_codec_writes_is_what_it_measured(name):
    entry = codec_at(AREA, name, next(iter(AREA["codecs"][name]["points"])))
    if entry.get("table_size", 0) > LARGEST_TABLE:
        pytest.skip("its tables are too large for a test")
    truth = variable() if "max_error_share" in entry else picture()
    encoded = codec.build({**entry, "steps": 3}, truth).encode(truth, seed=0, device=CPU)
    decoded = codec.decode(encoded.data)
    assert decoded.values.shape == truth.values.shape and np.isfinite(decoded.values).all()
    assert np.array_equal(decoded.known, truth.known) and decoded.units == truth.units
    parts = [
        encoded.measures.get(f"{part}_bytes", 0)
        for part in ("header", "latents", "networks", "mask", "correction")
    ]
    assert sum(parts) == len(encoded.data)
    if "max_error_share" in entry:
        error = np.abs(decoded.values - truth.values)[:, truth.known].max()
        assert error <= entry["max_error_share"] * truth.peak


@pytest.mark.parametrize("name", AREA["standard"])
def test_a_standard_codec_gives_the_field_back(name):
    entry = AREA["standard"][name]
    standard = registry.build("compression/standard", entry["type"], **entry.get("with", {}))
    truth = variable() if max(entry["points"].values()) < 1 else picture()  # shares of the peak are bounds
    sizes = []
    for setting in entry["points"].values():
        try:
            data = standard.encode(truth, setting)
        except UserError as error:
            if "needs the package" not in str(error):
                raise
            pytest.skip(str(error))
        decoded = standard.decode(data, truth)
        assert decoded.values.shape == truth.values.shape
        sizes.append(len(data))
    assert sizes == sorted(sizes), "points go from small files to large ones"
