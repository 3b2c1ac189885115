"""Which method is best: answers with masks and white views, and the table of qualities."""

from tests.report.pages import headline, row


def test_the_answer_names_the_best_its_masks_the_next_and_the_white_view(full):
    text = headline(full, "Equal time, mic")
    assert (
        "mic: hash-hull (given masks) has the highest PSNR**, 32.0 [" in text and "(foreground 23.0 [" in text
    )
    assert "an all-white view has 13.0 dB, foreground 4.0 dB" in text
    assert "The next, hash-dense: worse, -0.95" in text
    assert "First at 30 dB: hash-hull (given masks) after 40.00 s, then hash after 50.00 s." in text


def test_the_answer_turns_with_the_numbers(made):
    made.add("hash", 26.0, times={25: 70.0}).add("voxel", 27.0, times={25: 30.0})
    text = headline(made, "Equal time, mic")
    assert "voxel has the highest PSNR" in text and "The next, hash: worse, -1.00" in text
    assert "First at 25 dB: voxel after 30.00 s" in text


def test_one_method_alone_is_not_called_the_best(made):
    text = headline(made.add("hash", 26.0), "Equal time, mic")
    assert "mic: hash** reaches 26.0" in text and "First at" not in text


def test_qualities_stand_with_verdicts_above_the_all_white_view(full):
    text = full.page()
    part = "### Equal time: mic"
    lines = text[text.index(part) :].splitlines()
    names = [line.split("|")[1].strip() for line in lines[4:10]]
    assert names == [
        "**hash-hull (given masks)**",
        "**hash-dense**",
        "**hash**",
        "**voxel**",
        "**frequency**",
        "all-white view",
    ]
    assert "| the reference | 3 |" in row(text, "**hash**", part) and "worse, -1.00 [" in row(
        text, "**voxel**", part
    )
    assert row(text, "all-white view", part) == "| all-white view | 13.00 | 4.000 | 0.5000 | – | – |"


def test_a_reference_that_a_scene_lacks_leaves_dashes(made):
    made.add("hash", 31.0).add("voxel", 29.0, "balls")
    assert "| – | 3 |" in row(made.page(), "**voxel**", "### Equal time: balls")
