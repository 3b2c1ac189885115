"""What the figures show: the inputs themselves, with units, for maps, slits and data without truth."""

import io
import re

import matplotlib
import numpy as np
import pytest
from fieldbench import registry
from fieldbench.inversion.report.results import Study
from fieldbench.physics.weak_field import propagate
from fieldbench.report.tables import Key

from tests.report import shown as shown_in_report

TYPES = registry.known_types("inversion/figures")
UNITS = re.compile(r"\((G|°|arcsec|s|reduced χ²|\$I_c(\^2)?\$|Å|grid points per axis)\)")
WITHOUT_UNIT = ("epoch of the phase", "error / sigma", "density")


def draw(name, study, **options):
    return registry.build("inversion/figures", name, study, "small", **options)


def key(regime, method):
    return Key("small", regime, method)


def all_axes(figure):
    """Axes of a figure and of its parts, those switched off left out."""
    return [axes for axes in figure.get_axes() if axes.axison]


def labels(figure):
    found = [text for axes in all_axes(figure) for text in (axes.get_xlabel(), axes.get_ylabel())]
    return [text for text in found if text]


def images(axes):
    return [np.ma.filled(image.get_array().astype(float), np.nan) for image in axes.get_images()]


def titled(figure, start):
    """The axes whose title starts so."""
    return next(axes for axes in all_axes(figure) if axes.get_title().startswith(start))


@pytest.mark.parametrize("case", ["study", "observed", "slit", "classical_only"])
@pytest.mark.parametrize("name", TYPES)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_every_figure_is_drawn_with_units_at_1200_pixels(name, case, request):
    figure = draw(name, request.getfixturevalue(case))
    figure.savefig(io.BytesIO(), format="png")
    assert figure.get_size_inches()[0] * figure.dpi == 1200
    for text in labels(figure):
        assert UNITS.search(text) or text.startswith(WITHOUT_UNIT), text


def test_drawing_leaves_the_settings_of_the_process_alone(study):
    before = dict(matplotlib.rcParams)
    draw("maps", study)
    assert dict(matplotlib.rcParams) == before


def test_an_svg_file_is_the_same_for_the_same_data(study, tmp_path):
    for name in ("first", "second"):
        draw("error_against_resolution", study).savefig(tmp_path / f"{name}.svg")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_maps_show_the_fields_of_truth_and_methods(study):
    figure = draw("maps", study)
    usable = study.data.usable.values
    (truth,) = images(titled(figure, r"$B_\mathrm{los}$, truth"))
    np.testing.assert_array_equal(truth[usable], study.data.b_los_true.values[usable])
    assert np.isnan(truth[~usable]).all()
    field = propagate(study.field(key("strict", "v6"), 0), study.weak_field.sigma)
    (azimuth,) = images(titled(figure, "azimuth, best: V6 at 32"))
    np.testing.assert_allclose(azimuth[usable], field.azimuth.values[usable])


def test_maps_show_differences_to_the_truth_folded_at_180_degrees(study):
    figure = draw("maps", study)
    usable = study.data.usable.values
    drawn = [
        found
        for axes in all_axes(figure)
        if axes.get_title() == "pixelwise - truth"
        for found in images(axes)
    ]
    field = propagate(study.field(key("reference", "pixelwise"), 0), study.weak_field.sigma)
    np.testing.assert_allclose(drawn[0][usable], (field.b_los - study.data.b_los_true).values[usable])
    turn = np.radians(drawn[2] - (field.azimuth.values - study.data.azimuth_true.values))
    assert np.abs(drawn[2][usable]).max() <= 90
    np.testing.assert_allclose(np.sin(turn)[usable], 0, atol=1e-9)


def test_difference_scales_are_symmetric(study):
    for axes in all_axes(draw("maps", study)):
        if " - truth" in axes.get_title():
            low, high = axes.get_images()[0].get_clim()
            assert low == -high < 0


def test_pixels_beyond_the_weak_field_range_are_hatched(study):
    axes = titled(draw("maps", study), r"$B_\mathrm{los}$, truth")
    assert any(getattr(artist, "hatches", None) == ["////"] for artist in axes.collections)


def test_without_truth_differences_are_to_the_first_method(observed):
    titles = [axes.get_title() for axes in all_axes(draw("maps", observed))]
    assert "regularized - pixelwise" in titles and not any("truth" in title for title in titles)


def test_a_slit_is_drawn_as_lines_of_the_field(slit):
    axes = draw("maps", slit).get_axes()[0]
    lines = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    usable = slit.data.usable.values.ravel()
    expected = slit.field(key("reference", "pixelwise"), 0).sel(component="b_los").values.ravel()
    np.testing.assert_allclose(lines["pixelwise"][usable], expected[usable])
    assert np.isnan(lines["pixelwise"][~usable]).all()
    assert axes.get_ylabel() == r"$B_\mathrm{los}$ (G)"


def test_uncertainty_maps_are_the_propagated_ones(study):
    figure = draw("uncertainty", study)
    usable = study.data.usable.values
    expected = propagate(study.field(key("strict", "v6"), 0), study.weak_field.sigma)
    (sigma,) = images(titled(figure, "V6 at 32: sigma of $B_"))
    np.testing.assert_allclose(sigma[usable], expected.b_los_sigma.values[usable])
    (ratio,) = images(titled(figure, "error / sigma"))
    error = (expected.b_los - study.data.b_los_true) / expected.b_los_sigma
    np.testing.assert_allclose(ratio[usable], error.values[usable])


def test_uncertainty_counts_the_share_within_one_sigma(study):
    field = propagate(study.field(key("strict", "v6"), 0), study.weak_field.sigma)
    error = ((field.b_los - study.data.b_los_true) / field.b_los_sigma).values[study.data.usable.values]
    titles = [axes.get_title() for axes in all_axes(draw("uncertainty", study))]
    assert f"{np.mean(np.abs(error) <= 1):.0%} within 1 sigma (ideal 68%)" in titles


