"""Observations and queries as one sequence: the document's networks by their formulas."""

import math

import pytest
import torch
from fieldbench import registry
from fieldbench.networks._sets import raw_time_features
from fieldbench.networks.mamba import StaticLayer
from fieldbench.networks.transformer import Layout, SelfLayer
from torch.nn.functional import gelu, layer_norm

SIZES = {"hidden": 8, "heads": 2, "layers": 1, "frequencies": 4, "nyquist": 15.5}
KINDS = {
    "transformer": {"near": False},
    "mamba": {"state_space": "static"},
}
BOTH = pytest.mark.parametrize("kind", KINDS)


def network(kind, **params):
    torch.manual_seed(0)
    options = {"joint": True, "channels": 1, "time": "raw", "fourier_scale": 3.0}
    return registry.build("networks", kind, 2, 1, **SIZES, **KINDS[kind], **(options | params)).eval()


def scene(observations=5, queries=6):
    torch.manual_seed(1)
    seen = torch.rand(3, observations, 2), torch.randn(3, observations)
    return seen, torch.rand(3, queries, 2), torch.randn(3, queries, 1), torch.tensor([0.2, 0.5, 0.9])


def answers(net, seen, query, state, time):
    return net(net.encode(*seen), query, state, time)


def test_raw_times_are_sines_of_the_time_as_it_is():
    found = raw_time_features(torch.tensor([0.5]), 6)
    phases = [0.5 * 10_000 ** (-place / 2) for place in range(3)]
    wanted = [math.sin(phase) for phase in phases] + [math.cos(phase) for phase in phases]
    assert found[0].tolist() == pytest.approx(wanted, rel=1e-5)


def test_the_transformer_by_its_formula():
    """Linear tokens of sines, cosines and value; time added; attention among all; the output from the queries' tokens."""
    net = network("transformer")
    (place, values), query, state, time = scene()

    def sines(position):
        phase = 2 * math.pi * position @ net.features.frequencies.T
        return torch.cat([phase.sin(), phase.cos()], -1)

    observed = net.observation(torch.cat([sines(place), values[..., None]], -1))
    asked = net.query(torch.cat([sines(query), state], -1))
    tokens = torch.cat([observed, asked], 1) + raw_time_features(time, 8)[:, None]
    layer = net.trunk.layers[0]
    normed = layer_norm(tokens, (8,), layer.before.norm.weight, layer.before.norm.bias)
    heads = layer.query_key_value(normed).view(3, 11, 3, 2, 4).permute(2, 0, 3, 1, 4)
    weights = (heads[0] @ heads[1].transpose(-1, -2) / math.sqrt(4)).softmax(-1)
    tokens = tokens + layer.out((weights @ heads[2]).transpose(1, 2).reshape(3, 11, 8))
    normed = layer_norm(tokens, (8,), layer.between.norm.weight, layer.between.norm.bias)
    first, _, last = layer.feed_forward
    tokens = net.trunk.norm(tokens + last(gelu(first(normed))))
    wanted = net.output.leave(tokens[:, 5:])
    torch.testing.assert_close(answers(net, (place, values), query, state, time), wanted)


def test_the_static_recurrence_by_its_formula():
    torch.manual_seed(0)
    layer = StaticLayer(8)
    tokens = torch.randn(2, 40, 8)
    normed = layer_norm(tokens, (8,), layer.norm.norm.weight, layer.norm.norm.bias)
    decay, state, rows = torch.exp(-layer.log_rate.exp() / 40), torch.zeros(2, 8), []
    for place in range(40):
        state = decay * state + normed[:, place] @ layer.enter.weight.T
        rows.append(state @ layer.leave.weight.T + layer.skip * normed[:, place])
    gate = torch.sigmoid(normed @ layer.gate.weight.T + layer.gate.bias)
    torch.testing.assert_close(layer(tokens), tokens + gate * torch.stack(rows, 1))


def test_the_static_recurrence_holds_for_the_fastest_decay_and_long_sequences():
    layer = StaticLayer(8).double()
    torch.nn.init.constant_(layer.log_rate, 50.0)  # cut to a rate of 10
    inputs = torch.randn(1, 2000, 8, dtype=torch.float64)
    state, decay = torch.zeros(1, 8, dtype=torch.float64), math.exp(-10 / 2000)
    for place in range(2000):
        state = decay * state + inputs[:, place]
    torch.testing.assert_close(layer.states(inputs)[:, -1], state)
    torch.testing.assert_close(
        layer.float().states(inputs.float())[:, -1].double(), state, rtol=1e-4, atol=1e-4
    )


@BOTH
def test_answers_depend_on_what_else_is_asked(kind):
    net = network(kind)
    seen, query, state, time = scene()
    whole = answers(net, seen, query, state, time)
    fewer = answers(net, seen, query[:, :3], state[:, :3], time)
    assert not torch.allclose(whole[:, :3], fewer, atol=1e-6)


@BOTH
@pytest.mark.parametrize("direct", [True, False])
def test_only_attention_reaches_the_output_without_a_direct_path(kind, direct):
    """With one observation, attention has the same for every query."""
    net = network(kind, direct=direct)
    found = answers(net, *scene(observations=1))
    assert bool(found.std(1).max() < 1e-6) == (not direct)


@BOTH
@pytest.mark.parametrize("time", ["none", "raw", "added", "adaptive-norm"])
def test_time_reaches_observations_and_queries_unless_it_is_left_out(kind, time):
    net = network(kind, time=time)
    for name, parameter in net.named_parameters():
        if "modulation" in name:
            torch.nn.init.normal_(parameter)
    seen, query, state, early = scene()
    changed = answers(net, seen, query, state, early) - answers(net, seen, query, state, early + 0.1)
    assert bool((changed == 0).all()) == (time == "none")


def test_dropout_rests_in_evaluation_and_acts_in_training():
    torch.manual_seed(0)
    layer = SelfLayer(Layout(8, 2, near=False, drop=0.0, dropout=0.5, condition=None))
    tokens, place = torch.randn(1, 9, 8), torch.rand(1, 9, 2)
    assert not torch.equal(layer(tokens, place), layer(tokens, place))
    assert torch.equal(layer.eval()(tokens, place), layer(tokens, place))


@BOTH
def test_gradients_agree_with_double_precision(kind):
    seen, query, state, time = scene()

    def gradients(dtype):
        net = network(kind).to(dtype)
        given = [part.to(dtype) for part in (*seen, query, state, time)]
        answers(net, given[:2], *given[2:]).square().mean().backward()
        return [parameter.grad for parameter in net.parameters() if parameter.grad is not None]

    for single, double in zip(gradients(torch.float32), gradients(torch.float64), strict=True):
        scale = float(double.abs().max())
        torch.testing.assert_close(single.double(), double, rtol=1e-3, atol=1e-4 * scale + 1e-7)
