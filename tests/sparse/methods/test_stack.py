"""The stack leaves waves to the fit and the rest to kriging."""

import numpy as np
import pytest
from fieldbench.sparse.methods import stack

from tests.sparse.methods.wave_problem import mean_psnr, wave_problem


def small(family):
    problem = wave_problem(family, noise=0.05, train=600, judges=40)
    mixture, waves = {"classes": 8}, {"waves_at_most": 3, "highest": 6.0, "learned_from": 12}
    return problem, stack.build(problem, neighbours=(15, 30), rounds=2, mixture=mixture, waves=waves)


@pytest.mark.parametrize("family", ["interference", "radial", "modulated"])
def test_it_is_no_worse_than_its_best_expert(family):
    problem, method = small(family)
    known = problem.test_observations
    experts = method.panel.experts(known)
    means = np.array([[one.mean for one in field] for field in experts])
    each = -10 * np.log10(((means - problem.test[:, None]) ** 2).mean(axis=2)).mean(axis=0)
    assert mean_psnr(method, problem) > each.max() - 0.5


def test_sums_of_waves_are_left_to_the_fit():
    problem, method = small("interference")
    known = problem.test_observations
    weights = [
        method.blend.weights(np.array([one.log_evidence for one in field]))
        for field in method.panel.experts(known)
    ]
    assert np.mean(weights, axis=0)[-1] > 0.9
