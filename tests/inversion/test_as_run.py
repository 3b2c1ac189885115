"""The versions as the documents' tables were made: their definitions, their sizes, and their losses step by step."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from fieldbench.datasets import plage_synthetic
from fieldbench.encoders._fusion import LevelPredictor, Smoother
from fieldbench.encoders._plane import Plane
from fieldbench.inversion import evaluate, neural
from fieldbench.inversion.specification import specification
from fieldbench.physics.weak_field import weak_field_problem
from fieldbench.report.metrics import scale
from fieldbench.report.statistics import compare_two
from fieldbench.training.loop import Run

from tests.inversion import plain

SHAPE = (23, 21)
STEPS = 20
TRAINING = {
    "steps": STEPS,
    "learning_rate": 5e-3,
    "plateau_patience": 50,
    "normalize_gradients": True,
    "hidden": 64,
    "hidden_layers": 2,
}
VERSIONS = [
    *(("as-run", name) for name in ("v0", "v1", "v2", "v2-per-level", "v3", "v4", "v6")),
    *(("strict-as-run", name) for name in ("v4", "v5", "v6")),
]


@pytest.fixture
def spec(full_config):
    return lambda regime, method: specification(full_config["inversion"], regime, method)


@pytest.fixture(scope="module")
def profiles():
    """Slopes and noisy Stokes values (component, y, x, wavelength) of a smooth field, and the training pixels (y, x)."""
    random = np.random.default_rng(4)
    y, x = np.meshgrid(*(np.linspace(0, 1, count) for count in SHAPE), indexing="ij")
    field = np.stack([900 * np.sin(5 * x) * y, 2e5 * np.cos(4 * y), -1e5 * x])
    slope = np.array([1e-5, 1e-8, 1e-8])[:, None, None, None] * random.uniform(0.5, 1.5, (3, *SHAPE, 3))
    observed = slope * field[..., None] + 1e-3 * random.normal(size=slope.shape)
    return slope, observed, random.random(SHAPE) > 0.1


def problem(slope, observed, training):
    """The pixels' parabolas, by linear least squares."""
    curvature = (slope**2).mean(axis=-1)
    optimum = (slope * observed).mean(axis=-1) / curvature
    floor = ((observed - slope * optimum[..., None]) ** 2).mean(axis=-1)
    dims = ("component", "y", "x")
    return xr.Dataset(
        {
            "curvature": (dims, curvature),
            "optimum": (dims, optimum),
            "floor": (dims, floor),
            "training": (("y", "x"), training),
            "noise_variance": ("component", [1e-6] * 3),
        },
        coords={"component": ["b_los", "b_q", "b_u"]}
        | {n: np.arange(s) for n, s in zip("yx", SHAPE, strict=True)},
    )


@pytest.mark.parametrize("phase", neural.PHASES)
@pytest.mark.parametrize(("regime", "method"), VERSIONS)
def test_losses_equal_those_of_plain_code(spec, profiles, regime, method, phase):
    torch.manual_seed(2)  # none of its gradients is so near zero that single precision decides the sign
    ours = neural.Phase(problem(*profiles), phase, spec(regime, method), TRAINING, torch.device("cpu"))
    encoder, network = (
        {name: value.detach().double().requires_grad_() for name, value in part.named_parameters()}
        for part in (ours.encoder, ours.network)
    )
    chosen = slice(0, 1) if phase == "b_los" else slice(1, 3)
    slope, observed = (torch.from_numpy(part[chosen]).flatten(1, 2) for part in profiles[:2])
    data = {
        "slope": slope,
        "observed": observed,
        "training": torch.from_numpy(profiles[2]).flatten(),
        "shape": SHAPE,
        "unit": 1e-6,
    }
    wanted = plain.losses(regime, method, encoder, network, data, ours.misfit.scale, STEPS)
    run = Run(ours.model, ours.recipe)
    for step in range(STEPS):
        run.advance(step)
    found = np.array(run.history.loss) + ours.misfit.floor / ours.misfit.loss_unit
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize(
    ("regime", "method", "features", "smoother", "predictor", "plane_bytes"),
    [
        ("as-run", "v0", 32, 0, 0, 0),
        ("as-run", "v1", 32, 0, 0, 0),
        ("as-run", "v2", 32, 58, 0, 0),  # 2 x 8 + 8, LayerNorm 8 + 8, 8 x 2 + 2
        ("as-run", "v2-per-level", 32, 16 * 58, 0, 0),
        ("as-run", "v3", 2, 58, 320, 0),  # 2 x 16 + 16, 16 x 16 + 16
        ("as-run", "v4", 2, 58, 320, 0),
        ("as-run", "v6", 34, 0, 0, 131_072),  # 128 x 128 x 2 x 4
        ("strict-as-run", "v4", 32, 59, 0, 0),  # with the weight of the change
        ("strict-as-run", "v5", 32, 16 * 59, 0, 0),
        ("strict-as-run", "v6", 34, 59, 0, 8_192),  # 32 x 32 x 2 x 4
        ("open", "v2-per-level", 32, 16 * 23, 0, 0),  # 2 x 4 + 4, 4 x 2 + 2, and the weight
    ],
)
def test_sizes_by_hand(spec, regime, method, features, smoother, predictor, plane_bytes):
    encoder, _ = neural.build_model(spec(regime, method), "b_los", TRAINING)
    assert encoder.out_dim == features
    sizes = encoder.sizes()
    found = [sizes[name] for name in ("smoother_count", "predictor_count", "plane_bytes")]
    assert found == [smoother, predictor, plane_bytes]
    if regime != "open":
        assert [level.resolution for level in encoder.grid] == plain.RESOLUTIONS


