"""Set networks: what both backbones share, and the transformer's own symmetry."""

import pytest
import torch
from fieldbench import registry
from fieldbench.errors import UserError
from fieldbench.networks._sets import FourierFeatures, Nearness, StochasticDepth, time_features

SIZES = {"hidden": 16, "heads": 2, "layers": 2, "frequencies": 8, "nyquist": 15.5}
BOTH = pytest.mark.parametrize("kind", ["transformer", "mamba"])


def network(kind, **params):
    torch.manual_seed(0)
    return registry.build("networks", kind, 2, 1, **SIZES, **params)


def scene(fields=3, observations=11, queries=20):
    torch.manual_seed(1)
    return (
        torch.rand(fields, observations, 2),
        torch.randn(fields, observations),
        torch.rand(fields, queries, 2),
    )


@BOTH
def test_an_answer_is_the_same_alone_and_among_many(kind):
    net = network(kind)
    position, values, query = scene(queries=1024)
    memory = net.encode(position, values)
    whole = net(memory, query)
    assert whole.shape == (3, 1024, 1)
    torch.testing.assert_close(net(memory, query[:, 70:71]), whole[:, 70:71], rtol=0, atol=1e-6)
    order = torch.randperm(1024)
    torch.testing.assert_close(net(memory, query[:, order]), whole[:, order], rtol=0, atol=1e-6)


@BOTH
def test_the_order_of_observations_means_nothing(kind):
    net = network(kind)
    position, values, query = scene()
    order = torch.randperm(11)
    one = net(net.encode(position, values), query)
    other = net(net.encode(position[:, order], values[:, order]), query)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@BOTH
def test_observations_matter(kind):
    net = network(kind)
    position, values, query = scene()
    assert not torch.allclose(
        net(net.encode(position, values), query), net(net.encode(position, -values), query)
    )


@BOTH
@pytest.mark.parametrize("time", ["none", "added", "adaptive-norm"])
def test_time_reaches_the_answer_unless_it_is_left_out(kind, time):
    net = network(kind, time=time, channels=1)
    for name, parameter in net.named_parameters():
        if "modulation" in name:
            torch.nn.init.normal_(parameter)
    position, values, query = scene()
    memory, state = net.encode(position, values), torch.randn(3, 20, 1)
    early, late = (net(memory, query, state, torch.full((3,), t)) for t in (0.2, 0.9))
    assert torch.equal(early, late) == (time == "none")


@BOTH
@pytest.mark.parametrize("direct", [True, False])
def test_where_observations_say_nothing_a_query_answers_only_by_a_direct_path(kind, direct):
    """With keys and values of zero, attention returns the same for every query."""
    net = network(kind, direct=direct, reading_layers=1)
    for layer in net.reader.layers:
        torch.nn.init.zeros_(layer.key_value.weight)
    position, values, query = scene()
    answers = net(net.encode(position, values), query)
    assert bool(answers.std(1).max() < 1e-6) == (not direct)


@BOTH
def test_gradients_agree_with_double_precision(kind):
    position, values, query = scene()

    def gradients(dtype):
        net = network(kind).to(dtype)
        given = position.to(dtype), values.to(dtype)
        net(net.encode(*given), query.to(dtype)).square().mean().backward()
        return [parameter.grad for parameter in net.parameters() if parameter.grad is not None]

    for single, double in zip(gradients(torch.float32), gradients(torch.float64), strict=True):
        scale = float(double.abs().max())
        torch.testing.assert_close(single.double(), double, rtol=1e-3, atol=1e-4 * scale + 1e-7)


def test_frequencies_stay_below_nyquist_unless_a_scale_is_given():
    torch.manual_seed(0)
    assert FourierFeatures(500, 5.2, 15.5).frequencies.abs().max() <= 15.5
    beyond = FourierFeatures(5000, 20.0).frequencies.abs() > 15.5
    assert beyond.any(1).float().mean() == pytest.approx(0.69, abs=0.02)


def test_octaves_halve_the_scale():
    torch.manual_seed(0)
    spreads = FourierFeatures(8000, 8.0, multi_scale=True).frequencies.unflatten(0, (4, -1)).std((1, 2))
    assert spreads.tolist() == pytest.approx([8, 4, 2, 1], rel=0.05)


def test_frequencies_are_trained_only_where_asked_for():
    assert not FourierFeatures(4, 1.0).frequencies.requires_grad
    assert FourierFeatures(4, 1.0, learnable=True).frequencies.requires_grad


def test_stochastic_depth_has_the_branch_as_expectation_and_rests_in_evaluation():
    torch.manual_seed(0)
    depth, branch = StochasticDepth(0.3), torch.ones(20_000, 2)
    kept = depth(branch)
    assert kept.mean() == pytest.approx(1, abs=0.02)
    assert sorted(set(kept[:, 0].tolist())) == pytest.approx([0, 1 / 0.7])
    assert torch.equal(kept[:, 0], kept[:, 1])
    assert torch.equal(depth.eval()(branch), branch)


@pytest.mark.parametrize("coordinates", [2, 3])
def test_attention_falls_with_the_square_of_the_distance(coordinates):
    nearness = Nearness(2, 4, used=True)
    query, key = torch.rand(1, 5, coordinates), torch.rand(1, 7, coordinates)
    nothing = torch.zeros(1, 2, 5, 4), torch.zeros(1, 2, 7, 4)
    logits = nearness.query(nothing[0], query) @ nearness.key(nothing[1], key).mT / 4**0.5
    wanted = -torch.cdist(query, key).square() / (2 * nearness.log_length.exp().square()[:, None, None])
    torch.testing.assert_close(logits.log_softmax(-1)[0], wanted.log_softmax(-1), rtol=1e-3, atol=1e-4)


def test_times_are_told_apart():
    near = time_features(torch.tensor([0.5, 0.51]))
    assert (near[0] - near[1]).norm() > 1


def test_positions_have_two_or_three_coordinates():
    with pytest.raises(UserError, match="2 or 3 coordinates, not 4"):
        registry.build("networks", "transformer", 4, 1, **SIZES)
