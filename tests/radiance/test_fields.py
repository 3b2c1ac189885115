"""The fields: networks against their plain form, harmonics, options of the hash grid, colours and densities."""

import math

import numpy as np
import pytest
import torch
from fieldbench.encoders._multigrid import look_up
from fieldbench.errors import UserError
from fieldbench.radiance import fields
from fieldbench.radiance.directions import spherical_harmonics
from fieldbench.radiance.perceptron import TILE, Perceptron

GRID = {"base_resolution": 4, "max_resolution": 32, "levels": 3, "features": 2, "table_size": 512}
ENTRIES = {
    "hash": {"type": "hash", "grid": GRID, "hidden": 16},
    "voxel": {"type": "voxel", "resolution": 6},
    "frequency": {"type": "frequency", "frequencies": 4, "hidden": 16, "hidden_layers": 4},
}


def points(count=50, seed=0):
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(seed))


def filled(entry, seed=0):
    """A field whose parameters are far from their start, which is nearly 0 in tables."""
    torch.manual_seed(seed)
    field = fields.build(entry)
    for parameter in field.parameters():
        torch.nn.init.uniform_(parameter, -0.5, 0.5)
    return field


def unit(count, seed=1):
    return torch.nn.functional.normalize(torch.randn(count, 3, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_harmonics_are_orthonormal_over_the_sphere():
    """By Gauss-Legendre quadrature in the height and equal steps in the angle, which is exact for these degrees."""
    height, weight = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(8))
    angle = 2 * torch.pi * torch.arange(16, dtype=torch.float64) / 16
    flat = (1 - height**2).sqrt()
    directions = torch.stack(
        [flat[:, None] * angle.cos(), flat[:, None] * angle.sin(), height[:, None].expand(-1, 16)], -1
    ).reshape(-1, 3)
    values = spherical_harmonics(directions, 4)
    shares = (weight[:, None] * 2 * torch.pi / 16).expand(-1, 16).reshape(-1)
    gram = (values * shares) @ values.T
    torch.testing.assert_close(gram, torch.eye(16, dtype=torch.float64), atol=1e-12, rtol=0)


def test_the_first_harmonics_by_hand():
    values = spherical_harmonics(torch.tensor([[0.0, 0, 1]]), 2)[:, 0]
    assert values.tolist() == pytest.approx([0.5 / math.sqrt(math.pi), 0, math.sqrt(3 / (4 * math.pi)), 0])


@pytest.mark.parametrize("widths", [[5, 8, 3], [6, 16, 16, 16, 1]])
@pytest.mark.parametrize("count", [7, TILE + 3])
def test_a_network_in_tiles_equals_its_plain_form(widths, count):
    torch.manual_seed(0)
    network = Perceptron(widths)
    values = torch.randn(widths[0], count, requires_grad=True)
    weights = torch.randn(widths[-1], count)

    def gradients(form, leaf, dtype):
        network.to(dtype).zero_grad()
        out = form(leaf)
        (out * weights.to(dtype)).sum().backward()
        found = [out.detach(), leaf.grad, *(weight.grad.clone() for weight in network.weights)]
        leaf.grad = None
        return found

    fast = gradients(network, values, torch.float32)
    exact = gradients(network.plain, values.detach().double().requires_grad_(), torch.float64)
    for one, other in zip(fast, exact, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-4, atol=1e-4 * float(other.abs().max()))


@pytest.mark.parametrize("name", ENTRIES)
def test_densities_and_colours_are_possible_ones_and_train(name):
    field = filled(ENTRIES[name])
    density, latent = field.density(points())
    view = field.view(unit(50))
    colour = field.colour(latent, view)
    assert density.shape == (50,) and colour.shape == (3, 50)
    assert (density > 0).all() and (colour > 0).all() and (colour < 1).all()
    (density.sum() + colour.square().sum()).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in field.parameters())


@pytest.mark.parametrize("name", ENTRIES)
def test_colour_depends_on_the_direction_and_density_does_not(name):
    field = filled(ENTRIES[name])
    same = points(1).expand(20, 3).contiguous()
    density, latent = field.density(same)
    assert (density == density[0]).all()
    assert float(field.colour(latent, field.view(unit(20))).std(1).min()) > 1e-4


def test_density_is_limited_and_begins_thin():
    torch.manual_seed(0)
    density, _ = fields.build(ENTRIES["hash"]).density(points())
    assert density.tolist() == pytest.approx([math.exp(-1)] * 50, rel=0.01)
    voxel = filled(ENTRIES["voxel"])
    with torch.no_grad():
        voxel.encoder.tables[0].fill_(100)
    assert voxel.density(points())[0].tolist() == pytest.approx([math.exp(15)] * 50)


def test_a_voxel_grid_interpolates_its_values():
    """On a lattice point the field is the point's own value: density exp(value - 1), colour by the constant harmonic."""
    field = fields.build({"type": "voxel", "resolution": 3, "degree": 1})
    with torch.no_grad():
        field.encoder.tables[0].zero_()
        field.encoder.tables[0][13] = torch.tensor([2.0, 1.0, -1.0, 0.0])  # the middle of 27
    density, latent = field.density(torch.tensor([[0.5, 0.5, 0.5], [0.5, 0.5, 0.75]]))
    assert density.tolist() == pytest.approx([math.exp(1), math.exp(0)])
    colour = field.colour(latent, field.view(unit(2)))
    expected = [1 / (1 + math.exp(-value * 0.5 / math.sqrt(math.pi))) for value in (1, -1, 0)]
    assert colour[:, 0].tolist() == pytest.approx(expected)


def test_half_precision_tables_are_rounded_and_train_in_single_precision():
    full, half = (filled({**ENTRIES["hash"], "precision": precision}) for precision in fields.PRECISIONS)
    half.load_state_dict(full.state_dict())
    with torch.no_grad():
        rounded = [table.half().float() for table in half.encoder.tables]
        pairs = zip(rounded, half.encoder.grid, strict=True)
        expected = torch.cat([look_up(table, points(), level) for table, level in pairs], 1)
    torch.testing.assert_close(half._encode(points()), expected)
    assert not torch.equal(half._encode(points()), full._encode(points()))
    half._encode(points()).sum().backward()
    full._encode(points()).sum().backward()
    for one, other in zip(half.encoder.tables, full.encoder.tables, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_point_after_point_gives_the_features_and_gradients_of_level_after_level():
    count = 2500  # more than two blocks
    found = []
    for order in fields.ORDERS:
        field = filled({**ENTRIES["hash"], "order": order})
        features = field._encode(points(count))
        features.square().sum().backward()
        found.append([features.detach(), *(table.grad for table in field.encoder.tables)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"type": "mesh"}, "hash, voxel, frequency"),
        ({"type": "voxel", "resolution": 4, "colour": 1}, "it takes: resolution, degree"),
        ({**ENTRIES["hash"], "precision": "int8"}, "float32, float16"),
        ({**ENTRIES["hash"], "grid": {**GRID, "smoothing": {"hidden": 4}}, "order": "point-major"}, "only look-ups"),
    ],
)
def test_what_builds_nothing_is_an_error(entry, message):
    with pytest.raises(UserError, match=message):
        fields.build(entry)