def test_detected_pixels_and_debiased_fields_are_those_of_the_recommended_method(study):
    figure = draw("detection", study)
    usable = study.data.usable.values
    field = study.estimate(key("strict", "v6"))
    (debiased,) = images(titled(figure, "debiased"))
    np.testing.assert_allclose(debiased[usable], field.b_transverse_debiased.values[usable])
    (detected,) = images(titled(figure, "detected"))
    np.testing.assert_array_equal(detected[usable], field.detected.values[usable])
    (true,) = images(titled(figure, "truth"))
    np.testing.assert_allclose(true[usable], study.data.b_transverse_true.values[usable])


def test_loss_curves_show_the_median_over_seeds(study):
    figure = draw("loss_curves", study, methods=("v0", "v1"), without_grid=("siren",))
    axes = figure.get_axes()[0]
    (line,) = [line for line in axes.get_lines() if line.get_label() == "V1"]
    losses = [study.history(key("strict", "v1"), seed).loss.sel(phase="b_los").values for seed in (0, 1, 2)]
    np.testing.assert_allclose(line.get_ydata(), np.median(losses, axis=0))
    assert axes.get_yscale() == "log"
    shown = {text.get_text() for text in figure.legends[0].get_texts()}
    assert shown == {"V0", "V1", "siren", "closed-form floor"}


def test_loss_curves_mark_the_closed_form_floor(study):
    axes = draw("loss_curves", study).get_axes()[0]
    (line,) = [line for line in axes.get_lines() if line.get_label() == "closed-form floor"]
    floor = study.weak_field.floor.sel(component="b_los").values[study.weak_field.training.values]
    assert line.get_ydata()[0] == pytest.approx(floor.mean())


def test_error_against_resolution_shows_means_in_order(study):
    axes = draw("error_against_resolution", study).get_axes()[0]
    sizes, means = next(line.get_data() for line in axes.get_lines() if len(line.get_xdata()) == 3)
    expected = [
        study.results.estimate(key(regime, "v1"), "unseen_b_los_chi2").mean
        for regime in ("r8", "r16", "strict")
    ]
    assert list(sizes) == [8, 16, 32] and list(means) == expected
    ringed = [line for line in axes.get_lines() if line.get_markersize() == 13]
    assert ringed[0].get_ydata()[0] == min(expected)
    levels = {line.get_label() for line in axes.get_lines()}
    assert {"pixelwise", "regularized", "siren"} <= levels


def test_error_against_resolution_without_truth_has_one_row(study, observed):
    assert len(draw("error_against_resolution", study).get_axes()) == 4
    assert len(draw("error_against_resolution", observed).get_axes()) == 2


def test_quality_against_time_names_the_front(study):
    axes = draw("quality_against_time", study).get_axes()[0]
    names = {text.get_text() for text in axes.texts}
    assert {"V6 at 32", "V0 at 32", "pixelwise", "regularized", "siren"} <= names
    steps = next(line for line in axes.get_lines() if line.get_drawstyle() == "steps-post")
    assert list(steps.get_ydata()) == sorted(steps.get_ydata(), reverse=True)
    best = study.results.estimate(key("strict", "v6"), "unseen_b_los_chi2").mean
    assert steps.get_ydata()[-1] == best


def test_stokes_profiles_are_the_observed_ones(study):
    figure = draw("stokes_profiles", study)
    axes = figure.get_axes()
    assert len(axes) == 12
    observed = axes[0].get_lines()[0].get_ydata()
    optimum = study.weak_field.optimum
    strength = np.hypot(optimum[0], np.sqrt(np.hypot(optimum[1], optimum[2]))).where(study.data.usable)
    ranked = np.sort(strength.values[study.data.usable.values])
    strong = np.argwhere(strength.values == ranked[int(0.99 * (len(ranked) - 1))])[0]
    np.testing.assert_array_equal(
        observed, study.profiles().stokes_profiles.sel(stokes="I").values[tuple(strong)]
    )


def test_stokes_fits_have_gaps_where_the_scheme_uses_no_wavelength(study):
    axes = draw("stokes_profiles", study).get_axes()[1]
    fit = next(line for line in axes.get_lines() if line.get_label() == "pixelwise")
    assert np.isnan(fit.get_ydata()[6]) and np.isfinite(fit.get_ydata()).any()


def test_the_study_reads_what_was_written(study):
    assert study.best("b_los") == key("strict", "v6")
    assert study.seeds(key("strict", "v6")) == [0, 1, 2]
    assert study.seeds(key("reference", "pixelwise")) == [0]
    assert [key.method for key in study.without_grid()] == ["pixelwise", "regularized", "siren"]
    assert study.field(key("strict", "v1"), 1).dims == ("component", "y", "x")
    assert isinstance(study, Study) and study.results.datasets == ["small"]


def test_the_report_shows_each_component_with_its_maps(study):
    cards, plots, galleries = shown_in_report.parts(study)
    assert [card.use for card in cards] == ["V6 at 32", "V6 at 32"]
    assert list(galleries) == ["small-b-los", "small-b-qu", "small-azimuth"]
    assert set(galleries["small-b-los"].pictures) >= {"truth", "V6 at 32", "pixelwise", "regularized"}
    assert sum(plot.curves for plot in plots) == 2


def test_without_truth_maps_stand_beside_one_another_and_a_slit_has_none(observed, slit):
    _, _, galleries = shown_in_report.parts(observed)
    assert "truth" not in galleries["small-b-los"].pictures
    assert shown_in_report.parts(slit)[2] == {}
