"""The network that fills gaps: on a globe without a seam, trained under added clouds, and not for other data."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.errors import Unsuitable
from fieldbench.networks import unet
from fieldbench.sparse import gridded, learning, neural
from fieldbench.sparse.places import closes
from fieldbench.sparse.report.diagnosis import PREFIX, fault_of
from fieldbench.sparse.spec import Spec

from tests.sparse.learning import CPU, SPEC, small_problem
from tests.sparse.test_clouds import cloudy, problem, task  # noqa: F401

FILLER = Spec({"type": "unet", "hidden": 8, "levels": 3})
TRAINING = {"steps": 150, "batch": 8, "queries": 9, "learning_rate": 4e-3}


def test_a_globe_has_no_seam():
    torch.manual_seed(0)
    network = unet.build(2, 1, hidden=4, levels=2, periodic=True)
    torch.nn.init.normal_(network.out.weight)
    images = torch.randn(1, 2, 7, 12)
    turned = network(torch.roll(images, 2, -1))
    torch.testing.assert_close(turned, torch.roll(network(images), 2, -1))
    flat = unet.build(2, 1, hidden=4, levels=2, periodic=False)
    torch.nn.init.normal_(flat.out.weight)
    assert not torch.allclose(flat(torch.roll(images, 2, -1)), torch.roll(flat(images), 2, -1))


def test_the_columns_of_a_globe_close_and_those_of_a_region_do_not(problem):  # noqa: F811
    assert closes(problem)
    assert not closes(replace(problem, longitude=problem.longitude / 2))


def test_neighbours_in_time_lie_beside_one_another():
    images = torch.arange(3.0)[:, None, None, None].expand(3, 2, 1, 1)
    seen = gridded.beside(images + 1, np.array([0, 2]))[:, ::2, 0, 0]
    assert seen.tolist() == [[0, 1, 2], [2, 3, 0]], "nothing is seen beyond the ends"


def test_it_fills_clouds_with_the_help_of_its_observations(problem):  # noqa: F811
    made = learning.train(problem, FILLER, TRAINING, seed=0, device=CPU)
    measures = {
        name.removeprefix(PREFIX): value for name, value in made.measures.items() if name.startswith(PREFIX)
    }
    assert measures["psnr_db"] > measures["climatology_db"] + 1 and measures["swap_drop_db"] > 1
    assert fault_of({"clamp_cap_db": np.inf} | measures)[0] in ("healthy", "underfit")
    assert made.outputs["prediction"]["mean"].shape == (len(problem.test), *problem.shape)
    again = learning.train(problem, FILLER, TRAINING | {"steps": 3}, seed=0, device=CPU)
    first = learning.train(problem, FILLER, TRAINING | {"steps": 3}, seed=0, device=CPU)
    assert again.outputs["prediction"].equals(first.outputs["prediction"])


def test_networks_and_data_must_suit_one_another(problem):  # noqa: F811
    arguments = {"seed": 0, "device": CPU}
    with pytest.raises(
        Unsuitable, match="'transformer' learns from whole fields, and this series has gaps: use unet"
    ):
        neural.train(problem, SPEC, TRAINING, **arguments)
    with pytest.raises(Unsuitable, match="'unet' fills the gaps of a series, and this task has none"):
        gridded.train(small_problem(), FILLER, TRAINING, **arguments)
