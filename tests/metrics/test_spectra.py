"""Power by scale, and what a loss of it is worth in dB."""

import numpy as np
import pytest
from fieldbench.metrics.spectra import radial_power, spectrum_error_db

KNOWN = np.ones((64, 48), bool)


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape)


@pytest.mark.parametrize("shape", [(64, 48), (24, 20, 22)])
def test_a_wave_has_its_power_in_its_shell(shape):
    cycles = 8 * shape[-1] / min(shape)
    wave = np.broadcast_to(np.cos(2 * np.pi * cycles * np.arange(shape[-1]) / shape[-1]), shape)
    power = radial_power(wave)
    assert len(power) == min(shape) // 2
    assert power.argmax() == 7
    assert power[[0, 1, 2, 3, 4]].max() < 1e-3 * power[7]  # the window spreads it by one cycle only


def test_white_noise_is_flat():
    power = np.mean([radial_power(field) for field in noise(40, 32, 32)], 0)
    assert power.max() < 1.4 * power.min()


def test_half_the_amplitude_is_six_decibels_in_every_shell():
    truth = 5 + noise(2, 64, 48)
    decoded = truth.mean((1, 2), keepdims=True) + (truth - truth.mean((1, 2), keepdims=True)) / 2
    assert spectrum_error_db(decoded, truth, KNOWN, 2) == pytest.approx(20 * np.log10(2))
    assert spectrum_error_db(truth, truth, KNOWN, 2) == 0


def test_losing_and_adding_power_count_alike():
    truth = noise(1, 64, 48)
    truth -= truth.mean()
    added, lost = (spectrum_error_db(factor * truth, truth, KNOWN, 2) for factor in (2, 0.5))
    assert added == pytest.approx(lost)


def test_a_constant_has_lost_everything_and_the_loss_is_a_number():
    truth = noise(1, 64, 48)
    assert 100 < spectrum_error_db(np.full_like(truth, truth.mean()), truth, KNOWN, 2) < 140
    assert np.isnan(spectrum_error_db(truth, np.ones_like(truth), KNOWN, 2))


def test_unknown_samples_do_not_matter():
    truth, known = noise(1, 64, 48), noise(64, 48) > -1
    decoded = np.where(known, truth, 1e6)
    assert spectrum_error_db(decoded, truth, known, 2) == 0


def test_frames_of_a_video_are_summed():
    frame = noise(1, 1, 64, 48)
    truth = np.repeat(frame - frame.mean(), 3, axis=1)
    decoded = truth * np.array([1, 0.5, 1]).reshape(3, 1, 1)
    error = spectrum_error_db(decoded, truth, np.ones(truth.shape[1:], bool), 2)
    assert error == pytest.approx(-10 * np.log10((1 + 0.25 + 1) / 3))
