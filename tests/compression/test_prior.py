"""The learned distribution: a distribution indeed, its gradients, its groups."""

import math

import pytest
import torch
from fieldbench.compression.prior import Factorized


def made(dimensions=2, groups=1, seed=0):
    torch.manual_seed(seed)
    prior = Factorized(dimensions, groups).double()
    with torch.no_grad():
        for parameter in prior.parameters():
            parameter += torch.randn_like(parameter) * 0.5
    return prior


@pytest.mark.parametrize("seed", range(5))
def test_whole_numbers_share_a_probability_of_one(seed):
    prior = made(seed=seed)
    numbers = torch.arange(-4000.0, 4001.0, dtype=torch.float64)[:, None].expand(-1, 2)
    probability = 2 ** -prior.bits(numbers)
    torch.testing.assert_close(probability.sum(0), torch.ones(2, dtype=torch.float64), rtol=0, atol=2e-5)
    assert (prior.logits(numbers).diff(dim=0) > 0).all()


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_bits_by_hand():
    """All slopes softplus(h) = 1, no shift, no bend: the logistic distribution."""
    prior = Factorized(1)
    with torch.no_grad():
        prior.slope.fill_(math.log(math.expm1(1.0)))
        prior.shift.zero_()
    found = prior.bits(torch.tensor([[0.0], [3.0], [-3.0]]))[:, 0]
    expected = [-math.log2(sigmoid(x + 0.5) - sigmoid(x - 0.5)) for x in (0, 3, -3)]
    assert found.tolist() == pytest.approx(expected, rel=1e-5)


def test_gradients_agree_with_finite_differences():
    prior = made(groups=2)
    x = (torch.randn(5, 2, dtype=torch.float64) * 3).requires_grad_()
    group = torch.tensor([0, 1, 1, 0, 1])
    assert torch.autograd.gradcheck(lambda x, *_: prior.bits(x, group), (x, *prior.parameters()))


def test_single_precision_agrees_with_double():
    double = made()
    single = Factorized(2)
    single.load_state_dict(double.state_dict())
    x = torch.randn(200, 2, dtype=torch.float64) * 5
    torch.testing.assert_close(single.bits(x.float()).double(), double.bits(x), rtol=1e-3, atol=1e-4)


def test_each_group_has_a_distribution_of_its_own():
    prior = made(groups=2)
    x = torch.randn(4, 2, dtype=torch.float64)
    both = prior.bits(x, torch.tensor([0, 1, 0, 1]))
    for group in (0, 1):
        alone = prior.bits(x, torch.full((4,), group))
        torch.testing.assert_close(both[group::2], alone[group::2])
    assert not torch.allclose(
        prior.bits(x, torch.zeros(4, dtype=int)), prior.bits(x, torch.ones(4, dtype=int))
    )
