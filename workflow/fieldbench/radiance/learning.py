"""Training of a radiance field on the views of a scene, and how good its views of other places are."""

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from fieldbench import devices
from fieldbench.radiance import rays
from fieldbench.radiance.marching import Rays, Samples, fitting, march
from fieldbench.radiance.model import Model
from fieldbench.radiance.scene import Scene
from fieldbench.radiance.spec import Spec
from fieldbench.radiance.views import quick_psnr
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import History, Progress, Run, fit
from fieldbench.training.recipe import Recipe
from fieldbench.training.result import Result

HUBER = 0.1  # error at which the loss turns from a square into a line (Müller et al. 2022, appendix E.3)
NEAR_DB = 0.3  # of the goal, within which an evaluation of some pixels is repeated on all
TRACE = ("evaluated_step", "evaluated_seconds", "psnr_db")


class Learning(nn.Module):
    """A model with the rays that it learns from: a training `Objective`.

    Args:
        model: what is trained.
        scene: whose training views are learned.
        training: see `train`.
        seed: of the rays.
        device: where the views are kept.
    """

    active_levels = 0
    floor = 0.0
    rays: Tensor
    scouts: Tensor
    totals: Tensor
    trace: Tensor

    def __init__(
        self, model: Model, scene: Scene, training: Mapping[str, Any], seed: int, device: torch.device
    ) -> None:
        super().__init__()
        self.model, self.seed = model, seed
        self.steps, self.samples, self.most_rays = (
            training[key] for key in ("steps", "samples", "most_rays")
        )
        self.goals_db = training["goals_db"]
        self.size = scene.size
        self.images = torch.from_numpy(scene.images[scene.train]).flatten(0, 2).to(device)
        self.poses, self.intrinsics = (
            torch.from_numpy(part[scene.train]).float().to(device) for part in (scene.poses, scene.intrinsics)
        )
        self.register_buffer("rays", torch.tensor(min(self.most_rays, max(self.samples // 64, 1))))
        grid = None if model.spec.hull else model.grid  # what lies outside a hull must not be learned
        self.share = grid.options.scouts if grid else 0.0
        self.register_buffer(
            "scouts", torch.zeros(self.most_rays // 64 if self.share else 0, dtype=torch.int64)
        )
        self.register_buffer("totals", torch.zeros(3, dtype=torch.int64))  # rays, densities, colours
        evaluations = self.steps // training["evaluate_steps"] + 1
        self.register_buffer("trace", torch.full((evaluations, len(TRACE)), -1.0, dtype=torch.float64))
        self.step = 0

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """Parameter groups for Adam, as the field wants them."""
        fields = [self.model.field, *([self.model.coarse] if self.model.coarse else [])]
        return [group for field in fields for group in field.groups(rate)]

    def set_progress(self, fraction: float) -> None:
        """Note the step, and judge the occupancy grid anew where it is due."""
        self.step = round(fraction * self.steps)
        grid = self.model.grid
        if grid is not None and self.step and self.step % grid.options.update_steps == 0:
            grid.update(self.step, self.model.thickness, self._generator(1))

    def forward(self) -> Tensor:
        """The loss of as many random rays as fill the room for samples, and of scouts."""
        generator, device = self._generator(0), self.images.device
        count = int(self.rays)
        drawn = torch.randint(len(self.images), (count,), generator=generator).to(device)
        pixel = torch.cat([self.scouts, drawn])
        shift = torch.rand(len(pixel), generator=generator).to(device)
        noise = torch.rand(3, len(pixel), generator=generator).to(device)
        marched, found, used = self._march(pixel, shift)
        random = self.model.spec.background == "random"
        background = noise[:, used] if random else noise.new_ones(3, found.rays)
        learnt = self.model.learn_rays(found, marched, background)
        truth = self.images[pixel[used]].T / 255
        target = truth[:3] + (1 - truth[3]) * background
        self.totals += torch.tensor([found.rays, *learnt.queries], device=device)
        self._send((learnt.rendered.colour.detach() - target).abs().sum(0), pixel, used)
        seen = [learnt.rendered, learnt.coarse] if learnt.coarse else [learnt.rendered]
        losses = torch.stack([self._loss(each.colour, target) for each in seen])
        return losses.sum() + self.model.spec.distortion * learnt.distortion

    def _loss(self, colour: Tensor, target: Tensor) -> Tensor:
        if self.model.spec.loss == "huber":
            return nn.functional.smooth_l1_loss(colour, target, beta=HUBER)
        return nn.functional.mse_loss(colour, target)

    def _march(self, pixel: Tensor, shift: Tensor) -> tuple[Rays, Samples, Tensor]:
        """Rays through pixels, scouts first, of which as many as there is room for; their samples; and their numbers.

        Also chooses how many rays are drawn next: a few more than fitted this time.
        """
        height, width = self.size
        place = pixel % (height * width)
        view = pixel // (height * width)
        chosen = rays.through_pixels(self.poses[view], self.intrinsics[view], place // width, place % width)
        every = self.model.clip(*chosen, shift)
        steps, grid, scouts = self.model.steps, self.model.grid, len(self.scouts)
        others = every.part(scouts)
        room = self.samples - int(self.samples * self.share)
        found = march(others, steps, grid, room)
        self.rays.fill_(min(fitting(found, room), self.most_rays, 2 * int(self.rays)))
        used = scouts + torch.arange(found.rays, device=pixel.device)
        if not scouts:
            return others, found, used
        sent = march(every.part(0, scouts), steps, None, self.samples - room)
        marched = every.part(0, sent.rays).followed_by(others)
        used = torch.cat([torch.arange(sent.rays, device=pixel.device), used])
        return marched, sent.followed_by(found), used

    def _send(self, error: Tensor, pixel: Tensor, used: Tensor) -> None:
        """Choose the next step's scouts: those of this step's other rays (numbers `used`) with the largest errors."""
        others = used >= len(self.scouts)
        worst = pixel[used[others]][error[others].argsort(descending=True, stable=True)[: len(self.scouts)]]
        self.scouts[: len(worst)] = worst

    def _generator(self, stream: int) -> torch.Generator:
        """Random numbers of this step, on the CPU, so that they are the same after an interruption and on all devices."""
        return torch.Generator().manual_seed((self.seed * 2 + stream) * 10_000_019 + self.step)


def train(
    scene: Scene,
    spec: Spec,
    training: Mapping[str, Any],
    *,
    seed: int,
    device: torch.device,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Result:
    """Learn a scene; see `training.result.Train`.

    Args:
        scene: its training views are learned, but for a few that tell the quality on the way; no test view is looked at.
        spec: the method.
        training: `steps`; `seconds`, which end the training earlier, or None; `until_db`, the PSNR that ends it, too, or
            None; `samples`, the room for those of one step, which as many rays as fit are taken to fill, and
            `most_rays` of one step; `learning_rate`, `last_share` of it at the end; `evaluate_steps` between evaluations
            on `evaluate_views` views, held out from those to learn, of which every `evaluate_stride`-th pixel each way,
            and all where `until_db` is near; their time does not count; `goals_db`, PSNR on the way that are timed.

    Returns:
        `model`; its `history` (step) of `loss`, `seconds`, and (evaluation) of `evaluated_step`, `evaluated_seconds`,
        `psnr_db`; and measures.

    Raises:
        Diverged: the loss is not finite.
        UserError: a specification that builds nothing, or too little room for the samples of one ray.
    """
    memory = devices.memory_in_use(device)
    devices.seed_everything(seed)
    training = {**training, "steps": spec.steps or training["steps"]}
    learned, watched = scene.held_out(training["evaluate_views"])
    learning = Learning(Model(learned, spec).to(device), learned, training, seed, device).to(device)
    _warm_up(learning)
    recipe = _recipe(scene, spec, training, seed)
    report = partial(progress, "learn") if progress else None
    stop = partial(_good, watched=watched, training=training)
    steps = fit(learning, recipe, checkpoint, report, stop)
    history = _history(steps, learning.trace.cpu().numpy())
    measures = _measures(learning, history, devices.peak_memory(device) - memory)
    return Result({"model": learning.model.eval(), "history": history}, measures)


def _recipe(scene: Scene, spec: Spec, training: Mapping[str, Any], seed: int) -> Recipe:
    return Recipe(
        steps=training["steps"],
        learning_rate=spec.learning_rate or training["learning_rate"],
        last_share=training["last_share"],
        seconds=training["seconds"],
        fingerprint=_fingerprint(scene, spec, training, seed),
    )


def _warm_up(learning: Learning) -> None:
    """Take a step on a copy: what libraries load and compile once must not count as the method's time."""
    trial = deepcopy(learning, {id(learning.images): learning.images})
    trial().backward()
    if trial.model.grid is not None:
        trial.model.grid.update(1, trial.model.thickness, torch.Generator())


def _good(run: Run, watched: Scene, training: Mapping[str, Any]) -> bool:
    """Evaluate the model where that is due; whether it is as good as `until_db` asks."""
    trace, done, goal = run.model.trace, run.done, training["until_db"]
    due = done and (run.over or done % training["evaluate_steps"] == 0)
    if due and not (trace[:, 0] == done).any():
        quality = _quality(run.model.model, watched, training)
        row = int((trace[:, 0] >= 0).sum())
        trace[row] = torch.tensor([done, run.spent, quality], dtype=trace.dtype)
    return goal is not None and float(trace[:, 2].max()) >= goal


def _quality(model: Model, watched: Scene, training: Mapping[str, Any]) -> float:
    """PSNR in dB of the pixels that an evaluation sees; of all where the training's goal is near."""
    goal = training["until_db"]
    some = quick_psnr(model, watched, training["evaluate_stride"])
    near = goal is not None and some >= goal - NEAR_DB
    return quick_psnr(model, watched, 1) if near else some


def _fingerprint(scene: Scene, spec: Spec, training: Mapping[str, Any], seed: int) -> str:
    digest = hashlib.sha256(repr((spec, sorted(training.items()), seed, scene.bound)).encode())
    for part in (scene.images, scene.poses, scene.intrinsics, scene.train):
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()


def _history(steps: History, trace: np.ndarray) -> xr.Dataset:
    """`loss` and `seconds` of the steps; and `TRACE` of the evaluations, which are rows of `trace`."""
    columns = {"loss": steps.loss, "seconds": steps.seconds}
    evaluated = trace[trace[:, 0] >= 0].T
    return xr.Dataset(
        {name: ("step", np.array(values)) for name, values in columns.items()}
        | {name: ("evaluation", values) for name, values in zip(TRACE, evaluated, strict=True)}
    )


def empty() -> Result:
    """What a run that failed leaves: a history without steps and no state."""
    return Result({"model": {}, "history": _history(History(), np.empty((0, len(TRACE))))})


def _measures(learning: Learning, history: xr.Dataset, memory: int) -> dict[str, float]:
    model, seconds = learning.model, history["seconds"].values
    marched, densities, colours = learning.totals.tolist()
    measures = {
        "train_seconds": seconds[-1],
        "step_seconds": np.median(np.diff(seconds, prepend=0)),
        "steps_count": len(seconds),
        "train_rays_count": marched,
        "train_queries_per_ray_count": densities / max(marched, 1),
        "train_colours_per_ray_count": colours / max(marched, 1),
        "sample_seconds": seconds[-1] / max(densities, 1),
        "parameter_count": sum(parameter.numel() for parameter in model.parameters()),
        "table_bytes": model.field.table_bytes,
        "peak_memory_bytes": memory,
        "density_multiply_adds_count": model.field.multiply_adds[0],
        "colour_multiply_adds_count": model.field.multiply_adds[1],
        "shared_levels_count": model.field.shared_levels,
    }
    if model.grid is not None:
        measures["occupied_fraction"] = model.grid.fraction
        measures["grid_recoveries_count"] = int(model.grid.recoveries)
    measures |= _times(history, learning.goals_db)
    return {name: float(value) for name, value in measures.items()}


def _times(history: xr.Dataset, goals_db: Sequence[int]) -> dict[str, float]:
    """By when each PSNR was reached, and how far apart evaluations are.

    `by_{goal}_db_seconds` is the time of the first evaluation that reached it, a bound; `to_{goal}_db_seconds` lies on the
    line to it from the evaluation before, and is not known where there is none.
    """
    seconds, quality = (history[name].values for name in ("evaluated_seconds", "psnr_db"))
    times = {"between_evaluations_seconds": seconds[-1] / len(seconds)}
    for goal in goals_db:
        if not (quality >= goal).any():
            continue
        first = int(np.argmax(quality >= goal))
        times[f"by_{goal}_db_seconds"] = seconds[first]
        if first:
            around = slice(first - 1, first + 1)
            times[f"to_{goal}_db_seconds"] = np.interp(goal, quality[around], seconds[around])
    return times
