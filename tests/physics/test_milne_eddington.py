"""The Milne-Eddington model: analytic limits, symmetries, and a direct solution of the transfer equation."""

import numpy as np
import pytest
from fieldbench.physics import milne_eddington
from fieldbench.physics.lines import LINES, line
from fieldbench.physics.milne_eddington import stokes
from scipy.special import voigt_profile, wofz

FE = line("fe-i-6173")
MG = line("mg-i-5173")
OFFSETS = np.linspace(-0.4, 0.4, 81)
ATMOSPHERE = {
    "doppler_width": 0.03,
    "damping": 0.2,
    "line_to_continuum": 10.0,
    "source_constant": 0.3,
    "source_gradient": 0.7,
}


def profile(which, offsets=OFFSETS, strength=1500.0, inclination=50.0, azimuth=20.0, **changes):
    field = {"strength": strength, "inclination": inclination, "azimuth": azimuth}
    return stokes(offsets, which, **field, **(ATMOSPHERE | changes))


def test_without_field_the_intensity_is_analytic_and_unpolarised():
    found = profile(MG, strength=0.0)
    voigt = voigt_profile(OFFSETS / 0.03, np.sqrt(0.5), 0.2) * np.sqrt(np.pi)
    np.testing.assert_allclose(found[0], 0.3 + 0.7 / (1 + 10 * voigt), rtol=1e-12)
    np.testing.assert_allclose(found[1:], 0, atol=1e-15)


