"""What a CUDA graph captures must never wait for the device: steps on tensors that have no values to wait for."""

import numpy as np
import pytest
import torch
import xarray as xr
from fieldbench.inversion import neural

SHAPE = (6, 5)
NOWHERE = torch.device(
    "meta"
)  # whoever asks a tensor there for a value, or for a shape that follows from one, fails
GRID = {"type": "multigrid", "base_resolution": 2, "max_resolution": 8, "levels": 3, "features": 2}
TRAINING = {
    "steps": 9,
    "learning_rate": 5e-3,
    "plateau_patience": 5,
    "normalize_gradients": True,
    "hidden": 8,
    "hidden_layers": 2,
}
ENCODERS = {
    "look-ups": {**GRID, "table_size": 256},
    "rows that lattice points share": {**GRID, "table_size": 16, "indexing": "hash"},
    "levels by and by": {
        **GRID,
        "table_size": 256,
        "progression": {"start": 1, "add": 1, "every_fraction": 0.3, "fade": True},
    },
    "frequencies": {"type": "fourier", "frequencies": 4, "scale": 1.0},
}


def problem():
    """A weak-field problem without meaning."""
    maps = dict.fromkeys(("curvature", "optimum", "floor"), np.ones((3, *SHAPE)))
    return xr.Dataset(
        {name: (("component", "y", "x"), values) for name, values in maps.items()}
        | {"training": (("y", "x"), np.ones(SHAPE, bool)), "noise_variance": ("component", [1.0] * 3)},
        coords={"component": ["b_los", "b_q", "b_u"], "y": np.arange(SHAPE[0]), "x": np.arange(SHAPE[1])},
    )


def captured(phase):
    """What is captured of a step but for Adam, whose `capturable` form is torch's."""
    loss = phase.model()
    loss.backward()
    phase.recipe.adjust(list(phase.model.parameters()))
    return loss


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
@pytest.mark.parametrize("chunks", [1, 2])
def test_a_step_of_the_inversion_never_waits(encoder, chunks):
    spec = {"encoder": encoder, "network": {"type": "mlp"}}
    phase = neural.Phase(problem(), "b_los", spec, TRAINING, NOWHERE)
    phase.model.chunks = chunks
    phase.model.set_progress(0.5)
    assert phase.recipe.graphed
    assert captured(phase).shape == ()


@pytest.mark.parametrize(
    "wait",
    [
        float,
        bool,
        torch.Tensor.tolist,
        torch.Tensor.cpu,
        torch.Tensor.numpy,
        torch.nonzero,
        lambda x: x[x > 0],
    ],
)
def test_what_waits_is_noticed(wait):
    with pytest.raises((RuntimeError, NotImplementedError, TypeError)):
        wait(torch.ones(1, device=NOWHERE).mul(2))
