"""The page on sparse fields: every method shown, with units, and sections that have no runs."""

from fieldbench import record
from fieldbench.report import claims
from fieldbench.report.given import Given
from fieldbench.sparse.report import page

from tests.report.pages import row
from tests.sparse.report.study import TASKS, render


def test_every_method_stands_in_the_bar_table(full):
    text = render(full)
    assert "(oracle)" in row(text, "**line-spectrum**", "### simple")
    assert "| the bar |" in row(text, "**stack**", "### simple")
    assert "worse, -15.0" in row(text, "**transformer**", "### simple")
    assert "Mean PSNR (dB) [95 % over 8 fields, one training]" in row(text, "Method", "### simple")
    assert "3 comparisons with the bar at once" in text
    assert (
        "Lines: the constant mean 9.0 dB, an independent draw 6.0 dB, the Cramér-Rao limit 39.0 dB." in text
    )


def test_errors_of_observed_fields_have_units(full):
    head = row(render(full), "Method", "### Errors on sst-anomaly")
    for text in (
        "Rms error (°C)",
        "weighted by area (°C)",
        "below 60° of latitude (°C)",
        "CRPS (°C)",
        "Coverage",
    ):
        assert text in head
    assert "### Errors on simple" not in render(full)


def test_figures_and_failures_are_listed(full):
    full.fail("mamba", "loss is not finite").fail("-", "no file", "-", "era-wind", "skipped")
    text = render(full)
    assert "![bar](figures/sparse/bar.png)" in text and "![gallery](figures/sparse/gallery.png)" in text
    assert "winds.png" not in text
    assert "loss is not finite" in text and "- era-wind: skipped. no file" in text


def test_figures_without_content_are_left_out(study):
    """Of the configured figures, only the bar has anything to show where no method was tested."""
    text = render(study.overfit("transformer"))
    assert "bar.png" in text and "gallery.png" not in text


def test_sections_without_runs_say_so(study):
    text = render(study.add("stack", 20.0))
    for line in (
        "The document's configurations were not run.", "No single factor was changed.", "No version was run.",
        "No observed field was rebuilt.", "No network was trained on one or a few fields alone.",
        "No network was diagnosed.", "Nothing failed, and nothing was skipped.",
    ):  # fmt: skip
        assert line in text
    assert "nan" not in text and "None" not in text


def test_nothing_at_all(study):
    text = render(study.fail("-", "no file", "-", "simple", "skipped"))
    assert "No run finished" in text and "- simple: skipped. no file" in text


def test_no_number_is_missing_without_a_dash(full):
    text = render(full)
    assert "nan" not in text.lower().replace("cannan", "") and "{{" not in text and "{%" not in text


def test_what_validation_chose_stands_on_the_page_with_a_warning_at_the_edge(full, tmp_path):
    place = tmp_path / "sparse" / "simple" / "classical" / "metrics.json"
    place.parent.mkdir(parents=True)
    names = {"area": "sparse", "dataset": "simple", "regime": "classical", "seed": 0}
    made = [
        record.make(**names, method="stack", provenance={"chosen": {"taper": "0.35"}, "at_edge": []}),
        record.make(**names, method="hybrid", provenance={"chosen": {"share": "0.9"}, "at_edge": ["share"]}),
        record.make(**names, method="linear", provenance={}),
    ]
    place.write_text(record.dumps(made))
    study = full.finished(TASKS)
    study.given = Given.folder(tmp_path)
    text = page.page(study, claims.judge([], study, "sparse"))
    assert "Chosen on the validation fields for stack: taper 0.35.\n" in text
    assert "for hybrid: share 0.9. **At the edge of what was tried: share;" in text
    assert "for linear" not in text
