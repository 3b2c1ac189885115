"""Small scenes and trainings for the tests."""

import numpy as np
import torch
from fieldbench.datasets import scene_analytic
from fieldbench.radiance import rays
from fieldbench.radiance import scene as scenes
from fieldbench.radiance.spec import Spec

CPU = torch.device("cpu")
GRID = {"base_resolution": 4, "max_resolution": 32, "levels": 4, "features": 2, "table_size": 2**12}
OCCUPANCY = {"resolution": 16, "warm_up_steps": 8, "update_steps": 4, "least_visits": 2, "probes": 64}
TRAINING = {
    "steps": 30,
    "seconds": None,
    "until_db": None,
    "goals_db": [25, 28, 30],
    "samples": 2048,
    "most_rays": 512,
    "learning_rate": 0.01,
    "last_share": 0.1,
    "evaluate_steps": 10,
    "evaluate_views": 1,
    "evaluate_stride": 4,
}


def analytic(**params):
    """Balls and boxes in views of 16 x 16 pixels."""
    return scenes.from_dataset(scene_analytic.load(**{"size": 16, "train": 6, "test": 2, **params}))


def of_view(scene, number):
    """Origins and directions of the rays through all pixels of a view."""
    camera = (torch.from_numpy(part[number]) for part in (scene.poses, scene.intrinsics))
    return rays.of_view(*camera, scene.size)


def inside(points):
    """Whether points (..., 3) lie in a solid of the analytic scene; its solids do not touch."""
    solids = [
        np.linalg.norm(points - np.array(at), axis=-1) <= radius for at, radius, _ in scene_analytic.BALLS
    ]
    solids += [(np.abs(points - np.array(at)) <= half).all(-1) for at, half, _ in scene_analytic.BOXES]
    return np.any(solids, axis=0)


def entered(origins, directions, reach):
    """Colour (N, 3) of the solid that holds each ray's point at distance `reach`; 0 where none does."""
    near, far = scene_analytic._crossings(origins, directions)
    holds = (near <= reach) & (reach <= far)
    colour, hit = np.zeros((len(origins), 3)), np.flatnonzero(holds.any(0))
    solid = holds[:, hit].argmax(0)
    colour[hit] = scene_analytic._seen(origins[hit], directions[hit], solid, near[solid, hit])
    return colour


def method(**params):
    """A small hash grid."""
    entry = {"field": {"type": "hash", "grid": GRID, "hidden": 16}, "shortest_step": 0.05}
    if params.get("marching") != "dense":
        entry["occupancy"] = OCCUPANCY
    return Spec(**{**entry, **params})


def same(one, other):
    """Whether two models have the same parameters and buffers, to the bit."""
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def psnr(found, truth):
    """In dB, of values in [0, 1]."""
    return -10 * np.log10(np.mean((found - truth) ** 2))
