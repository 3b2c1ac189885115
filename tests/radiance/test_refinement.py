"""Samples added where a coarse field saw something."""

import numpy as np
import pytest
import torch
from fieldbench.radiance.marching import Samples
from fieldbench.radiance.model import Model
from fieldbench.radiance.refinement import refined, weights

from tests.radiance.scenes import analytic, method, of_view

# Two rays with a ray without samples between them.
COARSE = Samples(
    torch.tensor([0, 0, 0, 0, 2, 2]),
    torch.tensor([1.5, 2.5, 3.5, 4.5, 0.5, 1.5]),
    torch.ones(6),
    torch.tensor([0, 4, 4, 6]),
)
SHIFT = torch.zeros(3)


def test_new_samples_lie_where_the_weight_is_and_lengths_fill_the_ray():
    weight = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.5, 0.5])
    fine = refined(COARSE, weight, 4, SHIFT)
    assert fine.offsets.tolist() == [0, 8, 8, 14]
    first, second = fine.t[:8], fine.t[8:]
    assert ((first >= 3) & (first <= 4)).sum() == 4 + 1  # and the coarse one
    expected = [3.125, 3.375, 3.5, 3.625, 3.875]
    assert first[2:7].tolist() == pytest.approx(expected, abs=1e-3)
    assert second.tolist() == pytest.approx([0.25, 0.5, 0.75, 1.25, 1.5, 1.75], abs=1e-3)
    assert fine.dt[:8].sum() == pytest.approx(4) and fine.dt[8:].sum() == pytest.approx(2)
    assert (fine.dt >= 0).all() and fine.dt[4] == pytest.approx(0.125, abs=1e-3)


def test_without_weights_new_samples_are_spread_evenly():
    fine = refined(COARSE, torch.zeros(6), 4, SHIFT)
    assert fine.t[:8].tolist() == pytest.approx([1.5, 1.5, 2.5, 2.5, 3.5, 3.5, 4.5, 4.5], abs=1e-3)


def test_weights_are_what_compositing_gives_a_sample():
    optical = torch.tensor([0.5, 1.0, 0.2, 0.1, 2.0, 0.3])
    found = weights(optical, COARSE)
    light = np.exp(-np.cumsum([0, 0.5, 1.0, 0.2]))
    assert found[:4].tolist() == pytest.approx(light * -np.expm1(-optical[:4].numpy()))
    assert found[4] == pytest.approx(1 - np.exp(-2.0))


def test_a_coarse_field_is_learned_and_asked_too():
    scene = analytic()
    model = Model(scene, method(marching="dense", termination=False, fine=8))
    rendered, queries = model.eval().render(*of_view(scene, 0))
    plain = Model(scene, method(marching="dense", termination=False)).eval()
    coarse = plain.render(*of_view(scene, 0))[1].density
    rays = np.isfinite(rendered.depth).sum()
    assert rendered.colour.shape == (3, 256) and coarse * 2 < queries.density <= 2 * coarse + 8 * rays
    names = {name.split(".")[0] for name, _ in model.named_parameters()}
    assert names == {"field", "coarse"}
    with pytest.raises(Exception, match="'fine' is of the marching 'dense'"):
        method(fine=8)
