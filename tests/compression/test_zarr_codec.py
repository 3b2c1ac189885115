"""Chunks of Zarr arrays, where numcodecs and Zarr are installed."""

import numpy as np
import pytest

numcodecs = pytest.importorskip("numcodecs")
zarr_codec = pytest.importorskip("fieldbench.compression.zarr_codec")


def field():
    y, x = np.mgrid[:40, :60]
    return np.sin(y / 9 + x / 17).astype("f4")


def test_a_chunk_comes_back_within_the_bound_and_the_codec_from_its_configuration():
    codec = zarr_codec.FieldCodec(max_error=0.01)
    data = codec.encode(field())
    assert len(data) < field().nbytes / 20
    assert np.abs(codec.decode(data) - field()).max() <= 0.01
    out = np.zeros((40, 60), "f4")
    numcodecs.get_codec(codec.get_config()).decode(data, out)
    assert np.abs(out - field()).max() <= 0.01


def test_a_zarr_array_of_such_chunks(tmp_path):
    zarr = pytest.importorskip("zarr")
    how = {"shape": (40, 60), "chunks": (20, 30), "dtype": "f4", "zarr_format": 2}
    array = zarr.create_array(tmp_path / "x.zarr", compressors=zarr_codec.FieldCodec(max_error=0.01), **how)
    array[:] = field()
    again = zarr.open_array(tmp_path / "x.zarr", mode="r")
    assert np.abs(again[:] - field()).max() <= 0.01
