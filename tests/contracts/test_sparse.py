"""What every task, method and learned method that the configuration names must be."""

import numpy as np
import pytest
import torch
import yaml
from fieldbench import registry
from fieldbench.datasets import wave_family
from fieldbench.sparse import catalogue, masks, neural
from fieldbench.sparse.configuration import learned_methods
from fieldbench.sparse.problem import from_dataset
from fieldbench.sparse.spec import parse

from tests.conftest import ROOT
from tests.sparse.observing import backwards

CATALOGUE = ROOT / "config" / "catalogue" / "sparse.yaml"
AREA = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["sparse"]
LEARNED = learned_methods(AREA)


@pytest.fixture(scope="module")
def problem():
    data = wave_family.load(family="simple", train=80, validation=24, test=4, resolution=16)
    return from_dataset(masks.add_observations(data, "uniform", 0.1, 0.05, 3))


@pytest.mark.parametrize("name", AREA["classical"])
def test_a_classical_method_rebuilds_whole_fields(problem, name):
    entry = AREA["classical"][name]
    method = registry.build("sparse/methods", entry["type"], problem, **entry.get("with", {}))
    seen = problem.test_observations
    found = method.reconstruct(seen)
    assert found.mean.shape == problem.test.shape and np.isfinite(found.mean).all()
    if found.spread is not None:
        assert found.spread.shape == problem.test.shape and (found.spread >= 0).all()
    shuffled = method.reconstruct(backwards(seen))
    np.testing.assert_allclose(shuffled.mean, found.mean, atol=0.02)


@pytest.mark.parametrize("name", LEARNED)
def test_a_learned_method_builds_a_network(name):
    network = neural.build_network(parse(LEARNED[name]), limit=7.5)
    assert sum(parameter.numel() for parameter in network.parameters()) > 0
    assert all(torch.isfinite(parameter).all() for parameter in network.parameters())


@pytest.mark.parametrize("name", LEARNED)
def test_a_learned_method_names_modules_that_exist(name):
    for module in catalogue.modules(LEARNED[name]):
        folder, _, kind = module.rpartition(".")
        assert (ROOT / "workflow/fieldbench" / folder.replace(".", "/") / f"{kind}.py").exists()


def test_the_names_of_versions_are_those_of_the_document():
    assert {f"v{number}" for number in range(3, 103)} <= LEARNED.keys()
