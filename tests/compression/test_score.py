"""Scores of decoded fields: by hand where the definition allows, and what is left out."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench import record
from fieldbench.compression import field, score
from fieldbench.datasets import image_synthetic


@pytest.fixture(scope="module")
def picture():
    return field.from_dataset(image_synthetic.load(shape=[176, 192], seed=1))


def variable(values, **changes):
    how = {"kind": "variable", "units": "K", "peak": 10.0, "levels": 0, "channels": ("t",)}
    return field.make(np.asarray(values, np.float32), **how | changes)


def test_errors_by_hand_over_known_samples():
    truth = variable([[[0.0, 10.0], [5.0, np.nan]]])
    decoded = replace(truth, values=np.array([[[1.0, 8.0], [5.0, 99.0]]], np.float32))
    found = score.score(truth, decoded)
    assert found["rmse_data"] == pytest.approx(np.sqrt(5 / 3))
    assert found["max_error_data"] == 2
    assert found["psnr_db"] == pytest.approx(10 * np.log10(100 / (5 / 3)))
    assert not {"ssim_score", "ms_ssim_score", "vmaf_score"} & set(found)


def test_a_perfect_copy(picture):
    found = score.score(picture, picture)
    assert found["ssim_score"] == pytest.approx(1) and found["ms_ssim_score"] == pytest.approx(1)
    assert found["rmse_data"] == found["spectrum_error_db"] == 0
    assert found["psnr_db"] > 130 and found["vmaf_score"] > 90


def test_more_noise_is_worse_by_every_measure(picture):
    noise = np.random.default_rng(0).normal(size=picture.values.shape).astype(np.float32)
    noisy = [
        score.score(picture, field.rounded(replace(picture, values=picture.values + sigma * noise)))
        for sigma in (0.02, 0.1)
    ]
    for name in ("psnr_db", "ssim_score", "ms_ssim_score", "vmaf_score"):
        assert noisy[0][name] > noisy[1][name], name
    for name in ("rmse_data", "max_error_data", "spectrum_error_db"):
        assert noisy[0][name] < noisy[1][name], name


def test_names_are_those_that_records_take(picture):
    for name in {**score.score(picture, picture), **score.sizes(picture, 10)}:
        assert record.unit(name)


def test_ssim_of_flat_fields_by_its_definition():
    # Constant fields a and b: SSIM = (2 a b + C1) / (a^2 + b^2 + C1), C1 = 0.01^2 of a range of 1.
    truth = replace(variable(np.full((1, 12, 12), 0.5)), peak=1.0, levels=256)
    decoded = replace(truth, values=np.full((1, 12, 12), 0.25, np.float32))
    expected = (2 * 0.125 + 1e-4) / (0.25 + 0.0625 + 1e-4)
    assert score.score(truth, decoded)["ssim_score"] == pytest.approx(expected, rel=1e-4)


def test_ssim_does_not_depend_on_the_unit():
    values = np.random.default_rng(0).normal(size=(1, 20, 24)).astype(np.float32)
    truth = variable(values, peak=float(np.ptp(values)))
    decoded = replace(truth, values=values + np.float32(0.1) * values[:, ::-1])
    other, other_decoded = (
        replace(each, values=20 + 5 * each.values, peak=5 * truth.peak) for each in (truth, decoded)
    )
    first, second = (score.score(*pair)["ssim_score"] for pair in ((truth, decoded), (other, other_decoded)))
    assert second == pytest.approx(first, abs=1e-4) and first < 0.999


def test_unknown_samples_do_not_change_ssim():
    values = np.random.default_rng(0).normal(size=(1, 20, 24)).astype(np.float32)
    values[0, 5, 5:9] = np.nan
    truth = variable(values)
    wild = truth.values.copy()
    wild[0, 5, 5:9] = 1e6
    assert score.score(truth, replace(truth, values=wild))["ssim_score"] == pytest.approx(1)


def test_a_video_scores_the_mean_of_its_frames(picture):
    noise = np.random.default_rng(0).normal(size=picture.values.shape).astype(np.float32)
    noisy = field.rounded(replace(picture, values=picture.values + 0.05 * noise))
    film = {"kind": "video", "known": np.ones((2, *picture.shape), bool)}
    truth = replace(picture, values=np.stack([picture.values, picture.values], 1), **film)
    decoded = replace(picture, values=np.stack([picture.values, noisy.values], 1), **film)
    clip, still = score.score(truth, decoded), score.score(picture, noisy)
    assert clip["ssim_score"] == pytest.approx((1 + still["ssim_score"]) / 2)
    assert clip["ms_ssim_score"] == pytest.approx((1 + still["ms_ssim_score"]) / 2)
    assert still["vmaf_score"] < clip["vmaf_score"] <= 100


def test_a_volume_is_scored_in_three_dimensions():
    values = np.random.default_rng(0).random((4, 14, 13, 12)).astype(np.float32)
    volume = variable(values, kind="volume", peak=1.0, channels=tuple("dRGB"))
    worse = replace(volume, values=values + np.float32(0.2) * values[:, ::-1])
    found = score.score(volume, worse)
    assert found["ssim_score"] < 0.99 and found["spectrum_error_db"] > 0
    assert "ms_ssim_score" not in found and "vmaf_score" not in found


def test_sizes():
    found = score.sizes(variable(np.zeros((1, 4, 5)) + np.arange(5)), 100)
    assert found == {"file_bytes": 100.0, "rate_bpp": 40.0}
