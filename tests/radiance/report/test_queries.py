"""Queries of the networks: what counts as a saving, and which are told."""

import pytest

from tests.radiance.report.study import ABOUT, key, thin_methods, with_methods
from tests.report.pages import headline, row


def test_queries_are_compared_in_the_cube_and_the_tight_box_with_and_without_masks(full):
    text = headline(full, "Queries per ray on mic")
    masked, plain = text.split(" hash-dense. ")
    assert "hash-hull (given masks) asks 2.000 times, where dense stepping asks 140 × as often" in masked
    assert "in the cube (20 × in the tight box), and its PSNR is +0.95 dB against" in masked
    assert plain.startswith("hash asks 4.000 times, where dense stepping asks 70 × as often")
    assert "in the cube (10 × in the tight box), and its PSNR is -0.05 dB against hash-dense" in plain


@pytest.mark.parametrize(("level", "counts"), [(30.96, True), (30.94, False), (33.0, True)])
def test_a_saving_counts_only_at_the_quality_of_a_dense_training(made, level, counts):
    made.add("hash", level).add("hash-dense", 31.05, queries=280.0)
    assert made.study().counts(key("hash")) == counts
    found = row(made.page(), "**hash**", "Queries of the networks")
    assert f"| {'yes' if counts else 'no'}: PSNR {level - 31.05:+.2f}" in found and "| 70 × |" in found
    if not counts:
        assert "so no saving counts" in headline(made, "Queries per ray on mic")


def test_the_largest_saving_against_each_dense_training_is_told(made):
    made.add("hash", 31.0, queries=8.0).add("hash-without-termination", 31.0, queries=20.0)
    made.add("hash-with-distortion", 31.0, queries=4.0).add("hash-dense", 31.0).add("voxel", 31.0)
    shown = {**ABOUT["experiments"]["equal-time"], "methods": list(thin_methods())}
    about = {**with_methods(**thin_methods()), "experiments": {"equal-time": shown}}
    text = headline(made, "Queries per ray on mic", about)
    assert "hash-with-distortion asks 4.000 times, where dense stepping asks 70 ×" in text
    assert "against voxel. hash asks 8.000 times, where dense stepping asks 35 ×" in text
    assert text.endswith("against hash-dense.")
    assert "termination" not in text


def test_without_a_dense_training_no_saving_counts(made):
    made.add("hash", 31.0).add("voxel", 30.0).add("frequency", 20.0, queries=280.0)
    text = made.page()
    assert "no: this kind of field was not trained with dense stepping here" in row(
        text, "**hash**", "Queries of the networks"
    )
    assert "dense itself" in row(text, "**frequency**", "Queries of the networks")  # of its own type of field
