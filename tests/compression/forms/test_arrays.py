"""NumPy arrays."""

import numpy as np
import pytest
from fieldbench.compression import formats
from fieldbench.errors import UserError

from tests.compression.forms.round_trip import round_trip


@pytest.mark.parametrize("dtype", [">f4", "<f2", ">i8", "u8", "f8"])
def test_type_and_order_of_bytes_come_back(tmp_path, dtype):
    array = (np.arange(60).reshape(3, 4, 5) * 1000).astype(dtype)
    np.save(tmp_path / "in.npy", array)
    round_trip(tmp_path / "in.npy", tmp_path / "out.npy", "--max-error", 2.5)
    found = np.load(tmp_path / "out.npy")
    assert found.dtype == array.dtype and np.abs(found.astype("f8") - array.astype("f8")).max() <= 2.5


def test_missing_values_come_back_as_they_were(tmp_path):
    array = np.arange(48.0).reshape(6, 8)
    array[0, :3] = np.nan, np.inf, -np.inf
    np.save(tmp_path / "in.npy", array)
    round_trip(tmp_path / "in.npy", tmp_path / "out.npy", "--max-error", 0.1)
    assert np.load(tmp_path / "out.npy")[0, :3].tobytes() == array[0, :3].tobytes()


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 2), complex), np.zeros((2, 2), bool), np.zeros((0, 3)), np.zeros((1,) * 5), np.float64(1)],
)
def test_other_arrays_are_refused_by_what_they_are(tmp_path, array):
    np.save(tmp_path / "in.npy", array)
    with pytest.raises(UserError, match="give 1 to 4 dimensions of real numbers"):
        formats.read(tmp_path / "in.npy")


def test_a_header_that_promises_more_than_the_limit_or_the_file_is_refused(tmp_path):
    np.save(tmp_path / "in.npy", np.zeros((10, 10)))
    whole = (tmp_path / "in.npy").read_bytes()
    (tmp_path / "in.npy").write_bytes(whole.replace(b"(10, 10), }    ", b"(10, 999999), }"))
    with pytest.raises(UserError, match="is damaged"):
        formats.read(tmp_path / "in.npy")
    (tmp_path / "in.npy").write_bytes(whole.replace(b"(10, 10), }       ", b"(9999, 9999999), }"))
    with pytest.raises(UserError, match="holds 99,989,990,001 values, and the limit is"):
        formats.read(tmp_path / "in.npy")
