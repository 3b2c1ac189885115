"""The Mamba backbone's order, its state space, and the document's static one."""

import pytest
import torch
from fieldbench import registry
from fieldbench.networks.mamba import StateSpace, StaticLayer, hilbert_index

SIZES = {"hidden": 16, "heads": 2, "layers": 1, "frequencies": 8, "nyquist": 15.5}


@pytest.mark.parametrize(("coordinates", "side"), [(2, 16), (3, 8)])
def test_the_curve_visits_every_cell_once_and_only_neighbours_follow(coordinates, side):
    cells = torch.cartesian_prod(*[torch.arange(side)] * coordinates)
    index = hilbert_index((cells + 0.5) / side)
    assert len(index.unique()) == side**coordinates
    steps = cells[index.argsort()].diff(dim=0).abs().sum(1)
    assert (steps == 1).all()


def test_the_curve_takes_the_border():
    assert hilbert_index(torch.tensor([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0]])).min() >= 0


def test_the_state_space_reads_in_both_directions():
    torch.manual_seed(0)
    mix = StateSpace(8, 2, 4)
    tokens = torch.randn(1, 9, 8)
    changed = tokens.clone()
    changed[:, 4] += 1
    moved = (mix(changed) - mix(tokens)).abs().sum(-1)[0]
    assert (moved > 1e-6).all()


def test_steps_begin_in_mambas_range():
    torch.manual_seed(0)
    steps = torch.nn.functional.softplus(StateSpace(64, 32, 4).step_bias)
    assert steps.min() >= 0.99e-3 and steps.max() <= 0.101


def test_the_static_recurrence_is_causal_and_not_selective():
    torch.manual_seed(0)
    layer = StaticLayer(8)
    tokens = torch.randn(1, 9, 8)
    changed = tokens.clone()
    changed[:, 4] += 1
    moved = (layer(changed) - layer(tokens)).abs().sum(-1)[0]
    assert (moved[:4] == 0).all() and (moved[4:] > 0).all()


def test_the_static_trunk_depends_on_the_order():
    torch.manual_seed(0)
    net = registry.build("networks", "mamba", 2, 1, **SIZES, state_space="static")
    position, values, query = torch.rand(1, 11, 2), torch.randn(1, 11), torch.rand(1, 5, 2)
    other = net(net.encode(position.flip(1), values.flip(1)), query)
    assert not torch.allclose(net(net.encode(position, values), query), other, atol=1e-5)
