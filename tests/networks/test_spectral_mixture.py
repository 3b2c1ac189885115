"""Waves fitted to one field: found off the grid, by an evidence that is the normal density."""

import numpy as np
import torch
from fieldbench.networks import amortised_kriging, spectral_mixture
from scipy.stats import multivariate_normal

WAVES = torch.tensor([[2.3, -1.4], [4.15, 3.35]], dtype=torch.float64)


def field(position):
    phase = 2 * torch.pi * position @ WAVES.T
    return phase[..., 0].sin() + 0.7 * phase[..., 1].cos()


def observed(fields=2, points=40):
    position = torch.rand(fields, points, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return position, field(position)


def parameters(fields=1):
    return spectral_mixture.Parameters(
        WAVES.expand(fields, -1, -1),
        torch.tensor([0.8, 0.3], dtype=torch.float64).expand(fields, -1),
        torch.tensor([0.2, 0.4], dtype=torch.float64).expand(fields, -1),
        torch.full((fields,), 0.5).double(),
        torch.full((fields,), 0.01).double(),
    )


def dense(position):
    """The covariance of `parameters` at `position` (P, 2) by its formula, without share and noise."""
    apart = position[:, None] - position[None]
    square = (apart**2).sum(-1)
    return sum(
        variance * np.cos(2 * np.pi * apart @ wave) * np.exp(-2 * np.pi**2 * width**2 * square)
        for wave, variance, width in zip(WAVES.numpy(), (0.8, 0.3), (0.2, 0.4), strict=True)
    )


def test_peaks_are_centres_of_mass_between_the_waves_of_the_grid():
    grid = amortised_kriging.waves(0.5, 4.0)
    energy = torch.zeros(1, len(grid))
    place = {tuple(row): number for number, row in enumerate(grid.tolist())}
    energy[0, place[2.0, 1.0]] = 3.0
    energy[0, place[2.5, 1.0]] = 1.0
    energy[0, place[1.0, -3.0]] = 0.5
    centres, variances = spectral_mixture.peaks(grid, energy, 3)
    torch.testing.assert_close(centres[0, :2], torch.tensor([[2.125, 1.0], [1.0, -3.0]]))
    torch.testing.assert_close(variances[0], torch.tensor([2.0, 0.25, spectral_mixture.SMALLEST]))


def test_a_peak_across_the_edge_of_the_half_disc_is_one():
    grid = amortised_kriging.waves(0.5, 4.0)
    energy = torch.zeros(1, len(grid))
    place = {tuple(row): number for number, row in enumerate(grid.tolist())}
    energy[0, place[0.0, 3.0]] = 1.0
    energy[0, place[0.5, -3.0]] = 1.0  # the same wave as (-0.5, 3)
    centres, variances = spectral_mixture.peaks(grid, energy, 1)
    torch.testing.assert_close(centres[0, 0].abs(), torch.tensor([0.25, 3.0]))
    assert variances[0, 0] == 1.0


def test_evidence_is_the_logarithm_of_the_normal_density():
    position, values = observed(fields=1, points=12)
    given = torch.eye(12).double()[None]
    found = spectral_mixture.evidence(parameters(), position, values, given).item()
    covariance = dense(position[0].numpy()) + (0.5 + 0.01 + spectral_mixture.JITTER) * np.eye(12)
    expected = multivariate_normal(np.zeros(12), covariance).logpdf(values[0].numpy())
    assert np.isclose(found, expected + 6 * np.log(2 * np.pi), rtol=1e-10)


def test_fit_moves_off_the_start_to_the_waves_that_are_there():
    position, values = observed()
    start = WAVES + torch.tensor([[0.2, -0.15], [-0.2, 0.2]]).double()
    few = torch.full((2,), 1e-4).double()
    mixture = spectral_mixture.fit(
        position,
        values,
        torch.zeros(2, 40, 40),
        few,
        start.expand(2, -1, -1),
        torch.tensor([[0.5, 0.5]]).expand(2, -1),
    )
    torch.testing.assert_close(mixture.parameters.frequency, WAVES.expand(2, -1, -1), rtol=0, atol=0.03)
    unseen = torch.rand(1, 200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert (mixture.mean(unseen) - field(unseen)).square().mean() < 1e-3


def test_a_refined_network_conditions_on_its_own_covariance_and_the_fitted_waves():
    torch.manual_seed(0)
    sizes = {"nyquist": 8.0, "hidden": 16, "rounds": 1, "spacing": 1.0, "cutoff": 5.0, "learned": 5}
    net = amortised_kriging.build(2, 1, **sizes, peaks=2).eval()
    position, values = (part[:1].float() for part in observed())
    query = torch.rand(1, 9, 2)
    with torch.no_grad():
        memory = net.encode(position, values)
        found = net(memory, query)[0, :, 0]
    fitted = memory.mixture.parameters
    weights = memory.mixture.weights[0]
    across = fitted.covariance(query.double(), position.double())[0] @ weights
    own = net.waves(query) @ memory.waves[..., None] + net.functions(query) @ memory.functions[..., None]
    torch.testing.assert_close(found, (across + own[0, :, 0]).float(), rtol=1e-4, atol=1e-5)
    at_observed = net(memory, position)[0, :, 0].double()
    noise = (fitted.noise + spectral_mixture.JITTER) * weights
    torch.testing.assert_close(at_observed, values[0].double() - noise, rtol=0, atol=1e-3)


def test_refining_happens_after_training_only():
    sizes = {"nyquist": 8.0, "hidden": 16, "rounds": 1, "spacing": 1.0, "cutoff": 4.0, "learned": 5}
    net = amortised_kriging.build(2, 1, **sizes, peaks=2).train()
    position, values = (part.float() for part in observed())
    assert net.encode(position, values).mixture is None
    assert net.eval().encode(position, values).mixture is not None
