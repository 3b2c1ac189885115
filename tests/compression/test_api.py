"""Arrays from Python: what is decoded is what was given, within the bound."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fieldbench import cli, registry
from fieldbench.compression import api, container, field, integers
from fieldbench.compression.search import ALL, OWN, Search
from fieldbench.errors import UserError
from PIL import Image


def temperature():
    values = np.linspace(270, 290, 4 * 6 * 10, dtype="f4").reshape(4, 6, 10)
    values[0, 2:4] = np.nan
    days = np.array(["2000-01-01", "2000-01-02", "2000-01-04", "2000-01-05T12"], "M8[ns]")
    coordinates = {
        "time": days,
        "lat": np.arange(6.0),
        "lon": np.arange(10),
        "town": ("lon", list("abcdefghij")),
        "height": 2.0,
        "area": (("lat", "lon"), np.full((6, 10), 4.5)),
    }
    attributes = {"units": "K", "codes": [1, 2, 3], "long_name": "temperature"}
    return xr.DataArray(values, coordinates, ("time", "lat", "lon"), "t2m", attributes)


def test_an_array_comes_back_with_all_that_belongs_to_it():
    before = temperature()
    after = api.decode(api.encode(before, max_error=0.1))
    assert after.dtype == np.float32 and after.dims == before.dims and after.name == "t2m"
    xr.testing.assert_identical(after.coords.to_dataset(), before.coords.to_dataset())
    assert after.attrs["units"] == "K" and list(after.attrs["codes"]) == [1, 2, 3]
    assert np.array_equal(after.isnull(), before.isnull())
    assert 0 < float(np.abs(after.astype(float) - before).max()) <= 0.1


@pytest.mark.parametrize("name", [None, "x"])
def test_no_error_gives_the_array_itself(name):
    before = xr.DataArray(np.arange(20).reshape(4, 5) * 3 - 7, dims=("a", "b"), name=name)
    xr.testing.assert_identical(api.decode(api.encode(before, max_error=0)), before)


def test_packing_of_the_file_that_an_array_came_from_is_forgotten():
    before = temperature()
    before.encoding = {"dtype": "int16", "scale_factor": 10.0, "_FillValue": -1}
    assert float(np.abs(api.decode(api.encode(before, max_error=0.01)) - before).max()) <= 0.01


@pytest.mark.parametrize("dtype", ["f2", ">f4", "f8", "i1", "u2", "i8", "u8"])
def test_numpy_arrays_of_every_type(dtype):
    before = (np.random.default_rng(0).random((2, 3, 5, 6)) * 100).astype(dtype)
    after = api.decode(api.encode(before, max_error=0.75))
    assert after.dtype == before.dtype and after.shape == before.shape
    assert np.abs(after.values.astype(float) - before).max() <= 0.75


def test_what_each_coder_took_is_told():
    search = Search(OWN)
    api.encode(temperature(), max_error=0.1, search=search)
    assert search.sizes.keys() == set(OWN) and len(search.chosen) == 1


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (np.array([1j, 2j]), "complex128"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        (np.full((2, 2), np.nan), "no known value"),
        (xr.DataArray(np.array(["a", "b"])), "give real or whole numbers"),
        (xr.DataArray(5.0), "a single value"),
        (xr.DataArray([1.0, 2.0], attrs={"a": {}}), "NetCDF cannot hold"),
    ],
)
def test_what_cannot_be_encoded_is_a_sentence(array, complaint):
    with pytest.raises(UserError, match=complaint):
        api.encode(array, max_error=1)


def test_a_negative_error_and_a_damaged_file_are_refused():
    with pytest.raises(UserError, match="must not be negative"):
        api.encode(np.arange(4.0), max_error=-1)
    data = api.encode(np.arange(4.0), max_error=0)
    with pytest.raises(UserError, match="is cut short"):
        api.decode(data[:-1])


def test_a_picture_is_no_array(tmp_path):
    Image.fromarray(np.zeros((8, 9, 3), np.uint8)).save(tmp_path / "in.png")
    assert cli.main(["encode", str(tmp_path / "in.png"), str(tmp_path / "x.fbc"), "--max-error", "0"]) == 0
    with pytest.raises(UserError, match="holds no single array"):
        api.decode((tmp_path / "x.fbc").read_bytes())


SMALL = """
import sys, hashlib
import numpy as np
from fieldbench.compression.api import decode, encode
y, x = np.mgrid[:60, :70]
data = encode(np.sin(y / 9) + np.cos(x * y / 400), max_error=0.01)
digest = hashlib.sha256(data + decode(data).values.tobytes()).hexdigest()
"""


def test_bits_do_not_depend_on_threads_or_kernels_and_torch_is_not_loaded():
    here: dict = {}
    exec(SMALL, here)
    own = {"PYTHONPATH": str(Path(api.__file__).parents[2])}
    other = {"OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Prescott"}
    command = [sys.executable, "-c", SMALL + "print(digest, 'torch' in sys.modules)"]
    said = subprocess.run(
        command, env={**os.environ, **own, **other}, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == [here["digest"], "False"]


RIVALS = (
    *(
        ("sz3", {}),
        ("sperr", {}),
        ("zfp", {}),
        ("rounded", {"coder": "jpegls"}),
        ("rounded", {"coder": "pcodec"}),
    ),
    *(("coded", {"coder": name}) for name in ALL),
)


def test_the_smallest_of_all_is_at_most_the_best_standard_codec():
    """At a small size; bench/bounded.py has the table of whole fields."""
    y, x = np.mgrid[:48, :56]
    noise = np.random.default_rng(1).normal(0, 1, (48, 56))
    smallest = registry.build("compression/standard", "coded", coder="smallest")
    for share in (1e-2, 1e-3):
        for values in (20 * np.sin(y / 9 + x / 17), 20 * np.cos(x / 6) + noise):
            values = np.where((y - 20) ** 2 + (x - 9) ** 2 < 30, np.nan, values).astype("f4")
            peak = float(np.nanmax(values) - np.nanmin(values))
            truth = field.make(values[None], kind="variable", units="K", peak=peak, levels=0, channels=("t",))
            size = len(smallest.encode(truth, share))
            for name, options in RIVALS:
                rival = registry.build("compression/standard", name, **options)
                assert size <= len(rival.encode(truth, share)), (name, options, share)


def test_the_file_says_how_it_was_made():
    header, sections = container.unpack(api.encode(np.arange(30.0).reshape(5, 6), max_error=0.1))
    assert header["codec"] == "plain" and list(sections) == ["correction0"]
    assert set(ALL) == set(integers.CODERS)
