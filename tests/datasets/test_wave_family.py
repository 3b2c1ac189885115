"""The six families of waves: their definitions, ranges and variances, and splits that share nothing."""

import numpy as np
import pytest
from fieldbench.datasets import _waves, wave_family
from fieldbench.errors import UserError

RANGES = {  # of (z + 1) / 2, by the largest amplitudes of z
    "simple": (0, 1),
    "multi-frequency": (0, 1),
    "radial": (0, 1),
    "interference": (-0.5, 1.5),
    "modulated": (-0.5, 1.5),
    "composite": (0, 1),
}
AMPLITUDE = (1 - 0.3**3) / 3 / 0.7  # mean square of a uniform variable in [0.3, 1]
DEPTH = (1 - 0.5**3) / 3 / 0.5  # the same in [0.5, 1]
VARIANCES = {  # of z / 2; multi-frequency: n waves of a / n each, n = 2 or 3
    "simple": 1 / 8,
    "multi-frequency": AMPLITUDE / 8 * (1 / 2 + 1 / 3) / 2,
    "radial": 1 / 8,
    "interference": 1 / 4,
    "modulated": (1 / 8 + (1 + DEPTH / 2) / 8) / 2,
    "composite": (0.4**2 + 0.3**2 + 0.3**2) / 8,
}


def load(family="simple", **params):
    return wave_family.load(
        family=family, **{"train": 40, "validation": 20, "test": 30, "resolution": 16} | params
    )


def value(family, y, x, **parameters):
    """One field at one point."""
    arrays = {name: np.asarray(one)[None] for name, one in parameters.items()}
    return _waves.evaluate(family, arrays, np.array([y]), np.array([x]))[0, 0]


@pytest.mark.parametrize("family", _waves.FAMILIES)
def test_ranges_and_variances_are_those_of_the_definitions(family):
    fields = load(family, test=3000).test.values
    low, high = RANGES[family]
    assert low - 1e-6 <= fields.min() and fields.max() <= high + 1e-6
    assert fields.var() == pytest.approx(VARIANCES[family], rel=0.05)


def test_plane_waves_by_hand():
    """At x = 1/4 and y = 1/2, kx x + ky y is 2 pi / 4 + pi: a sine of -1."""
    assert value("simple", 0.5, 0.25, wave=[1.0, 1.0], phase=0.0) == pytest.approx(0)
    assert value("simple", 0.0, 0.25, wave=[3.0, 1.0], phase=0.0) == pytest.approx(1)
    two = {"wave": [[1.0, 1.0], [0.0, 2.0]], "phase": [0.0, np.pi / 2], "amplitude": [1.0, 0.5]}
    assert value("interference", 0.0, 0.25, **two) == pytest.approx((1 + (1 - 0.5)) / 2)


def test_radial_and_composite_by_hand():
    """The centre has radius 0; the middle of the right edge has radius pi and angle 0, that of the upper edge 90 degrees."""
    assert value("radial", 0.5, 0.5, wave=3.0, phase=np.pi / 2) == pytest.approx(1)
    assert value("radial", 0.5, 1.0, wave=2.5, phase=0.0) == pytest.approx(1)
    parts = {"radial": 2.5, "angular": 3, "wave": [0.0, 0.0]}
    assert value("composite", 0.5, 1.0, **parts) == pytest.approx((1 + 0.4) / 2)
    assert value("composite", 1.0, 0.5, **parts) == pytest.approx((1 + 0.4 - 0.3) / 2)


def test_modulation_by_hand():
    """At x = 1/4: the carrier 1 and modulator 1 are sines of 1; FM with depth pi/2 turns sin(pi/2 + pi/2) to 0."""
    waves = {"carrier": [0.0, 1.0], "modulator": [0.0, 1.0]}
    assert value("modulated", 0, 0.25, **waves, depth=0.5, frequency_modulated=False) == pytest.approx(1.25)
    assert value("modulated", 0, 0.25, **waves, depth=np.pi / 2, frequency_modulated=True) == pytest.approx(
        0.5
    )


def test_a_frequency_modulated_carrier_ignores_what_only_amplitude_modulation_has():
    waves = {"modulator": [0.7, 1.0], "depth": 1.0, "frequency_modulated": True}
    first = value("modulated", 0.3, 0.4, carrier=[3.0, 4.0], **waves)
    assert first == value("modulated", 0.3, 0.4, carrier=[5.0, 4.0], **waves)
    assert first == value("modulated", 0.3, 0.4, carrier=[3.0, 4.0], **waves | {"modulator": [1.9, 1.0]})


def test_the_grid_reaches_the_edges_row_after_row():
    data = load(resolution=3)
    np.testing.assert_array_equal(data.position[:4], [[0, 0], [0, 0.5], [0, 1], [0.5, 0]])
    np.testing.assert_array_equal(data.row, np.repeat([0, 1, 2], 3))
    assert (data.weight == 1).all() and data.attrs["peak"] == 1 and data.attrs["drawn_over"] == "field"
    assert data.train.dtype == np.float32


def test_splits_are_disjoint_and_independent_of_one_anothers_size():
    data = load()
    fields = np.concatenate([data[name].values for name in ("train", "validation", "test")])
    assert len(np.unique(fields.round(5), axis=0)) == len(fields) == 90
    np.testing.assert_array_equal(load(train=7).test, data.test)
    assert not np.array_equal(load(seed=1).test, data.test)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"family": "spiral"}, "Unknown `family` 'spiral' of wave_family; known: simple, multi-frequency"),
        ({"resolution": 1}, "`resolution` 1"),
        ({"test": 0}, "at least one test field"),
        ({"train": -1}, "no negative number"),
    ],
)
def test_what_makes_no_data_is_refused(params, message):
    with pytest.raises(UserError, match=message):
        load(**params)
