"""Signatures of failure."""

from tests.report.pages import row


def test_signatures_of_failure_are_counted_over_all_runs(made):
    for seed in range(3):
        made.file("shacira", "p1", 0.5, 20.0, seed=seed, learned=True, plateau_count=float(seed == 0))
    text = made.page()
    assert "1 of 3 runs" in row(text, "**shacira**", "## Signatures")
    assert "PSNR plateaus early: too little regularization" in text
