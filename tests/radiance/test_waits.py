"""How often a training step waits for its device, in the forms that a device takes, counted on a CPU."""

import torch
from fieldbench.radiance import learning, marching, occupancy, volume
from fieldbench.radiance.model import Model
from torch.utils._python_dispatch import TorchDispatchMode

from tests.radiance.scenes import CPU, TRAINING, analytic, method

WAITING = ("aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select")


class Waits(TorchDispatchMode):
    """Counts operations whose result, or whose shape, the host must know: numbers of tensors, and masks as indices."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation.name()
        masked = name.startswith(("aten::index.Tensor", "aten::index_put")) and any(
            part is not None and part.dtype == torch.bool for part in args[1]
        )
        self.count += masked or name in WAITING
        return operation(*args, **(kwargs or {}))


def waits(monkeypatch, spec):
    """Of the fourth step's loss and gradients, without those of the march; the grid is updated outside of it."""
    for module in (occupancy, volume):
        monkeypatch.setattr(module, "has_kernels", lambda _: True)
    monkeypatch.setattr(learning, "march", marching.march_compiled)  # no operation of torch
    torch.manual_seed(0)
    scene = analytic()
    learned = learning.Learning(Model(scene, spec), scene, TRAINING, 0, CPU)
    for step in range(4):
        learned.step = step
        with Waits() as found:
            learned().backward()
    return found.count


def test_what_waits_is_counted():
    values = torch.rand(4)
    with Waits() as found:
        float(values[0])
        bool((values > 2).any())
        values[values > 0.5]
        values.nonzero()
        values[torch.tensor([1, 2])] + values.sum()
    assert found.count == 4


def test_a_step_waits_for_counts_that_its_shapes_follow_from(monkeypatch):
    """The number of rays, to draw them and to limit how many are next (2); whether all samples are lit, as they are here
    (1); which points lie in the grid's cubes, for their cells and their values (2); which rays are no scouts, for their
    pixels and their errors (2). The march waits twice more in each of its one or two calls. So samples are others in each
    step: it cannot be captured."""
    assert waits(monkeypatch, method()) == 7


def test_dense_steps_wait_for_fewer(monkeypatch):
    """The number of rays, and which are no scouts."""
    assert waits(monkeypatch, method(marching="dense", termination=False)) == 4
