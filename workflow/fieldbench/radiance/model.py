"""A field with its occupancy grid: marching, evaluating and compositing rays."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench import registry
from fieldbench.radiance import rays
from fieldbench.radiance.fields._base import RadianceField
from fieldbench.radiance.marching import Rays, Samples, Steps, fitting, march
from fieldbench.radiance.occupancy import Occupancy, OccupancyOptions, seen_cells
from fieldbench.radiance.refinement import refined, weights
from fieldbench.radiance.scene import Scene
from fieldbench.radiance.spec import LEAST_LIGHT, Spec
from fieldbench.radiance.volume import Rendered, composite, distortion, transmittance
from fieldbench.registry import make_part

FIRST_ROUND = 2  # samples of a ray that are evaluated before it is asked whether light is left
GROWTH = 0.25  # samples of each later round, as a share of those before it
FIRST_RAYS = 256  # that are rendered before it is known how many can be at a time
TOGETHER = 2**17  # samples that are rendered at a time


def build_field(entry: Mapping[str, Any]) -> RadianceField:
    """The field of a configuration entry, `type` and its parameters.

    Raises:
        UserError: unknown type, or parameters that the type does not take or lacks.
    """
    options = {key: value for key, value in entry.items() if key != "type"}
    return registry.build("radiance/fields", entry["type"], **options)


def trained(path: str | Path, scene: Scene, entry: Mapping[str, Any], device: torch.device) -> "Model":
    """The model of a scene whose state a training wrote to a file.

    Args:
        entry: the method's choices, keys of `Spec`.

    Raises:
        UserError: see `Model`.
    """
    model = Model(scene, Spec(**entry)).to(device).eval()
    model.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return model


class Queries(NamedTuple):
    """How often the networks were asked: samples whose density and whose colour was evaluated."""

    density: int
    colour: int


class Learnt(NamedTuple):
    """What a training step is told of its rays.

    Attributes:
        rendered: what they see.
        coarse: what the coarse field sees, where there is one.
        distortion: its mean, 0 where the method gives it no weight.
        queries: see there.
    """

    rendered: Rendered
    coarse: Rendered | None
    distortion: Tensor
    queries: Queries


class Padded(NamedTuple):
    """Samples in rows of one length, that of the ray with most of them, as they lie without compaction.

    Attributes:
        row: (S,) int64, of each sample.
        longest: rows of a ray.
        rows: in all.
    """

    row: Tensor
    longest: int
    rows: int

    @classmethod
    def of(cls, samples: Samples) -> "Padded":
        """Where samples stand."""
        longest = int(samples.offsets.diff().max())
        place = torch.arange(len(samples.t), device=samples.t.device) - samples.offsets[samples.ray]
        return cls(samples.ray * longest + place, longest, samples.rays * longest)


class Model(nn.Module):
    """What a scene is learned by.

    Args:
        scene: its bound, and the cameras and alphas that the grid begins with.
        spec: the method.

    Raises:
        UserError: a specification that builds nothing, or a scene of which no camera sees anything.
    """

    def __init__(self, scene: Scene, spec: Spec) -> None:
        super().__init__()
        self.spec, self.bound = spec, scene.bound
        self.steps = Steps(spec.shortest_step, spec.longest_step, spec.cone_angle)
        self.field = build_field(spec.field)
        self.coarse = build_field(spec.field) if spec.fine else None
        self.grid = None
        if spec.marching == "occupancy":
            options = make_part("occupancy", OccupancyOptions, options=spec.occupancy)
            self.grid = Occupancy(options, scene.bound, seen_cells(options, scene, spec.hull))

    def clip(self, origins: Tensor, directions: Tensor, shift: Tensor | None = None) -> Rays:
        """Rays with the distances at which they enter and leave the scene's cube."""
        corner = origins.new_full((3,), self.bound)
        near, far = rays.within(origins, directions, -corner, corner)
        return Rays(origins, directions, near, far, torch.zeros_like(near) if shift is None else shift)

    def density(self, points: Tensor) -> Tensor:
        """Per unit of length (N,) at points (N, 3)."""
        return self.field.density(self._unit(points))[0]

    def seen(self, points: Tensor, directions: Tensor) -> Tensor:
        """Colours (3, N) in [0, 1] of points (N, 3), each seen along its direction (N, 3)."""
        latent = self.field.density(self._unit(points))[1]
        return self.field.colour(latent, self.field.view(directions))

    def thickness(self, points: Tensor) -> Tensor:
        """Density times the shortest step (N,) at points (N, 3)."""
        with torch.no_grad():
            return self.density(points) * self.steps.shortest

    def learn_rays(self, samples: Samples, marched: Rays, background: Tensor) -> Learnt:
        """Render samples for training: all densities, and colours where light arrives; the grid takes note.

        Args:
            background: (3, R') of the rays that the samples belong to.
        """
        coarse, samples, asked = self._refined(samples, marched, background)
        points = samples.points(marched)
        view = self.field.view(marched.directions[: samples.rays])
        padded = None if self.spec.compaction else Padded.of(samples)
        density, latent = self._densities(points, padded)
        optical = density.detach() * samples.dt
        if self.grid is not None:
            self.grid.observe(points, optical)
        lit = self._lit(optical, samples)
        colour = self._colours(latent, view, samples, lit, padded)
        rendered = composite(density, colour, *samples[1:], samples.ray, background)
        spread = density.new_zeros(())
        if self.spec.distortion:
            spread = distortion(density, *samples[1:], samples.ray).mean()
        bright = len(density) if lit is None else len(lit)
        return Learnt(rendered, coarse, spread, Queries(asked + len(density), asked + bright))

    def _refined(
        self, samples: Samples, marched: Rays, background: Tensor
    ) -> tuple[Rendered | None, Samples, int]:
        """What the coarse field sees at samples, these and those that it adds, and how many it was asked for."""
        if self.coarse is None or self.spec.fine is None:
            return None, samples, 0
        density, latent = self.coarse.density(self._unit(samples.points(marched)))
        view = self.coarse.view(marched.directions[: samples.rays])
        colour = self.coarse.colour(latent, view.index_select(1, samples.ray))
        seen = composite(density, colour, *samples[1:], samples.ray, background)
        weight = weights(density.detach() * samples.dt, samples)
        finer = refined(samples, weight, self.spec.fine, marched.shift[: samples.rays])
        return seen, finer, len(density)

    def _densities(self, points: Tensor, padded: "Padded | None") -> tuple[Tensor, Tensor]:
        """Densities (N,) of points (N, 3), and what is known of them; of all rows where they are padded."""
        if padded is None:
            return self.field.density(self._unit(points))
        rows = points.new_zeros(padded.rows, 3).index_copy(0, padded.row, points)
        density, latent = self.field.density(self._unit(rows))
        return density.index_select(0, padded.row), latent

    def _colours(
        self, latent: Tensor, view: Tensor, samples: Samples, lit: Tensor | None, padded: "Padded | None"
    ) -> Tensor:
        """Colours (3, S); those that no light reaches are 0."""
        if padded is not None:
            every = self.field.colour(latent, view.repeat_interleave(padded.longest, 1))
            bright = every.index_select(1, padded.row if lit is None else padded.row[lit])
        elif lit is None:
            bright = self.field.colour(latent, view.index_select(1, samples.ray))
        else:
            bright = self.field.colour(latent.index_select(1, lit), view.index_select(1, samples.ray[lit]))
        return bright if lit is None else bright.new_zeros(3, len(samples.t)).index_copy(1, lit, bright)

    def _lit(self, optical: Tensor, samples: Samples) -> Tensor | None:
        """Numbers of the samples that light reaches; None for all."""
        if not self.spec.termination:
            return None
        lit = transmittance(optical, samples.offsets, samples.ray) > LEAST_LIGHT
        return None if lit.all() else lit.nonzero()[:, 0]

    @torch.no_grad()
    def render(
        self, origins: Tensor, directions: Tensor, background: float = 1.0
    ) -> tuple[Rendered, Queries]:
        """What rays (R, 3) see before a grey background; with termination, no sample behind the last light is evaluated."""
        every, queries = self.clip(origins, directions), np.zeros(2, np.int64)
        done, count, parts = 0, FIRST_RAYS, []
        while done < len(origins):
            marched = every.part(done, done + count)
            samples = march(marched, self.steps, self.grid, TOGETHER)
            part, asked = self._rendered(samples, marched, background)
            parts.append(part)
            queries += asked
            done, count = done + samples.rays, fitting(samples, TOGETHER)
        whole = Rendered(*(torch.cat(part, -1) for part in zip(*parts, strict=True)))
        return whole, Queries(*queries.tolist())

    def _rendered(self, samples: Samples, marched: Rays, background: float) -> tuple[Rendered, Queries]:
        plain = marched.origins.new_full((3, samples.rays), background)
        _, samples, asked = self._refined(samples, marched, plain)
        points = samples.points(marched)
        view = self.field.view(marched.directions[: samples.rays])
        density, light = points.new_zeros(len(points)), points.new_ones(len(points))
        colour = points.new_zeros(3, len(points))
        queries = np.full(2, asked, np.int64)
        for part in self._rounds(samples):
            chosen = (part & (light > self.spec.least_light)).nonzero()[:, 0]
            density[chosen], latent = self.field.density(self._unit(points[chosen]))
            if self.spec.termination:
                light = transmittance(density * samples.dt, samples.offsets, samples.ray)
            lit = (light[chosen] > self.spec.least_light).nonzero()[:, 0]
            seen = chosen[lit]
            colour[:, seen] = self.field.colour(latent[:, lit], view[:, samples.ray[seen]])
            queries += len(chosen), len(seen)
        return composite(density, colour, *samples[1:], samples.ray, plain), Queries(*queries.tolist())

    def _rounds(self, samples: Samples) -> Iterator[Tensor]:
        """Which samples (S,) bool to evaluate together: some more of every ray, or with no termination all."""
        place = torch.arange(len(samples.t), device=samples.t.device) - samples.offsets[:-1][samples.ray]
        begin, last = 0, int(place.max()) + 1 if len(place) else 0
        while begin < last:
            end = begin + max(FIRST_ROUND, int(GROWTH * begin)) if self.spec.termination else last
            yield (place >= begin) & (place < end)
            begin = end

    def _unit(self, points: Tensor) -> Tensor:
        """Points (N, 3) of the scene's cube in the unit cube, stored as they were."""
        return points * (0.5 / self.bound) + 0.5
