"""The centre-of-gravity field where the weak-field approximation has long failed."""

import numpy as np
import pytest
from fieldbench.physics.centre_of_gravity import line_of_sight_field
from fieldbench.physics.lines import line
from fieldbench.physics.milne_eddington import stokes
from fieldbench.physics.weak_field import response

FE = line("fe-i-6173")
OFFSETS = np.linspace(-0.8, 0.8, 161)


def profiles(strength, inclination):
    return stokes(
        OFFSETS, FE, strength=strength, inclination=inclination, azimuth=0.0, velocity=0.5,
        doppler_width=0.03, damping=0.01, line_to_continuum=5.0, source_constant=0.3, source_gradient=0.7,
    )  # fmt: skip


@pytest.mark.parametrize("strength", [-3000.0, -500.0, 500.0, 3000.0])
def test_holds_in_weak_and_strong_longitudinal_fields(strength):
    found = profiles(abs(strength), 0.0 if strength > 0 else 180.0)
    assert line_of_sight_field(found[0], found[3], OFFSETS, FE) == pytest.approx(strength, rel=5e-3)


def test_does_not_collapse_where_the_weak_field_fit_does():
    found = profiles(3000.0, 30.0)
    truth = 3000 * np.cos(np.radians(30))
    slope = response(found[0], OFFSETS, FE, "b_los")
    assert (found[3] * slope).sum() / (slope**2).sum() < 0.7 * truth
    assert line_of_sight_field(found[0], found[3], OFFSETS, FE) == pytest.approx(truth, rel=0.15)


def test_without_absorption_it_is_not_a_number():
    flat = np.ones((2, OFFSETS.size))
    assert np.isnan(line_of_sight_field(flat, 0 * flat, OFFSETS, FE)).all()
