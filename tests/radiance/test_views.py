"""Rendering and scores: known scenes through the whole machinery, termination, baselines by hand."""

import numpy as np
import pytest
import torch
from fieldbench.datasets import scene_analytic
from fieldbench.radiance import views
from fieldbench.radiance.fields._base import RadianceField
from fieldbench.radiance.learning import Learning
from fieldbench.radiance.model import Model
from fieldbench.radiance.scene import over
from fieldbench.radiance.spec import LEAST_LIGHT
from fieldbench.record import unit

from tests.radiance.scenes import CPU, OCCUPANCY, TRAINING, analytic, entered, inside, method, of_view, psnr

DENSITY = 4.0


class Known(RadianceField):
    """The analytic scene itself: its density, and the colour of the solid that a ray entered."""

    multiply_adds = (0, 0)

    def __init__(self, inside=DENSITY):
        super().__init__()
        self.inside = torch.nn.Parameter(torch.tensor(inside), requires_grad=False)

    def density(self, points):
        world = 2 * points - 1
        return self.inside * torch.from_numpy(inside(world.numpy())).float(), world.T

    def view(self, directions):
        return directions.T

    def colour(self, latent, view):
        """Of a ray that enters the solid's surface: found by going back from the point, out of the solid."""
        points, directions = latent.T.numpy().astype(float), view.T.numpy().astype(float)
        back = 2.0  # further than any solid is wide
        seen = entered(points - back * directions, directions, back)
        return torch.from_numpy(seen.T).float()


@pytest.fixture(scope="module")
def known():
    """The scene, and a model of it without a grid."""
    scene = analytic(density=DENSITY, size=24)
    model = Model(scene, method(marching="dense", shortest_step=0.004, longest_step=0.004, termination=False))
    model.field = Known()
    return scene, model


def test_the_known_field_renders_to_the_exact_views(known):
    """Checks cameras, rays, march and compositing against the closed form, which knows none of them."""
    scene, model = known
    number = len(scene.images) - 1
    seen, _ = model.render(*of_view(scene, number))
    origin, directions = of_view(scene, number)
    exact = scene_analytic.radiance(origin.numpy().astype(float), directions.numpy().astype(float), DENSITY)
    opacity = seen.opacity.numpy()
    assert np.abs(opacity - exact[:, 3]).max() < DENSITY * 2 * 0.004  # an edge falls between two samples
    assert psnr(seen.colour.T.numpy(), exact[:, :3] + 1 - exact[:, 3:]) > 45
    truth = over(scene.images[number]).reshape(-1, 3)
    assert psnr(seen.colour.T.numpy(), truth) > 22  # the truth averages over each pixel


def test_a_grid_that_holds_the_scene_changes_nothing_but_the_number_of_queries(known):
    scene, model = known
    other = Model(scene, method(hull=True, shortest_step=0.004, longest_step=0.004, termination=False))
    other.field = model.field
    chosen = of_view(scene, 0)
    (dense, many), (sparse, few) = model.render(*chosen), other.render(*chosen)
    torch.testing.assert_close(dense.colour, sparse.colour, atol=1e-5, rtol=0)
    assert few.density < 0.65 * many.density


def test_termination_leaves_out_only_what_no_light_reaches(known):
    """Solids so dense that a ray ends within five steps of entering one."""
    scene, _ = known
    steps = {"marching": "dense", "shortest_step": 0.02, "longest_step": 0.02}
    pair = [Model(scene, method(termination=termination, **steps)) for termination in (False, True)]
    for model in pair:
        model.field = Known(100 * DENSITY)
    chosen = of_view(scene, 0)
    (whole, many), (ended, few) = (model.render(*chosen) for model in pair)
    torch.testing.assert_close(whole.colour, ended.colour, atol=2 * LEAST_LIGHT, rtol=0)
    assert many.colour == many.density
    assert few.colour < few.density < 0.95 * many.density


def test_a_ray_that_ends_early_loses_no_more_light_than_was_left_to_it(known):
    scene, _ = known
    steps = {"marching": "dense", "shortest_step": 0.02, "longest_step": 0.02}
    late, early = (Model(scene, method(least_light=least, **steps)) for least in (LEAST_LIGHT, 0.1))
    for model in (late, early):
        model.field = Known(5 * DENSITY)
    chosen = of_view(scene, 0)
    (whole, many), (ended, few) = late.render(*chosen), early.render(*chosen)
    lost = (whole.opacity - ended.opacity).numpy()
    assert few.density < many.density and 0.01 < lost.max() <= 0.1


def test_rendering_in_parts_is_rendering_at_once(known, monkeypatch):
    scene, model = known
    chosen = of_view(scene, 0)
    whole, asked = model.render(*chosen)
    monkeypatch.setattr("fieldbench.radiance.model.TOGETHER", 3000)
    parts, again = model.render(*chosen)
    torch.testing.assert_close(whole.colour, parts.colour)
    assert asked == again


def test_scores_of_the_known_field(known):
    scene, model = known
    found = views.score(model, scene)
    assert found.views.shape == (2, 24, 24, 3) and found.depth.shape == (2, 24, 24)
    assert all(unit(name) for name in found.measures)
    truth = over(scene.images[~scene.train])
    assert found.measures["psnr_db"] == pytest.approx(
        np.mean([psnr(a, b) for a, b in zip(found.views, truth, strict=True)])
    )
    each = [psnr(a, b) for a, b in zip(found.views, truth, strict=True)]
    assert found.draws["psnr_db"]["view"] == pytest.approx(each)
    assert found.draws.keys() == {"psnr_db", "foreground_psnr_db", "ssim_score"}
    assert all(np.mean(by["view"]) == pytest.approx(found.measures[name]) for name, by in found.draws.items())
    assert (
        found.measures["psnr_db"]
        > found.measures["foreground_psnr_db"]
        > found.measures["white_foreground_psnr_db"]
    )
    assert found.measures["white_psnr_db"] == pytest.approx(np.mean([psnr(1.0, image) for image in truth]))
    assert found.measures["queries_per_ray_count"] == pytest.approx(
        found.measures["dense_queries_per_ray_count"]
    )
    assert found.measures["tight_queries_per_ray_count"] < found.measures["dense_queries_per_ray_count"]


def test_dense_queries_are_the_way_through_the_cube_in_steps(known):
    """A ray along an axis through a cube of side 2: 500 steps of 0.004."""
    _, model = known
    middle = torch.tensor([[0.0, 0, 3]]), torch.tensor([[0.0, 0, -1]])
    _, asked = model.render(*middle)
    assert asked.density == 500


def test_the_box_around_the_hull_holds_the_solids():
    scene = analytic(size=48, train=20)
    low, high = views.hull_box(scene)
    assert (low <= scene.box[0]).all() and (high >= scene.box[1]).all()
    assert (low > scene.box[0] - 0.2).all() and (high < scene.box[1] + 0.2).all()


def test_an_empty_grid_shows_the_background_and_can_train():
    scene = analytic()
    model = Model(scene, method(occupancy={**OCCUPANCY, "scouts": 0.0}))
    model.grid.set_cells(torch.zeros_like(model.grid.cells))
    chosen = of_view(scene, 0)
    seen, asked = model.render(*chosen, background=0.25)
    assert (seen.colour == 0.25).all() and (seen.opacity == 0).all() and asked == (0, 0)
    learned = Learning(model, scene, TRAINING, 0, CPU)
    learned().backward()
    assert all(not parameter.grad.any() for parameter in model.parameters())
