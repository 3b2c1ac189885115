"""Instant-NGP and SHACIRA: files that decode anywhere, and what their options do."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from fieldbench import record, registry
from fieldbench.compression import container, entropy, fixed_order, tensors
from fieldbench.compression.codec import WithMaxError, bits_per_pixel, decode, psnr_db
from fieldbench.compression.codecs import _grid, _objective, shacira
from fieldbench.compression.correction import largest_error
from fieldbench.encoders._base import grid_points
from fieldbench.encoders._multigrid import look_up
from fieldbench.errors import OutOfTime, UserError
from fieldbench.training.checkpoint import Checkpoint

from tests.compression.coding import CPU, FIELDS, codec, encoded, image, variable, video

WORKFLOW = Path(registry.__file__).parents[1]
ELSEWHERE = """
import sys
from pathlib import Path
import torch
from fieldbench.compression.codec import decode
torch.set_num_threads(2)
for file in sys.argv[1:]:
    sys.stdout.buffer.write(decode(Path(file).read_bytes()).values.tobytes())
"""


@pytest.mark.parametrize("kind", ["shacira", "ngp"])
def test_a_fresh_process_decodes_the_same_bits(tmp_path, kind):
    coded = {name: encoded(made(), kind, steps=10).data for name, made in FIELDS.items()}
    for name, data in coded.items():
        (tmp_path / f"{name}.fbc").write_bytes(data)
    run = [sys.executable, "-c", ELSEWHERE, *(str(tmp_path / f"{name}.fbc") for name in coded)]
    there = subprocess.run(
        run, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(WORKFLOW)}
    )
    assert there.stdout == b"".join(decode(data).values.tobytes() for data in coded.values())


@pytest.mark.parametrize("kind", ["shacira", "ngp"])
@pytest.mark.parametrize("name", FIELDS)
def test_a_file_holds_all_that_a_field_is(kind, name):
    truth = FIELDS[name]()
    found = decode(encoded(truth, kind, steps=2, chunk=64).data)
    for key in ("kind", "units", "peak", "levels", "channels", "attributes"):
        assert getattr(found, key) == getattr(truth, key)
    assert np.array_equal(found.known, truth.known)
    assert found.values.shape == truth.values.shape and found.values.dtype == np.float32


@pytest.mark.parametrize(("kind", "options"), [("shacira", {"rate_weight": [1e-5, 1e-5]}), ("ngp", {})])
def test_training_fits_the_field(kind, options):
    truth = image()
    made = encoded(truth, kind, steps=300, learning_rate=1e-2, hidden=16, **options)
    decoded = decode(made.data)
    constant = replace(truth, values=truth.values * 0 + truth.values.mean())
    assert psnr_db(truth, decoded) > psnr_db(truth, constant) + 6
    assert np.array_equal(np.rint(decoded.values * 255) / np.float32(255), decoded.values)
    assert psnr_db(truth, decoded) == pytest.approx(float(made.history["psnr_db"][-20:].mean()), abs=1.5)


def test_unknown_samples_carry_no_loss():
    """Whatever stands there, the file is the same."""
    truth = variable()
    other = replace(truth, values=np.where(truth.known, truth.values, np.float32(1e9)))
    files = [encoded(one, steps=5).data for one in (truth, other)]
    assert files[0] == files[1]


def test_values_far_from_zero_keep_their_precision():
    truth = variable()
    shifted = replace(truth, values=truth.values + np.float32(1e5))
    errors = [psnr_db(one, decode(encoded(one, "ngp", steps=200).data)) for one in (truth, shifted)]
    assert errors[1] == pytest.approx(errors[0], abs=1.0) and errors[0] > 20


@pytest.mark.parametrize("kind", ["shacira", "ngp"])
def test_the_file_is_the_same_for_the_same_seed_and_another_for_another(kind):
    files = [encoded(image(), kind, seed=seed, steps=6).data for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize("options", [{}, {"chunk": 50}, {"rate_target": 6.0, "steps": 60}])
def test_an_interrupted_training_leaves_the_same_file(tmp_path, options):
    def stop(done, _steps, _loss):
        if done == 17:
            raise OutOfTime("enough")

    whole = encoded(image(), **options)
    checkpoint = Checkpoint(tmp_path / "state.pt", 1e9)
    with pytest.raises(OutOfTime):
        encoded(image(), checkpoint=checkpoint, progress=stop, **options)
    resumed = encoded(image(), checkpoint=checkpoint, **options)
    assert resumed.data == whole.data
    assert np.array_equal(resumed.history["rate_bpp"], whole.history["rate_bpp"])
    assert resumed.history.sizes["step"] == options.get("steps", 40)


def test_a_checkpoint_of_another_field_is_not_used(tmp_path):
    checkpoint = Checkpoint(tmp_path / "state.pt", 1e9)
    encoded(image(), checkpoint=checkpoint, steps=5)
    other = replace(image(), values=1 - image().values)
    assert encoded(other, checkpoint=checkpoint, steps=5).data == encoded(other, steps=5).data


def test_the_rate_meets_its_target():
    truth = image((40, 48))
    grid = {"levels": 8, "max_resolution": 40, "table_size": 11, "weights": "float16"}
    rates = {"grid_rate": 4e-2, "prior_rate": 3e-2, "last_share": 0.05}
    for target in (2.5, 3.5):
        data = encoded(truth, steps=400, rate_target=target, **grid, **rates).data
        assert bits_per_pixel(data, truth) == pytest.approx(target, rel=0.1)


def test_a_target_below_the_network_is_refused():
    with pytest.raises(
        UserError, match=r"A rate of 0\.1 bits per pixel is 7 bytes, and network and header alone"
    ):
        encoded(image(), rate_target=0.1)


@pytest.mark.parametrize("kind", ["sga", "ste", "uniform-noise", "soft-rounding", "vector"])
@pytest.mark.parametrize("weights", ["float32", "float16", "quantized"])
def test_every_quantizer_with_every_kind_of_weights(kind, weights):
    truth = image()
    made = encoded(
        truth, quantizer={"type": kind}, weights=weights, per_level=True, latent_features=2, features=2
    )
    assert decode(made.data).values.shape == truth.values.shape
    sizes = container.part_sizes(made.data)
    assert sizes["header"] < 140
    assert made.measures["model_entropy_bytes"] <= 1.03 * (sizes["latents"] + sizes["networks"])


def test_coded_weights_take_less_than_half_of_half_precision():
    sizes = {
        weights: container.part_sizes(encoded(image(), weights=weights).data)["networks"]
        for weights in ("float32", "float16", "quantized")
    }
    assert sizes["float32"] == 2 * sizes["float16"] > 2.0 * sizes["quantized"]


def test_a_larger_weight_of_the_rate_makes_a_smaller_file():
    made = [encoded(image(), steps=150, rate_weight=(w, w)) for w in (1e-1, 1e-6)]
    latents = [container.part_sizes(one.data)["latents"] for one in made]
    assert latents[0] < 0.8 * latents[1]
    unique = [one.measures["unique_latent_count"] for one in made]
    assert 1 <= unique[0] < unique[1] <= made[1].measures["latent_count"]


def test_measures_are_of_the_file_and_have_names_with_units(monkeypatch):
    monkeypatch.setattr(record, "UNITS", (*record.UNITS, "bpp", "score"))
    truth = variable()
    made = encoded(truth, per_level=True)
    measures, sizes = made.measures, container.part_sizes(made.data)
    assert {f"{name}_bytes" for name in sizes} <= set(measures)
    assert measures["mask_bytes"] == sizes["mask"] > 0
    levels = [measures[f"level_{number:02d}_bytes"] for number in range(4)]
    assert 0.5 * sizes["latents"] < sum(levels) <= sizes["latents"]
    assert measures["latent_count"] == sum(level.rows for level in codec().grid.tables(truth.shape))
    assert measures["lambda_per_latent_ratio"] == pytest.approx(1e-4, rel=0.1)
    ratio = measures["lambda_per_pixel_ratio"] / measures["lambda_per_latent_ratio"]
    assert ratio == pytest.approx(24 * 18 / measures["latent_count"])
    assert measures["multiply_adds_count"] == 4 * 4 * 2 + 4 * 8 + 8 * 1
    assert all(
        record.make(area="a", dataset="d", regime="r", method="m", seed=0, metrics=measures)["metrics"]
    )


@pytest.mark.parametrize("dimensions", [2, 3])
def test_levels_are_those_of_the_paper(dimensions):
    """1 + floor(16 b^l) with b = 32^(1/23); at most 2^11 rows; hashed where the lattice has more points."""
    levels = shacira.build().grid.tables((40,) * dimensions)
    assert [levels[0].resolution, levels[1].resolution, levels[-1].resolution] == [17, 19, 513]
    assert [level.rows for level in levels[:2]] == [min(17**dimensions, 2048), min(19**dimensions, 2048)]
    assert levels[-1].rows == 2048 and levels[-1].hashed and levels[0].hashed == (dimensions == 3)


def test_the_finest_level_follows_the_field_where_none_is_given():
    """So the rows grow with the samples until the tables are full."""
    grid = codec(max_resolution=None, base_resolution=4, table_size=20).grid
    assert [grid.tables(shape)[-1].resolution for shape in ((20, 30), (60, 20), (2, 3))] == [31, 61, 5]
    made = encoded(image(), max_resolution=None)
    assert decode(made.data).values.shape == image().values.shape


@pytest.mark.parametrize("of", [image, video])
def test_what_is_trained_is_what_is_decoded(of):
    """The whole grid at once, sampled points and the decoder give the outputs of the published look-up."""
    truth = of()
    made = codec(features=2)
    model = made.model(truth, 0, CPU)
    levels = made.grid.tables(truth.shape)
    values = model.source.values(torch.Generator().manual_seed(1)).detach()
    points = grid_points(truth.shape)
    tables = values.split([level.rows for level in levels])
    plain = torch.cat([look_up(table, points, level).T for table, level in zip(tables, levels, strict=True)])
    with torch.no_grad():
        expected = model.network(plain)
    layers = tensors.arrays(model.network.parameters())
    output = torch.from_numpy(fixed_order.evaluated(values.numpy(), layers, levels, truth.shape, 100))
    torch.testing.assert_close(output, expected, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(_grid.points(torch.arange(len(points)), truth.shape), points)
    target = torch.from_numpy(truth.values.reshape(len(truth.values), -1))
    mse = ((expected - target) ** 2).mean()
    distortion = model.view(values, model.network, torch.Generator().manual_seed(1))
    assert float(distortion.detach()) == pytest.approx(float(mse), rel=1e-4 if of is image else 0.2)


def test_the_network_has_rectified_linear_units_and_their_slopes():
    network = _grid.ReluMLP(3, 2, 5, 2)
    z, value = torch.tensor([[-1.0, 0.0, 2.0]]), torch.empty(1, 3)
    network.activate(z, value)
    assert value.tolist() == [[0, 0, 2]] and z.tolist() == [[0, 0, 1]]
    features = torch.randn(3, 7, requires_grad=True)
    weight, target = torch.rand(2, 7), torch.randn(2, 7)
    results = []
    for loss in (_objective.quadratic, _objective.plain_loss):
        network.zero_grad()
        features.grad = None
        loss(network, features, weight, target).backward()
        results.append(
            [features.grad.clone(), *(parameter.grad.clone() for parameter in network.parameters())]
        )
    torch.testing.assert_close(results[0], results[1])


def test_features_of_latents_by_hand():
    latents, div = torch.tensor([[2.0, -4.0]]), torch.tensor([4.0])
    found = shacira.features_of(
        latents, div, torch.tensor([[1.0, 2.0], [0.5, 0.0]]), torch.tensor([0.1, 0.2])
    )
    torch.testing.assert_close(found, torch.tensor([[0.5 - 0.5 + 0.1, 1.0 + 0.2]]))


def test_latents_are_divided_by_their_maximum_of_early_steps():
    source = codec().model(image(), 0, CPU).source
    largest = ((0, 3.0, 3.0), (1, 4.0, 4.0), (2, 9.0, 4.0), (4, 5.0, 5.0), (9, 7.0, 7.0), (10, 8.0, 7.0))
    for step, latent, expected in largest:
        source.latents.data.fill_(-latent)
        source.set_step(step, 40)
        assert float(source.div) == expected
    free = codec(norm="none").model(image(), 0, CPU).source
    free.set_step(0, 40)
    assert float(free.div) == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"norm": "mean"}, "Unknown norm 'mean' of codec shacira; known: max, none"),
        ({"weights": "int8"}, "Unknown weights 'int8'"),
        ({"quantizer": {"type": "sga", "temperature": 1}}, "does not take temperature"),
        ({"max_resolution": 1}, "base_resolution <= max_resolution"),
    ],
)
def test_options_that_build_nothing_are_named(options, message):
    with pytest.raises(UserError, match=message):
        encoded(image(), **options)


@pytest.mark.parametrize("name", FIELDS)
def test_any_codec_can_be_bounded(name):
    truth = FIELDS[name]()
    error = 2 / 255 if truth.levels else truth.peak / 200
    made = WithMaxError(codec(), error).encode(truth, seed=0, device=CPU)
    assert largest_error(truth, decode(made.data)) <= error * (1 + 1e-5 * bool(truth.levels))
    sizes = container.part_sizes(made.data)
    assert made.measures["correction_bytes"] == sizes["correction"] > 0
    assert made.measures["header_bytes"] == sizes["header"]


def test_a_file_of_an_unknown_codec_says_so():
    header, sections = container.unpack(encoded(image(), steps=1).data)
    with pytest.raises(UserError, match="written by the codec 'other', which this version lacks"):
        decode(container.pack({**header, "codec": "other"}, sections))


def test_every_parameter_trains_at_its_own_rate():
    made = codec(grid_rate=0.5, decoder_rate=0.25, prior_rate=0.125, learning_rate=0.0625)
    model, recipe = made.model(image(), 0, CPU), made.recipe(image(), 0)
    groups = recipe.groups(model, recipe.learning_rate)
    rates = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    assert rates[id(model.source.latents)] == 0.5 and rates[id(model.source.decoder[0])] == 0.25
    assert rates[id(model.source.quantizer.prior.slope)] == 0.125
    assert rates[id(model.network.layers[0].weight)] == 0.0625
    assert len(rates) == len(list(model.parameters()))


def test_ideal_bits_of_levels_sum_to_the_entropy():
    symbols = np.random.default_rng(0).integers(-3, 4, (2, 100))
    shared = shacira._level_bits(symbols, [30, 70], per_level=False)
    assert sum(shared) == pytest.approx(sum(entropy.entropy_bits(row) for row in symbols))
    own = shacira._level_bits(symbols, [30, 70], per_level=True)
    assert sum(own) < sum(shared)