def test_triplet_equals_a_direct_solution_of_the_transfer_equation():
    found = profile(FE)
    gamma, chi = np.radians([50.0, 20.0])
    shift = FE.shift_per_gauss * 2.5 * 1500.0
    pi, blue, red = (10 / 2 * wofz((OFFSETS - move) / 0.03 + 0.2j) for move in (0, -shift, shift))
    linear = (pi - (blue + red) / 2) * np.sin(gamma) ** 2
    i = 1 + (pi * np.sin(gamma) ** 2 + (blue + red) / 2 * (1 + np.cos(gamma) ** 2)).real
    q, u, v = linear * np.cos(2 * chi), linear * np.sin(2 * chi), (red - blue) * np.cos(gamma)
    for index in range(OFFSETS.size):
        eta_q, eta_u, eta_v, rho_q, rho_u, rho_v = (
            part(k[index]) for part in (np.real, np.imag) for k in (q, u, v)
        )
        matrix = i[index] * np.eye(4) + [
            [0, eta_q, eta_u, eta_v],
            [eta_q, 0, rho_v, -rho_u],
            [eta_u, -rho_v, 0, rho_q],
            [eta_v, rho_u, -rho_q, 0],
        ]
        expected = 0.3 * np.eye(4)[0] + 0.7 * np.linalg.solve(matrix, np.eye(4)[0])
        np.testing.assert_allclose(found[:, index], expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("key", list(LINES))
def test_weak_field_limit_of_v(key):
    which, step = line(key), 2e-5
    ratios = []
    for strength in (10.0, 1.0):
        around = profile(which, np.r_[OFFSETS - step, OFFSETS + step], strength=strength)[0].reshape(2, -1)
        slope = (around[1] - around[0]) / (2 * step)
        expected = -which.shift_per_gauss * which.effective_lande * strength * np.cos(np.radians(50)) * slope
        far = np.abs(OFFSETS) > 0.005
        ratios.append(np.abs(profile(which, strength=strength)[3][far] / expected[far] - 1).max())
    assert ratios[1] < 1e-5 and ratios[1] < ratios[0] / 50  # second order in B


@pytest.mark.parametrize("key", list(LINES))
@pytest.mark.parametrize(("azimuth", "parameter"), [(0.0, 1), (45.0, 2)])
def test_core_formula_holds_at_the_line_centre(key, azimuth, parameter):
    which, step, strength = line(key), 1e-3, 1.0
    found = profile(which, np.array([-step, 0.0, step]), strength=strength, inclination=90.0, azimuth=azimuth)
    bend = (found[0, 0] - 2 * found[0, 1] + found[0, 2]) / step**2
    expected = -0.25 * which.shift_per_gauss**2 * which.transverse_lande * strength**2 * bend
    assert found[parameter, 1] == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("key", list(LINES))
def test_wing_formula_holds_far_from_the_line_centre(key):
    which, step, strength = line(key), 1e-3, 50.0
    for centre in (-3.0, 3.0):
        found = profile(
            which, centre + np.array([-step, 0.0, step]), strength=strength, inclination=90.0, azimuth=0.0
        )
        slope = (found[0, 2] - found[0, 0]) / (2 * step)
        expected = 0.75 * which.shift_per_gauss**2 * which.transverse_lande * strength**2 * slope / centre
        assert found[1, 1] == pytest.approx(expected, rel=2e-3)


def test_opposite_polarity_flips_v():
    # at azimuth 0, U is magneto-optical alone and flips as well
    up, down = (profile(FE, inclination=angle, azimuth=0.0) for angle in (50.0, 130.0))
    np.testing.assert_allclose(down[[2, 3]], -up[[2, 3]], atol=1e-14)
    np.testing.assert_allclose(down[[0, 1]], up[[0, 1]], atol=1e-14)


def test_turning_the_azimuth_by_90_degrees_flips_q_and_u():
    first, turned = (profile(MG, azimuth=angle) for angle in (20.0, 110.0))
    np.testing.assert_allclose(turned[[1, 2]], -first[[1, 2]], atol=1e-14)
    np.testing.assert_allclose(turned[[0, 3]], first[[0, 3]], atol=1e-14)


def test_the_azimuth_is_ambiguous_by_180_degrees():
    np.testing.assert_allclose(profile(MG, azimuth=200.0), profile(MG, azimuth=20.0), atol=1e-14)


def test_strong_longitudinal_field_splits_fe_6173_by_its_zeeman_shift():
    offsets = np.linspace(-0.5, 0.5, 4001)
    found = profile(
        FE, offsets, strength=4000.0, inclination=0.0, doppler_width=0.02, damping=0.01, line_to_continuum=1
    )
    expected = 4.67e-13 * 6173.334**2 * 2.5 * 4000.0
    assert offsets[found[3].argmax()] == pytest.approx(-expected, abs=5e-4)
    assert offsets[found[3].argmin()] == pytest.approx(expected, abs=5e-4)


def test_intensity_exceeds_the_polarised_part():
    rng = np.random.default_rng(1)
    angles = {"inclination": rng.uniform(0, 180, 200), "azimuth": rng.uniform(0, 180, 200)}
    found = profile(MG, strength=rng.uniform(0, 4000, 200), **angles, damping=rng.uniform(0.01, 1, 200))
    assert (found[:, 0] ** 2 >= (found[:, 1:] ** 2).sum(1)).all()


def test_velocity_moves_the_line_to_the_red():
    shift = FE.wavelength * 2.0 / 299792.458
    np.testing.assert_allclose(profile(FE, velocity=2.0), profile(FE, OFFSETS - shift), atol=1e-14)


def test_pixels_broadcast_and_chunks_do_not_matter(monkeypatch):
    strengths, inclinations = np.array([[500.0], [1500.0], [2500.0]]), np.array([30.0, 120.0])
    monkeypatch.setattr(milne_eddington, "POINTS_AT_ONCE", 2 * OFFSETS.size)
    found = profile(MG, strength=strengths, inclination=inclinations)
    assert found.shape == (3, 2, 4, OFFSETS.size)
    for (row, column), _ in np.ndenumerate(found[..., 0, 0]):
        alone = profile(MG, strength=strengths[row, 0], inclination=inclinations[column])
        np.testing.assert_allclose(found[row, column], alone, atol=1e-15)
