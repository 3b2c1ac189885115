"""Files that keep a bound: who wins, and who keeps nothing."""

import numpy as np

from tests.compression.report.study import ABOUT, bounded, experiment
from tests.report.pages import headline, row


def test_the_smallest_file_that_keeps_the_bound_wins(full):
    """The learned codec is smallest at both bounds and exceeds the tighter one."""
    text = headline(full, "Smallest file that keeps a bound on sea")
    assert "(°C): at 0.2 shacira-bounded, 50 % below sz3; at 0.02 sz3, 50 % below zfp" in text
    page = full.page()
    wide, tight = (row(page, f"{bound} | shacira-bounded") for bound in ("0.2", "0.02"))
    assert "| **48 B** |" in wide and wide.endswith("| yes |")
    assert "| 96 B |" in tight and tight.endswith("| no |")
    assert "Maximum error (°C)" in page and "Rms error (°C)" in page


def test_bounded_codecs_are_compared_at_the_error_that_they_reach(made):
    """At equal bounds zfp writes twice what sz3 does; it stays below its bounds, so at equal errors less than twice."""
    entry = experiment("bounded", ["sea"], ["sz3", "zfp"], reference="sz3", title="Bounds")
    study = bounded(made).study({**ABOUT, "experiments": {"bounded": entry}})
    change = study.changes(study.experiments["bounded"], "sz3", "max_error_data")["zfp"]
    assert 0 < change.mean < np.log(2) and not change.change.has_interval


def test_the_quickest_of_the_files_within_the_margin_is_named(made):
    """zfp writes 1 % more than sz3 and takes a tenth of the time."""
    for codec, rate, seconds in (("sz3", 1.0, 5.0), ("zfp", 1.01, 0.5)):
        made.file(codec, "e1", rate, 60.0, "sea", max_error_data=0.1, encode_seconds=seconds)
    text = headline(made, "Smallest file that keeps a bound on sea")
    assert text.endswith("at 0.2 sz3, 1 % below zfp (within 2 %: zfp; the quickest is zfp).")


def test_a_file_without_a_measured_error_keeps_nothing(made):
    made.file("zfp", "e1", 1.0, 60.0, "sea")
    text = made.page()
    assert row(text, "0.2 | zfp").endswith("| no |") and "**Smallest file" not in text


def test_trained_codecs_are_recommended_by_measurement_alone(full, made):
    """In the full study the trained codec is smallest at 0.2; here it takes twice and, tighter, three times the bytes."""
    text = headline(full, "Smallest file that keeps a bound on sea")
    assert text.endswith("A trained codec is worth its training at 0.2.")
    for point, rate, error in (("e1", 2.0, 0.1), ("e2", 3.0, 0.01)):
        made.file("sz3", point, 1.0, 60.0, "sea", max_error_data=error)
        made.file("shacira-bounded", point, rate, 60.0, "sea", learned=True, max_error_data=error)
    text = headline(made, "Smallest file that keeps a bound on sea")
    assert text.endswith("No trained codec is recommended: their smallest files are 100 to 200 % larger.")