def test_without_their_schedules_v4_and_v5_are_v2_and_v3(spec):
    for method, other in (("v4", "v2"), ("v5", "v3")):
        assert spec("strict-as-run", method) == spec("strict", other) == spec("strict-as-run", other)


def test_a_plane_starts_normal_with_its_deviation(spec):
    torch.manual_seed(0)
    values = neural.build_model(spec("as-run", "v6"), "b_los", TRAINING)[0].plane.table
    share = (values.abs() < 0.01).float().mean().item()
    assert values.std().item() == pytest.approx(0.01, rel=0.02)
    assert share == pytest.approx(0.683, abs=0.01)  # of a normal distribution within one deviation


def test_a_replaced_feature_by_hand():
    smoother = Smoother(2, 1, "shared", 1, normalized=False, residual=False)
    first, _, second = smoother.networks[0]
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
        first.bias.zero_()
        second.weight.copy_(torch.tensor([[2.0, 0.0], [3.0, 5.0]]))
        second.bias.copy_(torch.tensor([0.5, 0.0]))
    features = torch.tensor([[[1.0, -1.0], [4.0, -2.0]]])  # points (1, 4) and (-1, -2)
    wanted = torch.tensor([[[2.5, 0.5], [3.0, 10.0]]])  # ReLU leaves (1, 0) and (0, 2)
    for form in (smoother, smoother.plain):
        torch.testing.assert_close(form(features), wanted, rtol=0, atol=1e-6)


def test_weights_sum_to_one_over_the_active_levels_alone():
    predictor = LevelPredictor(2, 3, 1, "gelu")
    with torch.no_grad():
        predictor.network[2].weight.zero_()
        predictor.network[2].bias.copy_(torch.tensor([1.0, 3.0, 7.0]).log())
    weights = predictor(torch.zeros(1, 2), 2)  # 1 and 3 of 1, 3 and 7
    torch.testing.assert_close(weights, torch.tensor([[0.25], [0.75]]))


def test_one_plane_per_point_has_the_same_features_and_gradient():
    points = torch.rand(40, 2)
    plane = Plane(2, 2, 9, 6, "grid-sample-expanded", deviation=1.0)
    upstream = torch.randn(40, 2)
    results = []
    for form in (plane, plane.plain):
        found = form(points)
        results.append((found, *torch.autograd.grad(found, plane.table, upstream)))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_the_fine_plane_lowers_the_loss_and_fits_noise(full_config, spec):
    """V6 against V0 over five seeds, at the documents' wavelengths: the table's sign, and what it is worth."""
    area = full_config["inversion"]
    data = plage_synthetic.load(line="mg-i-5173", shape=[64, 57])
    reduced = weak_field_problem(data, area["schemes"]["document"], area["held_out"], 0.9)
    found = {method: [] for method in ("v6", "v0")}
    for method, seed in itertools.product(found, range(5)):
        training = {**TRAINING, "steps": 60}
        result = neural.train(
            reduced, spec("as-run", method), training, seed=seed, device=torch.device("cpu")
        )
        found[method].append(evaluate.metrics(result.outputs["field"], reduced, data))
    verdicts = {}
    for metric in ("loss_total_ic2", "held_out_b_los_chi2"):
        draws = [
            pd.Series([one[metric] for one in rows], pd.RangeIndex(5, name="seed")) for rows in found.values()
        ]
        verdicts[metric] = compare_two(*draws, scale(metric), lower_is_better=True).verdict
    assert verdicts == {"loss_total_ic2": "better", "held_out_b_los_chi2": "worse"}
