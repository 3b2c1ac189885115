"""Observations that are left out in turns, to tell how well those that stay predict, and how sure that is.

A map is asked for at places that may lie farther from the next observation than observations lie from one another: along
tracks and in clusters, single observations left out would be predicted from their neighbours, and every method would
look good. So blocks are left out, as large as makes distances alike.

Source: Linnenbrink et al. 2024, Geoscientific Model Development 17, 5897 (nearest neighbour distance matching in k folds);
Roberts et al. 2017, Ecography 40, 913 (blocks).
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree
from scipy.stats import norm, wasserstein_distance

from fieldbench.sparse.neighbourhoods import halves

FOLDS = 5
GROWTH = 4  # from one size of blocks to the next
MOST = 10_000  # observations that are left out, in all folds together
PLACES = 5000  # of the map, whose distances are compared
NOT_LEFT_OUT = -1
REGIONS = 32  # parts of the left-out observations over which scores are drawn
LEVELS = (0.68, 0.90)  # of the intervals that are judged
NEIGHBOURS = (
    100  # left-out observations that tell how large errors are at a place, the less the farther they are
)
STEADY = 15.0  # weight of the mean of all besides; that of an observation at the place is 1
AT_ONCE = 20_000  # places whose neighbours are looked at together: 16 MB
FACTORS = (1e-2, 1e2)  # bounds of what a standard deviation is multiplied by


def folds(seen: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, int]:
    """The fold of each observation (O,), `NOT_LEFT_OUT` for those that always stay, and the size of blocks.

    Args:
        seen: (O, D) places of observations.
        asked: (Q, D) places of the map.
    """
    rng = np.random.default_rng(0)
    some = asked[np.sort(rng.permutation(len(asked))[:PLACES])]
    wanted = KDTree(seen).query(some)[0]
    largest = max(1, len(seen) // (4 * FOLDS))
    sizes = GROWTH ** np.arange(1 + int(np.log(largest) / np.log(GROWTH)))
    candidates = [(_assigned(seen, int(size), rng), int(size)) for size in sizes]
    return min(candidates, key=lambda each: wasserstein_distance(_distances(seen, each[0]), wanted))


def _assigned(seen: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    block = blocks(seen, size)
    turns = np.arange(block.max() + 1) % FOLDS
    turns[int(turns.size * MOST / len(seen)) :] = NOT_LEFT_OUT
    return rng.permutation(turns)[block]


def blocks(places: np.ndarray, size: int) -> np.ndarray:
    """The number of the compact block (P,) that each place (P, D) is in; at most `size` are in one."""
    block = np.arange(len(places))
    if size == 1:
        return block
    waiting, done = [block], 0
    block = np.empty_like(block)
    while waiting:
        part = waiting.pop()
        if len(part) > size:
            waiting += halves(places, part)
        else:
            block[part], done = done, done + 1
    return block


def _distances(seen: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """From each left-out observation to the nearest that stays."""
    parts = [
        KDTree(seen[fold != turn]).query(seen[fold == turn])[0]
        for turn in range(FOLDS)
        if (fold == turn).any()
    ]
    return np.concatenate(parts)


def regions(places: np.ndarray) -> np.ndarray:
    """The number of the region (P,) that each place is in; `REGIONS` of alike numbers of places, or up to twice as many."""
    return blocks(places, max(1, -(-len(places) // REGIONS)))


@dataclass(frozen=True)
class Errors:
    """What was predicted at left-out observations, and what was seen there.

    Attributes:
        places: (H, D).
        fold: (H,).
        error: (H,) prediction less observation.
        spread: (H,) predicted standard deviation of the field.
        noise: (H,) known standard deviation of the observation's noise.
    """

    places: np.ndarray
    fold: np.ndarray
    error: np.ndarray
    spread: np.ndarray
    noise: np.ndarray

    def take(self, chosen: np.ndarray) -> "Errors":
        """Some of them."""
        return Errors(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    @property
    def relative(self) -> np.ndarray:
        """(H,) absolute errors in units of what was predicted for them."""
        return np.abs(self.error) / np.maximum(np.hypot(self.spread, self.noise), np.finfo(float).tiny)


@dataclass(frozen=True)
class Calibration:
    """What standard deviations of the field are multiplied by: more where errors are larger than was predicted.

    Attributes:
        errors: that it was learned from.
        factor: for all places alike, so that intervals hold their share.
    """

    errors: Errors
    factor: float

    @classmethod
    def of(cls, errors: Errors) -> "Calibration":
        """Learned from errors; each fold's local scale is learned from the others."""
        local = np.ones(len(errors.error))
        for turn in np.unique(errors.fold):
            out = errors.fold == turn
            if not out.all():
                local[out] = _local(errors.take(~out), errors.places[out])
        low, high = np.log(FACTORS)
        while high - low > 1e-6:
            middle = (low + high) / 2
            shares = covered(errors, np.exp(middle) * local)
            low, high = (middle, high) if sum(shares) < sum(LEVELS) else (low, middle)
        return cls(errors, float(np.exp(high)))

    def scale(self, places: np.ndarray) -> np.ndarray:
        """(P,) what to multiply standard deviations at places (P, D) by."""
        return self.factor * _local(self.errors, places)


def _local(errors: Errors, places: np.ndarray) -> np.ndarray:
    """Mean relative error near each place, in units of that everywhere, and drawn towards it."""
    tree, relative, mean = KDTree(errors.places), errors.relative, errors.relative.mean()
    if not mean or not len(places):
        return np.ones(len(places))
    nearest = np.arange(1, min(NEIGHBOURS, len(relative)) + 1)
    near = []
    for part in np.array_split(places, -(-len(places) // AT_ONCE)):
        distance, found = tree.query(part, nearest)
        reach = np.maximum(distance[:, -1:], np.finfo(float).tiny)
        weight = (
            1 - (distance / reach) ** 2
        ) ** 2  # biweight: no edge where one observation takes another's place
        near.append(((weight * relative[found]).sum(1) + STEADY * mean) / (weight.sum(1) + STEADY))
    return np.concatenate(near) / mean


def covered(errors: Errors, scale: np.ndarray) -> tuple[float, ...]:
    """The share of left-out observations within the central intervals of probability `LEVELS`."""
    total = np.hypot(scale * errors.spread, errors.noise)
    return tuple(
        float((np.abs(errors.error) <= norm.ppf(0.5 + level / 2) * total).mean()) for level in LEVELS
    )


def unseen_scale(errors: Errors) -> np.ndarray:
    """(H,) the scale at each left-out observation by a calibration that did not see its fold."""
    scale = np.ones(len(errors.error))
    for turn in np.unique(errors.fold):
        out = errors.fold == turn
        scale[out] = Calibration.of(errors.take(~out)).scale(errors.places[out])
    return scale


def joined(parts: list[Errors]) -> Errors:
    """Errors of all folds, one after the other."""
    return Errors(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Errors.__dataclass_fields__)
    )
