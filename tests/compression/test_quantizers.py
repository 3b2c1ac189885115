"""Quantizers: hand-computed choices, gradients, and what is left at the end of the training."""

import math

import pytest
import torch
from fieldbench.compression import quantizers
from fieldbench.compression.prior import Factorized
from fieldbench.errors import UserError

LATENTS = torch.tensor([[0.25], [-1.5], [2.0], [3.9]])


def generator():
    return torch.Generator().manual_seed(1)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_the_soft_choice_of_annealing_by_hand():
    """0.25 lies 0.25 above 0: logits -tanh(0.25) / t and -tanh(0.75) / t, noise on the upper one, all over t."""
    for temperature, noise in ((1.0, 0.0), (0.5, 0.0), (0.5, -0.3)):
        logits = -math.tanh(0.25) / temperature, -math.tanh(0.75) / temperature
        expected = sigmoid((logits[1] + noise - logits[0]) / temperature)
        found = quantizers.soft_choice(torch.tensor([0.25]), torch.tensor([noise]), temperature)
        assert float(found) == pytest.approx(expected, rel=1e-6)


def test_the_soft_choice_of_annealing_moves_with_the_latents_through_the_choice_only():
    x = torch.tensor([-1.3, 0.2, 5.5], dtype=torch.float64, requires_grad=True)
    noise = torch.tensor([0.3, -0.4, 0.1], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: quantizers.soft_choice(x, noise, 0.6), x)


def test_annealing_hardens_exponentially_and_then_rounds():
    made = quantizers.Annealing(Factorized(1), None, end_temperature=0.1, decay=0.8)
    for fraction, temperature in ((0.0, 1.0), (0.4, math.sqrt(0.1)), (0.8, 0.1), (0.9, 0.1)):
        made.set_progress(fraction)
        assert made.temperature == pytest.approx(temperature)
    made.set_progress(0.79)
    soft = made(LATENTS, generator())
    assert ((soft - LATENTS.floor() >= 0) & (soft - LATENTS.floor() <= 1)).all() and (
        soft != soft.round()
    ).any()
    made.set_progress(0.8)
    assert torch.equal(made(LATENTS, generator()), LATENTS.round())


def test_gumbel_noise_is_the_difference_of_two_extreme_values():
    """Between equal logits the upper neighbour wins half of the time, and by more than 1 with sigmoid(-1)."""
    made = quantizers.Annealing(Factorized(1), None, end_temperature=1e-3, decay=1.0)
    made.set_progress(0.999)
    chosen = made(torch.full((20000, 1), 0.5), generator())
    assert float(chosen.mean()) == pytest.approx(0.5, abs=0.02)
    uniform = quantizers.noise(torch.empty(20000), generator()) + 0.5
    assert float((torch.logit(uniform) > 1).double().mean()) == pytest.approx(sigmoid(-1), abs=0.01)


def test_straight_through_rounds_with_the_gradient_of_the_identity():
    x = LATENTS.clone().requires_grad_()
    made = quantizers.StraightThrough(Factorized(1), None)
    out = made(x, generator())
    (out * torch.arange(4.0)[:, None]).sum().backward()
    assert torch.equal(out, LATENTS.round()) and x.grad[:, 0].tolist() == [0, 1, 2, 3]


def test_uniform_noise_stays_within_half_a_unit():
    made = quantizers.UniformNoise(Factorized(1), None)
    moved = made(torch.zeros(5000, 1), generator())
    assert -0.5 <= float(moved.min()) < -0.49 and 0.49 < float(moved.max()) < 0.5


@pytest.mark.parametrize("sharpness", [0.5, 3.0, 9.0])
def test_soft_rounding_keeps_whole_and_half_numbers_and_has_an_inverse(sharpness):
    fixed = torch.tensor([-2.0, -1.5, 0.0, 0.5, 7.0])
    torch.testing.assert_close(quantizers.soft_round(fixed, sharpness), fixed)
    x = torch.linspace(-1.9, 1.9, 40, dtype=torch.float64)
    there = quantizers.soft_round(x, sharpness)
    torch.testing.assert_close(quantizers.inverse_soft_round(there, sharpness), x, rtol=0, atol=1e-3)
    near = torch.tensor([0.4, 0.6], dtype=torch.float64)
    assert (quantizers.soft_round(near, sharpness) - near).abs()[0] > 0


def test_a_codebook_gives_the_nearest_entry_and_learns_from_both_sides():
    made = quantizers.Vector(2, size=3)
    made.codebook.data = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    x = torch.tensor([[0.9, 0.2], [0.1, 1.5]], requires_grad=True)
    assert made.symbols(x)[:, 0].tolist() == [1, 2]
    assert torch.equal(made(x, generator()), made.codebook[[1, 2]])
    made.penalty(x).backward()
    torch.testing.assert_close(x.grad, 0.25 * 2 * (x.detach() - made.codebook.detach()[[1, 2]]) / 4)
    torch.testing.assert_close(made.codebook.grad[0], torch.zeros(2))


def test_the_pull_of_cheap_entries_is_the_gradient_of_their_soft_choice():
    """In closed form, against automatic differentiation of the squared distances in double precision."""
    torch.manual_seed(3)
    made = quantizers.Vector(2, size=5).double()
    made.logits.data = torch.randn(5, dtype=torch.float64)
    latents = torch.randn(7, 2, dtype=torch.float64, requires_grad=True)
    made.bits(latents, torch.Generator()).backward()
    found, latents.grad = latents.grad, None
    costs = -torch.log_softmax(made.logits, 0).detach() / math.log(2)
    squared = ((latents[:, None] - made.codebook.detach()) ** 2).sum(2)
    (torch.softmax(-squared, 1) * costs).sum().backward()
    torch.testing.assert_close(found, latents.grad)


def test_a_codebook_counts_the_bits_of_its_entries():
    made = quantizers.Vector(1, size=2)
    made.codebook.data = torch.tensor([[0.0], [10.0]])
    made.logits.data = torch.tensor([math.log(3.0), 0.0])
    x = torch.tensor([[0.1], [9.0], [0.2]], requires_grad=True)
    bits = made.bits(x, generator())
    assert bits.item() == pytest.approx(2 * math.log2(4 / 3) + 2, rel=1e-6)
    middle = torch.tensor([[5.2]], requires_grad=True)
    made.bits(middle, generator()).backward()
    assert float(middle.grad) > 0  # down, to the cheaper entry


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type": "none"}, "Unknown quantizer type 'none'; known: sga, ste"),
        ({"type": "ste", "end_temperature": 1.0}, "'ste' does not take end_temperature; it takes: decay"),
        ({"decay": 0.5}, "Unknown quantizer type 'None'"),
    ],
)
def test_what_is_no_quantizer_is_named(options, message):
    with pytest.raises(UserError, match=message):
        quantizers.build(options, 1, [4], False)


@pytest.mark.parametrize("kind", sorted(quantizers.TYPES))
def test_every_quantizer_gives_gradients_to_latents_and_rate(kind):
    torch.manual_seed(0)
    made = quantizers.build({"type": kind}, 1, [2, 2], per_level=True)
    x = LATENTS.clone().requires_grad_()
    (made(x, generator()).square().sum() + made.bits(x, generator()) + made.penalty(x)).backward()
    assert x.grad.isfinite().all() and x.grad.any()
    assert all(parameter.grad.isfinite().all() for parameter in made.parameters())
    assert made.symbols(LATENTS).dtype == torch.int64
