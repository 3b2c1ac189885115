"""The published algorithm, step by step: what tests compare with and times are given against.

As the code behind both documents trains: every level is looked up by one gather per corner, both phases' models are
evaluated though one is trained, the loss is taken over wavelengths, and Adam updates whole tables. The units are those
of `neural.Parabolas`, so that its losses can be compared with those of the fast form.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import torch
import xarray as xr
from torch import Tensor, nn

from fieldbench.encoders._base import grid_points
from fieldbench.inversion.neural import PHASES, Parabolas, build_model, parabolas
from fieldbench.training.recipe import SMALLEST_MEAN

WAVELENGTHS = 3
CPU = torch.device("cpu")


def equivalent_profiles(misfit: Parabolas, floor: Tensor) -> tuple[Tensor, Tensor]:
    """Stokes profiles at three wavelengths with the same misfit as the parabolas, for every field.

    A constant response sqrt(weight) and the residuals sqrt(3 floor / 2) (1, -1, 0), which are orthogonal to it.

    Args:
        floor: (C, N) mean squared residual at the optimum, in the units of the weight.

    Returns:
        Responses and observed values, each (C, N, 3); the sum over pixels of the mean over wavelengths of
        (observed - response output)^2 is sum(weight (output - target)^2 + floor).
    """
    response = misfit.weight.sqrt()[..., None].expand(-1, -1, WAVELENGTHS).contiguous()
    residual = (floor * WAVELENGTHS / 2).sqrt()[..., None] * torch.tensor([1.0, -1.0, 0.0])
    return response, response * misfit.target[..., None] + residual


class PublishedStep:
    """One training step of one phase; calling it returns the loss before the step, the floor included.

    Args:
        phase: key of `PHASES`, the one that is trained.
        others: whether the other phase's model is evaluated too, as published.
    """

    def __init__(
        self,
        problem: xr.Dataset,
        spec: Mapping[str, Mapping[str, Any]],
        training: Mapping[str, Any],
        phase: str = "b_los",
        others: bool = True,
        device: torch.device = CPU,
    ) -> None:
        self.phase = phase
        self.points = grid_points((problem.sizes["y"], problem.sizes["x"])).to(device)
        names = [name for name in PHASES if others or name == phase]
        self.models = {name: nn.ModuleList(build_model(spec, name, training)).to(device) for name in names}
        self.profiles = {name: [part.to(device) for part in self._profiles(problem, name)] for name in names}
        self.parameters = list(self.models[phase].parameters())
        self.optimizer = torch.optim.Adam(self.parameters, lr=training["learning_rate"])

    @staticmethod
    def _profiles(problem: xr.Dataset, phase: str) -> tuple[Tensor, Tensor]:
        misfit = parabolas(problem, phase)
        training = problem["training"].values
        floor = problem["floor"].sel(component=list(PHASES[phase])).values * training
        relative = torch.from_numpy(floor / (misfit.loss_unit * training.sum())).float()
        return equivalent_profiles(misfit, relative.flatten(1))

    def misfit(self, phase: str) -> Tensor:
        """Squared residuals (C, N, 3) of one phase's model."""
        encoder, network = cast("Iterable[Any]", self.models[phase])
        response, observed = self.profiles[phase]
        return (observed - response * network(encoder.plain(self.points).T)[..., None]) ** 2

    def set_progress(self, fraction: float) -> None:
        """See `encoders._base.Levels`."""
        for encoder, _ in cast("Iterable[Any]", self.models.values()):
            encoder.set_progress(fraction)

    def loss(self) -> Tensor:
        """The trained phase's loss; every model that there is gets evaluated."""
        misfits = {phase: self.misfit(phase) for phase in self.models}
        return misfits[self.phase].mean(dim=-1).sum()

    def __call__(self) -> Tensor:
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.grad /= parameter.grad.abs().mean() + SMALLEST_MEAN
        self.optimizer.step()
        return loss.detach()
