"""Hinode's slit: counts, bit shift, the core's place, the noise."""

import numpy as np
import pytest
from fieldbench.datasets import _hinode, hinode_slit
from fieldbench.errors import UserError


def load(folder, line="fe-i-6302", **params):
    return hinode_slit.load(line=line, data_root=folder, download=False, **params)


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (0, [65535, -2, -3, -4]),
        (1, [131070, -2, -3, -4]),
        (2, [131070, -2, -3, -8]),
        (3, [131070, -4, -6, -8]),
    ],
)
def test_the_bit_shift_doubles_i_then_v_then_q_and_u(shift, expected):
    counts = np.array([-1, -2, -3, -4], dtype=np.int16).reshape(4, 1)
    np.testing.assert_array_equal(_hinode.unshifted(counts, shift).ravel(), expected)


def test_intensity_within_the_signed_range_is_left_alone():
    counts = np.array([[0, 32767], [5, 5], [5, 5], [5, 5]], dtype=np.int16)
    np.testing.assert_array_equal(_hinode.unshifted(counts, 0)[0], [0, 32767])


def test_the_core_of_a_parabola_is_its_vertex():
    offsets = np.linspace(-0.2, 0.2, 20)
    assert _hinode.core(offsets, 0.3 + (offsets - 0.0137) ** 2) == pytest.approx(0.0137)


@pytest.mark.parametrize("line", ["mg-i-5173", "fe-i-6173"])
def test_lines_outside_the_spectrum_are_refused(line):
    with pytest.raises(UserError, match="set `line` to fe-i-6301 or fe-i-6302"):
        load(None, line)


def test_the_real_slit(real_data):
    data = load(real_data)
    assert data.sizes == {"y": 1024, "x": 1, "stokes": 4, "wavelength": 37}
    intensity = data.stokes_profiles.sel(stokes="I").mean(("y", "x"))
    assert (
        abs(float(intensity.wavelength[intensity.values.argmin()])) < 0.011
    )  # half a step: the core is at 0
    assert float(intensity.max()) == pytest.approx(0.99, abs=0.01)
    np.testing.assert_allclose(data.noise[1:], 2.8e-4, rtol=0.1)
    assert "Bit shift 1 undone" in data.attrs["notes"]


def test_the_two_lines_are_different_windows_of_one_spectrum(real_data):
    first, second = load(real_data, "fe-i-6301"), load(real_data, "fe-i-6302")
    assert float(first.stokes_profiles[..., 0, :].mean(("y", "x")).min()) < 0.33
    assert 0.36 < float(second.stokes_profiles[..., 0, :].mean(("y", "x")).min()) < 0.40


def test_without_undoing_the_shift_polarisation_doubles(real_data):
    shifted, plain = load(real_data), load(real_data, undo_bit_shift=False)
    np.testing.assert_allclose(
        plain.stokes_profiles[:, :, 3], 2 * shifted.stokes_profiles[:, :, 3], rtol=1e-5
    )
    np.testing.assert_allclose(plain.stokes_profiles[:, :, 0], shifted.stokes_profiles[:, :, 0], rtol=1e-5)


def test_a_window_that_holds_both_lines_is_refused(real_data):
    with pytest.raises(UserError, match=r"`half_width` is 0.6"):
        load(real_data, half_width=0.6)
