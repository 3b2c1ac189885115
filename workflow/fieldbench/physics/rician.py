"""The length and the direction of a vector whose two components have Gaussian noise of standard deviation 1.

The length r that is seen follows Rice's distribution about the true length t, and is too large on average. Given r, the
direction follows von Mises' distribution with concentration r t (Mardia & Jupp 2000, Directional Statistics, sec. 3.5.4).
Everything below is a function of r alone, and holds for any t: no prior enters.
"""

from functools import cache

import numpy as np
from scipy import special

LEVEL = float(special.erf(np.sqrt(0.5)))  # 68.3 %, what 1 sigma means for a normal distribution
LONGEST = 12.0  # from where on errors are normal
STEP = 0.01  # of the tabulated lengths


def most_likely(length: np.ndarray) -> np.ndarray:
    """The true length of largest likelihood; 0 for lengths up to the root of 2, which noise explains best.

    Its bias is smaller than that of other estimators where t is below 1 (Simmons & Stewart 1985, A&A 142, 100).
    """
    concentrations, lengths, _ = _directions()
    true = np.interp(length, lengths, concentrations / lengths, left=0.0)
    return np.where(np.asarray(length) > LONGEST, _far(length), true)


def interval(length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper limit that hold the true length in 68.3 % of cases, whatever it is.

    Source: Feldman & Cousins 1998, Phys. Rev. D 57, 3873. Far below 1, an unlikely length, the interval is short.
    """
    lengths, lower, upper = _belt()
    far, long = _far(length), np.asarray(length) > LONGEST
    return (
        np.where(long, far - 1, np.interp(length, lengths, lower)),
        np.where(long, far + 1, np.interp(length, lengths, upper)),
    )


def direction_half_width(length: np.ndarray) -> np.ndarray:
    """Half the width, in radians, of the interval about the direction seen that holds the true one in 68.3 % of cases.

    It takes the true length as the most likely one. 59 to 73 % of the intervals hold the truth for true lengths above 0.25,
    fewer below, where there is no direction to be known.
    """
    _, lengths, widths = _directions()
    near = np.interp(length, lengths, widths, left=LEVEL * np.pi)
    return np.where(np.asarray(length) > LONGEST, 1 / _far(length), near)


def _far(length: np.ndarray) -> np.ndarray:
    """The most likely true length where it is long."""
    return np.sqrt(np.maximum(np.square(length) - 1, 1.0))


@cache
def _directions() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Concentrations r t, and the r and half width that each follows from if t is the most likely one, I1/I0(r t) = t/r."""
    concentrations = np.geomspace(1e-3, LONGEST**2, 600)
    mean = special.ive(1, concentrations) / special.ive(0, concentrations)
    angles = np.linspace(0, np.pi, 4001)
    density = np.exp(concentrations[:, None] * (np.cos(angles) - 1))
    shares = (density[:, 1:] + density[:, :-1]).cumsum(axis=1)
    widths = [np.interp(LEVEL * share[-1], share, angles[1:]) for share in shares]
    return concentrations, np.sqrt(concentrations / mean), np.array(widths)


@cache
def _belt() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lengths seen, and the shortest and longest true one in whose acceptance region each lies."""
    lengths = np.arange(STEP / 2, LONGEST + 4, STEP)
    true = np.arange(0, LONGEST + 2, STEP)
    best = _density(lengths, most_likely(lengths))
    lower, upper = np.full(lengths.size, np.inf), np.zeros(lengths.size)
    for value in true:
        density = _density(lengths, value)
        order = np.argsort(-density / best)
        accepted = order[: np.searchsorted(density[order].cumsum() * STEP, LEVEL) + 1]
        lower[accepted] = np.minimum(lower[accepted], value)
        upper[accepted] = np.maximum(upper[accepted], value)
    inner = lengths <= LONGEST + STEP
    return lengths[inner], lower[inner], upper[inner]


def _density(length: np.ndarray, true: np.ndarray | float) -> np.ndarray:
    """Rice's, of a length."""
    return length * np.exp(-((length - true) ** 2) / 2) * special.ive(0, length * true)
