"""Times to a quality, and where it was not reached."""

import pytest
from fieldbench.radiance.report.costs import sooner_text

from tests.radiance.report.study import key
from tests.report.pages import headline, row


def test_the_whole_is_compared_with_the_original_field(full):
    text = headline(full, "Against the original radiance field, mic")
    assert "hash is at least 2.0 × sooner at 30 dB than frequency (Equal time)" in text


@pytest.mark.parametrize(
    ("own", "other", "text"),
    [
        ({25: 10.0, 28: 20.0}, {25: 40.0, 28: 100.0}, "5.0 × sooner at 28 dB"),
        ({25: 10.0, 28: 20.0}, {25: 40.0}, "4.0 × sooner at 25 dB"),
        ({25: 10.0}, {}, "at least 10 × sooner at 25 dB"),
        ({}, {25: 10.0}, "at most 0.10 × sooner at 25 dB"),
        ({}, {}, "–"),
    ],
)
def test_sooner_is_at_the_highest_quality_of_both_or_a_bound(made, own, other, text):
    made.add("hash", 29.0, times=own).add("voxel", 29.0, times=other)
    assert sooner_text(made.study(), key("hash"), key("voxel")) == text


def test_a_quality_that_some_seeds_miss_is_not_reached(made):
    made.add("hash", 29.0, times={25: 10.0, 28: 20.0}, seeds=(0, 1)).add(
        "hash", 29.0, times={25: 10.0}, seeds=(2,)
    )
    made.add("voxel", 29.0, times={25: 40.0, 28: 100.0})
    assert sooner_text(made.study(), key("hash"), key("voxel")) == "4.0 × sooner at 25 dB"
    found = row(made.page(), "**hash**", "What it takes")
    assert "| 2.000 | 100.0 |" in found  # a query's time in microseconds
    assert "| 10.00 | 20.00; 20.00 (2 of 3 seeds) | 5.000 |" in found  # beside what evaluations are apart


def test_what_the_first_evaluation_had_reached_is_a_bound(made):
    made.add("hash", 29.0, times={25: 10.0, 28: 20.0}, first=(25,)).add("voxel", 24.0)
    text = made.page()
    assert "| at most 10.00 | 20.00 | 5.000 |" in row(text, "**hash**", "What it takes")
    assert "| not reached | not reached | 5.000 |" in row(text, "**voxel**", "What it takes")
