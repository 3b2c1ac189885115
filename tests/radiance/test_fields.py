"""The fields: networks against their plain form, harmonics, options of the hash grid, colours and densities."""

import math

import numpy as np
import pytest
import torch
from fieldbench.errors import UserError
from fieldbench.radiance.directions import spherical_harmonics
from fieldbench.radiance.fields import hash as hash_grid
from fieldbench.radiance.model import build_field
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
    field = build_field(entry)
    for parameter in field.parameters():
        torch.nn.init.uniform_(parameter, -0.5, 0.5)
    return field


def unit(count, seed=1):
    return torch.nn.functional.normalize(
        torch.randn(count, 3, generator=torch.Generator().manual_seed(seed)), dim=1
    )


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
    assert (field.colour(latent, field.view(unit(20))).std(1) > 1e-4).all()


def test_density_is_limited_and_begins_at_e():
    torch.manual_seed(0)
    density, _ = build_field(ENTRIES["hash"]).density(points())
    assert density.tolist() == pytest.approx([math.e] * 50, rel=0.01)
    voxel = filled(ENTRIES["voxel"])
    with torch.no_grad():
        voxel.encoder.tables[0].fill_(100)
    assert voxel.density(points())[0].tolist() == pytest.approx([math.exp(15)] * 50)


def test_a_voxel_grid_interpolates_its_values():
    """On a lattice point the field is the point's own value: density exp(value + 1), colour by the constant harmonic."""
    field = build_field({"type": "voxel", "resolution": 3, "degree": 1})
    with torch.no_grad():
        field.encoder.tables[0].zero_()
        field.encoder.tables[0][13] = torch.tensor([2.0, 1.0, -1.0, 0.0])  # the middle of 27
    density, latent = field.density(torch.tensor([[0.5, 0.5, 0.5], [0.5, 0.5, 0.75]]))
    assert density.tolist() == pytest.approx([math.exp(3), math.exp(2)])
    colour = field.colour(latent, field.view(unit(2)))
    expected = [1 / (1 + math.exp(-value * 0.5 / math.sqrt(math.pi))) for value in (1, -1, 0)]
    assert colour[:, 0].tolist() == pytest.approx(expected)


def test_the_two_look_ups_of_a_voxel_grid_are_equal():
    field = filled(ENTRIES["voxel"])
    torch.testing.assert_close(field.sampled(points()), field.encoder(points()).T)


def losses(field, size):
    """A loss of density and colour with gradients of about `size` per sample."""
    density, latent = field.density(points())
    return size * (density.sum() + field.colour(latent, field.view(unit(50))).sum())


@pytest.mark.parametrize("size", [1.0, 1e-8])
def test_half_precision_rounds_tables_and_loses_no_small_gradients(size):
    """Its field is that of the rounded tables; gradients below half precision's smallest number, 6e-8, arrive."""
    full, half = (filled({**ENTRIES["hash"], "precision": precision}) for precision in hash_grid.PRECISIONS)
    with torch.no_grad():
        for table in full.encoder.tables:
            table.copy_(table.half())
    torch.testing.assert_close(half.encode(points()).float(), full.encode(points()), atol=5e-4, rtol=1e-3)
    for field in (full, half):
        losses(field, size).backward()
    for one, other in zip(half.parameters(), full.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=0.02, atol=0.02 * float(other.grad.abs().max()))


def test_point_after_point_gives_the_features_and_gradients_of_level_after_level():
    count = 2500  # more than two blocks
    found = []
    for order in hash_grid.ORDERS:
        field = filled({**ENTRIES["hash"], "order": order})
        features = field.encode(points(count))
        features.square().sum().backward()
        found.append([features.detach(), *(table.grad for table in field.encoder.tables)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"type": "mesh"}, "frequency, hash, voxel"),
        ({"type": "voxel", "resolution": 4, "colour": 1}, "it takes: resolution, degree"),
        ({**ENTRIES["hash"], "precision": "int8"}, "float32, float16"),
        (
            {**ENTRIES["hash"], "grid": {**GRID, "plane": {"resolution": 4}}, "order": "point-major"},
            "only look-ups",
        ),
        ({**ENTRIES["hash"], "fused": True}, "precision: float16"),
        ({**ENTRIES["hash"], "precision": "float16", "order": "point-major"}, "single precision"),
    ],
)
def test_what_builds_nothing_is_an_error(entry, message):
    with pytest.raises(UserError, match=message):
        build_field(entry)
