"""Signatures of failure."""

from tests.report.pages import row


def test_signatures_of_failure_are_counted_over_all_runs(made):
    for seed in range(3):
        made.file("shacira", "p1", 0.5, 20.0, seed=seed, learned=True, plateau_count=float(seed == 0))
    text = made.page()
    found = row(text, "**shacira**", "## Signatures")
    assert "| 1 of 3 runs [1 %, 91 %] | 0 of 3 runs [0 %, 71 %] |" in found
    assert "PSNR plateaus early: too little regularization" in text


def test_fewer_than_three_runs_have_counts_alone(made):
    made.file("shacira", "p1", 0.5, 20.0, learned=True)
    assert "| 0 of 1 runs | 0 of 1 runs |" in row(made.page(), "**shacira**", "## Signatures")
