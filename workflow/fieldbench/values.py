"""Types of the configuration's values, with their ranges: what models and the factories of types are annotated with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
Pattern = Annotated[str, Field(pattern=r"^[a-z0-9*?!/\[\]-]+$")]  # of names, as shells know them
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Time = Annotated[int, Field(ge=0)]  # number of a time in a series, from 0
Seed = Annotated[int, Field(ge=0)]
Seeds = Annotated[list[Seed], Field(min_length=1)]
Shape = Annotated[Sequence[Annotated[int, Field(ge=2)]], Field(min_length=2, max_length=2)]  # pixels (y, x)
Signs = Annotated[Sequence[Literal[1, -1]], Field(min_length=3, max_length=3)]  # of x, y, z
Crop = Annotated[Sequence[Annotated[int, Field(ge=0)]], Field(min_length=4, max_length=4)]  # y0, y1, x0, x1
Noise = Literal["estimate"] | Positive | Annotated[Sequence[Positive], Field(min_length=4, max_length=4)]

# What annotations of factories may name; see `config.option_types`.
ANNOTATIONS = {
    **{kind.__name__: kind for kind in (Mapping, Sequence, Path)},
    **{"Any": Any, "Literal": Literal, "Annotated": Annotated, "Field": Field},
    **{"Positive": Positive, "NotNegative": NotNegative, "Count": Count, "Share": Share},
    **{"Seed": Seed, "Time": Time, "Shape": Shape, "Crop": Crop, "Signs": Signs, "Noise": Noise},
}
