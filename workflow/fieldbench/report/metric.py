"""What a metric means to a reader."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """What a metric means to a reader.

    Attributes:
        label: heading, without the unit.
        lower_is_better: its direction.
        exact: known without seeds, because it follows from the method's definition and the data alone.
        flag: 1 where something happened and 0 where it did not, so that it is compared by counts.
    """

    label: str
    lower_is_better: bool = True
    exact: bool = False
    flag: bool = False
