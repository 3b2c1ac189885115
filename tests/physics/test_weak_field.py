"""The weak-field problem: against profiles made with its own formulas, and against numpy's least squares."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.errors import UserError
from fieldbench.physics import weak_field
from fieldbench.physics.lines import line
from fieldbench.physics.milne_eddington import stokes
from fieldbench.physics.weak_field import (
    COMPONENTS,
    azimuth,
    propagate,
    response,
    stokes_fit,
    transverse,
    weak_field_problem,
)

MG = line("mg-i-5173")
OFFSETS = np.arange(-6, 7) * 0.04
SCHEME = {
    "b_los": {"formula": "wing", "within": 2.0, "derivative": "centred"},
    "b_qu": {"formula": "wing", "beyond": 0.8, "derivative": "centred"},
}
HELD_OUT = {"fraction": 0.25, "seed": 1}
SHAPE = (6, 4)


def observation(noise=0.0, seed=0):
    """Profiles that follow the wing formulas exactly, with random fields as `truth`, plus noise."""
    rng = np.random.default_rng(seed)
    truth = np.stack([rng.normal(0, 500, SHAPE), rng.normal(0, 2e5, SHAPE), rng.normal(0, 2e5, SHAPE)])
    depth = rng.uniform(0.3, 0.6, SHAPE)[..., None]
    intensity = 1 - depth * np.exp(-((OFFSETS / 0.1) ** 2))
    fields = zip(("b_q", "b_u", "b_los"), truth[[1, 2, 0]], strict=True)
    polarised = [response(intensity, OFFSETS, MG, name) * values[..., None] for name, values in fields]
    profiles = np.stack([intensity, *polarised], axis=2)
    profiles[:, :, 1:] += noise * rng.normal(size=profiles[:, :, 1:].shape)
    dataset = xr.Dataset(
        {
            "stokes_profiles": (("y", "x", "stokes", "wavelength"), profiles),
            "noise": ("stokes", [1e-3, 1e-3, 2e-3, 4e-3]),
            "usable": (("y", "x"), np.ones(SHAPE, dtype=bool)),
        },
        coords={"stokes": list("IQUV"), "wavelength": OFFSETS, "y": np.arange(6), "x": np.arange(4)},
        attrs={"line": "mg-i-5173"},
    )
    return dataset, truth


def problem_of(dataset, scheme=SCHEME, held_out=HELD_OUT, largest_splitting=1.0):
    return weak_field_problem(dataset, scheme, held_out, largest_splitting)


def test_responses_are_the_formulas():
    # I = 1 - 0.5 exp(-(x / 0.1)^2): finite differences at 0.12 and 0 by hand
    intensity = 1 - 0.5 * np.exp(-((OFFSETS / 0.1) ** 2))
    slope = (intensity[10] - intensity[8]) / 0.08
    bend = (intensity[5] - 2 * intensity[6] + intensity[7]) / 0.04**2
    constant = -4.67e-13 * 5172.6843**2
    assert response(intensity, OFFSETS, MG, "b_los")[9] == pytest.approx(constant * 1.75 * slope)
    assert response(intensity, OFFSETS, MG, "b_q")[9] == pytest.approx(
        0.75 * constant**2 * 2.875 * slope / 0.12
    )
    core = response(intensity, OFFSETS, MG, "b_u", "core")
    assert core[6] == pytest.approx(-0.25 * constant**2 * 2.875 * bend)


def test_wing_response_is_zero_within_35_milliangstrom():
    offsets = np.array([-0.06, -0.036, -0.034, 0.0, 0.034, 0.036, 0.06])
    found = response(offsets**2, offsets, MG, "b_q")
    assert list(found == 0) == [False, False, True, True, True, False, False]


def test_profiles_that_follow_the_formulas_give_their_field_back():
    dataset, truth = observation()
    found = problem_of(dataset)
    np.testing.assert_allclose(found.optimum, truth, rtol=1e-9)
    np.testing.assert_allclose(found.floor, 0, atol=1e-20)


def test_closed_form_equals_least_squares():
    dataset, _ = observation(noise=1e-3)
    found = problem_of(dataset)
    wings = np.abs(OFFSETS) >= 0.8 * found.line_half_width_angstrom
    intensity, observed = (dataset.stokes_profiles.sel(stokes=name).values for name in "IU")
    slope = response(intensity, OFFSETS, MG, "b_u")
    for pixel in np.ndindex(SHAPE):
        design, target = slope[pixel][wings, None], observed[pixel][wings]
        (best,), (rest,), *_ = np.linalg.lstsq(design, target, rcond=None)
        assert found.optimum.values[2][pixel] == pytest.approx(best, rel=1e-9)
        assert found.floor.values[2][pixel] == pytest.approx(rest / wings.sum(), rel=1e-9)
        covariance = 2e-3**2 * np.linalg.inv(design.T @ design)
        assert found.sigma.values[2][pixel] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-9)


def test_misfit_is_curvature_times_squared_distance_plus_floor():
    dataset, _ = observation(noise=1e-3)
    found = problem_of(dataset).sel(component="b_los")
    trial = 123.0
    used = np.abs(OFFSETS) <= 2 * found.line_half_width_angstrom
    intensity, observed = (dataset.stokes_profiles.sel(stokes=name).values for name in "IV")
    residual = (observed - trial * response(intensity, OFFSETS, MG, "b_los"))[..., used]
    expected = (residual**2).mean(axis=-1)
    np.testing.assert_allclose(
        found.curvature * (trial - found.optimum) ** 2 + found.floor, expected, rtol=1e-9
    )


def test_sigma_is_the_spread_of_the_estimates():
    clean, truth = observation()
    pulls = []
    for seed in range(60):
        noisy, rng = clean.copy(deep=True), np.random.default_rng(seed)
        noise = rng.normal(size=clean.stokes_profiles.shape) * clean.noise.values[:, None]
        noise[:, :, 0] = 0
        noisy["stokes_profiles"] = clean.stokes_profiles + noise
        found = problem_of(noisy)
        pulls.append((found.optimum.values - truth) / found.sigma.values)
    assert np.std(pulls) == pytest.approx(1, abs=0.04)


def test_counts_and_noise_per_component():
    found = problem_of(observation()[0])
    np.testing.assert_allclose(found.noise_variance, [16e-6, 1e-6, 4e-6])
    half_width = 0.1 * np.sqrt(np.log(2))
    assert found.line_half_width_angstrom == pytest.approx(half_width, rel=0.05)
    assert list(found.wavelengths_used) == [9, 10, 10]
    assert list(found.component.values) == list(COMPONENTS)


def test_held_out_pixels_are_drawn_by_seed_over_usable_pixels():
    dataset, _ = observation()
    dataset["usable"][0] = False
    first, again, other = (
        problem_of(dataset, held_out={"fraction": 0.25, "seed": seed}) for seed in (1, 1, 2)
    )
    assert int(first.held_out.sum()) == 5 and not (first.held_out & first.training).any()
    assert ((first.held_out | first.training) == dataset.usable).all()
    assert (first.held_out == again.held_out).all() and (first.held_out != other.held_out).any()


def test_one_pixel_is_left_to_train_on():
    dataset, _ = observation()
    found = problem_of(dataset.isel(y=[0], x=[0]), held_out={"fraction": 0.9, "seed": 1})
    assert int(found.training.sum()) == 1


def test_pixels_that_are_masked_or_not_finite_are_left_out():
    dataset, truth = observation()
    dataset["usable"][1, 2] = False
    dataset["stokes_profiles"][3, 1, 2, 5] = np.nan
    found = problem_of(dataset)
    usable = (found.training | found.held_out).values
    assert list(zip(*np.nonzero(~usable), strict=True)) == [(1, 2), (3, 1)]
    assert not found.valid.values[~usable].any()
    assert (found.curvature.values[:, ~usable] == 0).all() and (found.optimum.values[:, ~usable] == 0).all()
    assert np.isnan(found.sigma.values[:, ~usable]).all()
    np.testing.assert_allclose(found.optimum.values[:, usable], truth[:, usable], rtol=1e-9)


def test_an_all_masked_cube_is_an_error():
    dataset, _ = observation()
    dataset["usable"][:] = False
    with pytest.raises(UserError, match="no usable pixel"):
        problem_of(dataset)


def test_a_formula_that_vanishes_everywhere_is_an_error():
    scheme = SCHEME | {"b_qu": {"formula": "wing", "indices": [6]}}
    with pytest.raises(UserError, match="Scheme b_qu: the wing formula is 0 at its wavelengths"):
        problem_of(observation()[0], scheme)


def test_the_documents_choice_warns():
    chosen = {"formula": "wing", "indices": [5, 6, 7]}
    found = problem_of(observation()[0], {"b_los": chosen, "b_qu": chosen})
    assert "wing formula at 3 of 3 wavelengths" in found.warnings and list(found.wavelengths_used) == [
        3,
        3,
        3,
    ]
    centred = problem_of(observation()[0]).warnings
    assert "B_los is expected to be +8 % off" in centred and "wing formula" not in centred


def test_order_of_dimensions_and_of_stokes_parameters_does_not_matter():
    dataset, _ = observation(noise=1e-3)
    turned = dataset.isel(stokes=[3, 0, 2, 1]).transpose("wavelength", "x", "stokes", "y")
    turned["usable"] = dataset.usable
    xr.testing.assert_allclose(problem_of(dataset), problem_of(turned))


def milne_eddington(key, strength, inclination):
    """A row of pixels that differ in field strength (G), by the Milne-Eddington model."""
    offsets = np.arange(-36, 37) * 0.01
    profiles = stokes(
        offsets, line(key), strength=strength[None], inclination=inclination, azimuth=30.0,
        doppler_width=0.03, damping=0.2, line_to_continuum=10.0, source_constant=0.3, source_gradient=0.7,
    )  # fmt: skip
    return xr.Dataset(
        {
            "stokes_profiles": (("y", "x", "stokes", "wavelength"), profiles),
            "noise": ("stokes", np.full(4, 1e-3)),
            "usable": (("y", "x"), np.ones(profiles.shape[:2], dtype=bool)),
        },
        coords={"stokes": list("IQUV"), "wavelength": offsets, "y": [0], "x": np.arange(strength.size)},
        attrs={"line": key},
    )


def test_milne_eddington_fields_come_back_where_they_are_weak():
    strength = np.array([100.0, 200.0, 400.0])
    found = problem_of(milne_eddington("mg-i-5173", strength, 60.0)).optimum.values[:, 0]
    assert found[0] == pytest.approx(strength * 0.5, rel=0.05)
    assert transverse(found[1], found[2]) == pytest.approx(strength * np.sqrt(0.75), rel=0.2)
    # magneto-optical effects, which the approximation leaves out, turn the azimuth by up to 3 degrees
    assert azimuth(found[1], found[2]) == pytest.approx(30.0, abs=4)


def test_validity_marks_fields_that_split_the_line():
    strength = np.r_[np.full(20, 100.0), 500.0, 1000.0, 2500.0, 3500.0, 4500.0]
    found = problem_of(milne_eddington("fe-i-6173", strength, 20.0))
    expected = line("fe-i-6173").shift_per_gauss * 2.5 * 100 / found.line_half_width_angstrom
    assert found.splitting.values[0, 0] == pytest.approx(expected, rel=0.1)
    assert list(found.valid.values[0, -5:]) == [True, True, False, False, False]


def test_stokes_fit_reproduces_the_profiles_at_the_wavelengths_used():
    dataset, truth = observation()
    field = xr.DataArray(truth, {"component": list(COMPONENTS)}, dims=("component", "y", "x"))
    found = stokes_fit(dataset, field, SCHEME, [(0, 1), (5, 3)])
    assert found.dims == ("pixel", "stokes", "wavelength") and found.shape == (2, 3, 13)
    for index, pixel in enumerate([(0, 1), (5, 3)]):
        for name in "VQU":
            fitted = found.sel(stokes=name).values[index]
            used = np.isfinite(fitted)
            assert used.sum() == (9 if name == "V" else 10)
            observed = dataset.stokes_profiles.sel(stokes=name).values[pixel]
            np.testing.assert_allclose(fitted[used], observed[used], rtol=1e-9)


def test_transverse_field_and_azimuth_by_hand():
    b_q, b_u = np.array([4e4, -4e4, 0.0, 0.0]), np.array([0.0, 0.0, 4e4, -4e4])
    assert transverse(b_q, b_u) == pytest.approx([200] * 4)
    assert azimuth(b_q, b_u) == pytest.approx([0, 90, 45, 135])


def maps(*values):
    array = np.array(values, dtype=float)[:, None, None]
    return xr.DataArray(array, {"component": list(COMPONENTS)}, dims=("component", "y", "x"))


def test_propagation_of_a_well_measured_field_is_linear():
    found = propagate(maps(-50.0, 1e6, 0.0), maps(5.0, 2e3, 4e3))
    assert found.b_los.item() == -50 and found.b_los_sigma.item() == 5
    assert found.b_transverse_sigma.item() == pytest.approx(2e3 / (2 * 1000), rel=1e-5)
    assert found.azimuth_sigma.item() == pytest.approx(np.degrees(4e3 / (2 * 1e6)), rel=1e-4)
    assert found.b_transverse_debiased.item() == pytest.approx(1000, rel=1e-5)
    assert found.b_transverse_upper.item() == pytest.approx(np.sqrt(1e6 + 2e3), rel=1e-5)
    assert found.detected.item()


def test_propagation_agrees_with_random_draws():
    rng = np.random.default_rng(0)
    centre, sigma = np.array([0.0, 3e5, 4e5]), np.array([1.0, 1e4, 3e4])
    found = propagate(maps(*centre), maps(*sigma))
    draws = centre[:, None] + sigma[:, None] * rng.normal(size=(3, 40000))
    assert found.b_transverse_sigma.item() == pytest.approx(transverse(draws[1], draws[2]).std(), rel=0.03)
    assert found.azimuth_sigma.item() == pytest.approx(azimuth(draws[1], draws[2]).std(), rel=0.03)


def test_propagation_stays_finite_without_a_transverse_field():
    found = propagate(maps(0.0, 0.0, 0.0), maps(1.0, 1e4, 1e4))
    assert found.b_transverse_sigma.item() == pytest.approx(50)
    assert found.azimuth_sigma.item() == pytest.approx(0.683 * 90, abs=0.1)  # of a random azimuth
    assert found.b_transverse_debiased.item() == 0 and found.b_transverse_lower.item() == 0
    assert not found.detected.item()


def test_unknown_uncertainty_stays_unknown():
    found = propagate(maps(0.0, 1e5, 0.0), maps(np.nan, np.nan, np.nan))
    assert all(np.isnan(found[f"{name}_sigma"].item()) for name in ("b_los", "b_transverse", "azimuth"))


def test_what_was_not_measured_is_unknown():
    dataset, truth = observation()
    dataset["stokes_profiles"][:, :, 1:3] = 0.0
    dataset["noise"][1:3] = np.inf
    problem = problem_of(dataset)
    field = propagate(problem["optimum"], problem["sigma"])
    np.testing.assert_allclose(field["b_los"], truth[0])
    for name in ("b_transverse", "b_transverse_sigma", "b_transverse_debiased", "azimuth", "azimuth_sigma"):
        assert np.isnan(field[name]).all()
    assert not field["detected"].any()
    np.testing.assert_allclose(problem["noise_variance"], 4e-3**2)  # V's, for all three


def test_one_pixel_does_not_move_the_line():
    dataset, _ = observation()
    before = problem_of(dataset).attrs["line_half_width_angstrom"]
    dataset["stokes_profiles"][0, 0, 0, 6] = 2000.0
    assert problem_of(dataset).attrs["line_half_width_angstrom"] == pytest.approx(before, rel=0.02)


def test_strips_of_rows_change_nothing(monkeypatch):
    dataset, _ = observation(noise=1e-3)
    whole = problem_of(dataset)
    monkeypatch.setattr(weak_field, "STRIP", 7)
    xr.testing.assert_identical(problem_of(dataset), whole)
