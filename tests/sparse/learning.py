"""A small problem and small networks that several tests train."""

from dataclasses import replace

import numpy as np
import torch
from fieldbench.datasets import _waves
from fieldbench.sparse import masks, neural
from fieldbench.sparse.problem import Problem
from fieldbench.sparse.spec import Spec

CPU = torch.device("cpu")
torch.set_num_threads(1)  # more than one thread costs more than these small networks gain
SIDE, OBSERVED = 8, 12
SPEC = Spec(
    {"type": "transformer", "hidden": 16, "heads": 2, "layers": 1, "frequencies": 16},
    sampler_steps=3,
    samples=2,
)
FLOW = replace(SPEC, objective="flow")
TRAINING = {"steps": 6, "batch": 4, "queries": 9, "learning_rate": 3e-3}


def small_problem(fields=40, noise=0.0, family="simple"):
    """Waves on 8 x 8 points, 12 of them observed."""
    y, x = (part.ravel() for part in np.meshgrid(*[np.linspace(0, 1, SIDE)] * 2, indexing="ij"))
    position = np.stack([y, x], 1)

    def drawn(count, seed):
        parameters = _waves.draw(family, count, np.random.default_rng(seed))
        return _waves.evaluate(family, parameters, y, x).astype(np.float32)

    def seen(values, seed):
        rng = np.random.default_rng(seed)
        index = masks.draw("uniform", position, OBSERVED, len(values), rng)
        return masks.observe(values, index, noise, rng)

    validation, test = drawn(5, 2), drawn(6, 3)
    row, column = np.divmod(np.arange(SIDE**2), SIDE)
    plane = (SIDE, SIDE), np.ones(SIDE**2), None, None
    observations = seen(validation, 4), seen(test, 5)
    return Problem(
        drawn(fields, 1),
        validation,
        test,
        position,
        row,
        column,
        *plane,
        *observations,
        noise,
        "uniform",
        1.0,
        "1",
        "field",
    )


def trained(problem, spec=SPEC, seed=0, **more):
    """The model, history and measures of a short training; keys of `TRAINING` and of `neural.train` as keywords."""
    training = {key: more.pop(key, value) for key, value in TRAINING.items()}
    result = neural.train(problem, spec, training, seed=seed, device=CPU, **more)
    return result.outputs["model"], result.outputs["history"], result.measures


def predicted(model, problem, **more):
    """The prediction and samples for the test fields."""
    seen = problem.test_observations
    return neural.predict(model, seen, **more)


def parameters(model):
    return [value.detach().clone() for value in model.network.state_dict().values()]
