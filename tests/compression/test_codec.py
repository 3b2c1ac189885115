"""Signs of failed trainings, rates, and the schedules of a training."""

import math

import numpy as np
import pytest
import xarray as xr
from fieldbench.compression import learning, training
from fieldbench.compression.codec import bits_per_pixel, failure_signatures, psnr_db, steps_to_final_psnr
from fieldbench.training.loop import History

from tests.compression.coding import CPU, SMALL, encoded, image, variable

STEPS = np.arange(1000)


def signs(psnr, parameters=1000, file_bytes=100):
    found = failure_signatures(
        xr.Dataset({"psnr_db": ("step", np.asarray(psnr, float))}), parameters, file_bytes
    )
    return [name.removesuffix("_count") for name, value in found.items() if value]


def test_a_training_that_rises_to_its_end_shows_no_sign():
    assert signs(20 + 10 * (1 - np.exp(-STEPS / 400))) == []


def test_steps_to_the_final_psnr_by_hand():
    def steps(psnr):
        return steps_to_final_psnr(xr.Dataset({"psnr_db": ("step", np.asarray(psnr, float))}))

    # parts of ten steps: the last that is more than 0.1 dB away ends with the 500th step
    assert steps(np.where(STEPS < 500, 25, 25.2)) == 501
    assert steps(np.full(1000, 25)) == 1
    assert steps([20, 21, 22, 22.05]) == 3


def test_a_plateau_is_a_second_half_without_gain():
    assert signs(20 + 10 * (1 - np.exp(-STEPS / 50))) == ["plateau"]
    assert signs(np.where(STEPS < 500, 25, 25.2)) == []


def test_an_instability_is_a_fall_of_more_than_a_decibel_that_lasts():
    rising = 20 + STEPS / 100
    assert signs(np.where((STEPS > 600) & (STEPS < 650), rising - 3, rising)) == ["instability"]
    assert signs(np.where(STEPS == 600, rising - 3, rising)) == []
    assert signs(np.where(STEPS < 50, 40, rising)) == ["plateau"]


def test_low_compression_is_less_than_four_times_half_precision():
    rising = 20 + STEPS / 100
    assert signs(rising, 1000, 500) == []
    assert signs(rising, 1000, 501) == ["low_compression"]


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_short_trainings_are_judged_too(steps):
    assert set(signs(np.arange(steps))) <= {"plateau"}


def test_psnr_and_rate_by_hand():
    field = variable()
    off = type(field)(
        **{**vars(field), "values": field.values + np.where(field.known, 2, 1e6).astype(np.float32)}
    )
    assert psnr_db(field, off) == pytest.approx(20.0, abs=1e-4)
    assert psnr_db(field, field) == math.inf
    assert bits_per_pixel(b"123", image((4, 6))) == 1.0


def test_a_steered_weight_rises_where_the_file_is_too_large():
    """Log weight: base + 0.1 per step and 4 at once, times the logarithm of the miss."""
    for ratio in (2.0, 0.5):
        weight, base = training.steered(1e-3, 100 * ratio, 100.0, 8)
        assert base == pytest.approx(1e-3 * ratio ** (0.1 * 8)) and weight == pytest.approx(base * ratio**4)
    assert training.steered(1e-3, 5.0, 5.0, 8) == (1e-3, 1e-3)
    assert training.steered(9.99, 1e9, 1.0, 8)[1] == 10.0


def test_curves_and_times():
    history = History(loss=[3.0, 2.0], seconds=[0.5, 0.7], active_levels=[0, 0])
    curves = training.curves(history, np.array([0.1, 0.01, 0.0]), np.array([2.0, 1.0, 0.0]))
    assert curves["psnr_db"].values.tolist() == pytest.approx([10, 20])
    assert curves["rate_bpp"].values.tolist() == [2, 1]
    assert training.times(curves) == {"train_seconds": 0.7, "step_seconds": pytest.approx(0.35)}


def test_a_fingerprint_sees_every_value_and_option():
    made = {
        training.fingerprint(field, *options)
        for field, options in ((image(), ()), (image(), (1,)), (variable(), ()), (image((20, 27)), ()))
    }
    assert len(made) == 4


def test_a_field_is_fitted_as_a_job():
    reports, entry = [], {"type": "ngp", **SMALL, "steps": 3}
    made = learning.train(
        image(), entry, seed=1, device=CPU, progress=lambda *report: reports.append(report[:3])
    )
    assert reports == [("fit", step, 3) for step in (1, 2, 3)]
    assert made.outputs["coded"] == encoded(image(), "ngp", steps=3).data
    assert made.outputs["history"].sizes == {"step": 3}
    assert made.measures["encode_seconds"] >= made.measures["train_seconds"] > 0
    nothing = learning.empty()
    assert nothing.outputs["coded"] == b"" and nothing.measures == {}
    assert list(nothing.outputs["history"]) == list(made.outputs["history"])
    assert nothing.outputs["history"].sizes == {"step": 0}
