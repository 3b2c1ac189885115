"""When the levels of a grid become active."""

import math

from fieldbench.errors import UserError


class Progression:
    """Levels activated from coarse to fine as training proceeds.

    "Benchmarks", version 4: 4 levels at the start, 4 more every 50 of 200 epochs. "Technical Report",
    version 5: the newest level enters with a weight that grows from 0 to 1; levels then follow one another
    at the same mean pace.

    Args:
        levels: number of levels.
        start: levels active at the start.
        add: levels added every `every_fraction` of the training.
        fade: whether the newest level enters gradually.

    Raises:
        UserError: the schedule starts with no level or can never activate all.
    """

    def __init__(self, levels: int, start: int, add: int, every_fraction: float, fade: bool = False) -> None:
        last = start + add * math.ceil(1 / every_fraction - 1) if every_fraction > 0 else start
        if start < 1 or add < 0 or last < levels:
            raise UserError(
                f"progression: start = {start}, add = {add}, every_fraction = {every_fraction} never activates "
                f"all {levels} levels; raise start or add, or lower every_fraction."
            )
        self.levels = levels
        self.start, self.add = start, add
        self.every_fraction, self.fade = every_fraction, fade
        self.reached = float(levels)  # until a training sets it, all levels count

    def set(self, fraction: float) -> None:
        """Set which levels are active once `fraction` of the training is done."""
        steps = fraction / self.every_fraction + 1e-9  # so that 0.3 / 0.1 counts as 3
        self.reached = min(
            self.start + self.add * (steps if self.fade else math.floor(steps)), float(self.levels)
        )

    @property
    def active(self) -> int:
        """Number of active levels."""
        return math.ceil(self.reached - 1e-6)

    @property
    def newest(self) -> float:
        """Weight of the newest active level in (0, 1]."""
        return min(self.reached - (self.active - 1), 1.0)

    @property
    def complete(self) -> bool:
        """Whether every level is active with its full weight."""
        return self.reached >= self.levels - 1e-6
