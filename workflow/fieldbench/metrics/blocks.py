"""What a measure owes to each part of a map: the jackknife over blocks, which are larger than what pixels share."""

from collections.abc import Callable, Mapping

import numpy as np

BLOCKS = 16  # of a map


def tiles(shape: tuple[int, int], count: int = BLOCKS) -> np.ndarray:
    """(y, x): the number of the rectangular block that each pixel is in, about `count` blocks of nearly equal size."""
    rows = min(round(count**0.5), shape[0])
    columns = min(count // rows, shape[1])
    row = np.arange(shape[0]) * rows // shape[0]
    column = np.arange(shape[1]) * columns // shape[1]
    return row[:, None] * columns + column


def pseudo_values(
    measure: Callable[[np.ndarray], Mapping[str, float]], pixels: np.ndarray
) -> dict[str, list[float]]:
    """Values by block whose mean is the measure of all `pixels`, and whose spread tells how much blocks move it.

    Args:
        measure: of a mask (y, x), each measure that has pixels.
        pixels: (y, x), what is measured.

    Returns:
        Of each measure one value for each block with pixels; none of a measure that lacks pixels without one of them.

    Source: Tukey 1958, Annals of Mathematical Statistics 29, 614.
    """
    number = tiles(pixels.shape)
    blocks = np.unique(number[pixels])
    without = [measure(pixels & (number != block)) for block in blocks]
    drawn = {}
    for name, whole in measure(pixels).items():
        if all(name in left for left in without):
            left = np.array([left[name] for left in without])
            drawn[name] = (whole + (len(blocks) - 1) * (left.mean() - left)).tolist()
    return drawn
