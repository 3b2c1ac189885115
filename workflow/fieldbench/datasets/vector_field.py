"""Your own magnetic vector, such as a SHARP or an inverted map, with synthetic Stokes profiles: its truth is known."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from fieldbench.datasets import _arrays, _cube, _synthesis
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.errors import UserError
from fieldbench.values import Count, Crop, Positive, Seed, Signs

GAUSS = {"G": 1.0, "kG": 1000.0, "mT": 10.0, "T": 10_000.0}
STRONGEST = 10_000.0  # G; the strongest field reported from a sunspot is 8.3 kG


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    b_x: str,
    b_y: str,
    b_z: str,
    signs: Signs = (1, 1, 1),
    unit: Literal["G", "kG", "mT", "T"] = "G",
    missing: float | None = None,
    noise: Positive = 1e-3,
    seed: Seed = 0,
    pixel_arcsec: Positive | None = None,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """Profiles in Mg I 5173 of a field that files give, at constant thermodynamics.

    Args:
        line: mg-i-5173.
        data_root: folder that files may be relative to.
        download: not used.
        b_x: component along rows (west): a file, with its part after "#": FITS, an HDU; NetCDF, a variable or
            GROUP/VARIABLE; .npy; .npz and .sav, a variable.
        b_y: component along columns (north), likewise.
        b_z: component along the line of sight, positive towards the observer, likewise.
        signs: what b_x, b_y and b_z are multiplied by, such as [1, -1, 1] for B_p, B_t and B_r of a SHARP.
        unit: of the field, G, kG, mT or T.
        missing: a value that marks pixels without field, beside NaN.
        noise: standard deviation, relative to the continuum.
        seed: of the noise.
        pixel_arcsec: size of a pixel, arcsec.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, with the truth; no field, not usable.

    Raises:
        UserError: a file missing or damaged, maps of different shapes, or a field that the Sun does not have.
    """
    _cube.require_line(line, "mg-i-5173")
    names = (b_x, b_y, b_z)
    maps = [_arrays.read(name, data_root).values.astype(float) for name in names]
    components = [
        sign * GAUSS[unit] * _known(values, missing) for sign, values in zip(signs, maps, strict=True)
    ]
    files = dict.fromkeys(own_file(name.partition("#")[0], data_root) for name in names)
    title = next(iter(files)).name
    _require_field(components, title)
    arcsec = (pixel_arcsec, pixel_arcsec) if pixel_arcsec else None
    along_x, along_y, along_z = components
    atmosphere = _cube.region(_synthesis.at_rest(along_x, along_y, along_z, arcsec), crop, stride)
    return _cube.finished(
        _synthesis.observed(atmosphere, line, _synthesis.MG_5173_OFFSETS, noise=noise, seed=seed),
        line=line,
        title=title,
        kind="semi-synthetic: a vector field of the user's, synthetic profiles",
        notes=[_synthesis.AT_REST, *_counted(~atmosphere["usable"])],
        **own_provenance(*files),
    )


def _known(values: np.ndarray, missing: float | None) -> np.ndarray:
    return values if missing is None else np.where(values == missing, np.nan, values)


def _require_field(components: Sequence[np.ndarray], title: str) -> None:
    shapes = [values.shape for values in components]
    if len(set(shapes)) > 1 or len(shapes[0]) != 2:
        raise UserError(
            f"b_x, b_y and b_z of {title} have the shapes {shapes}; give three maps (y, x) of one shape."
        )
    _cube.require_usable(np.isfinite(np.stack(components)).all(0), title)
    strongest = max(float(np.nanmax(np.abs(values))) for values in components)
    if strongest > STRONGEST or strongest < 1:
        raise UserError(
            f"The strongest component of {title} is {strongest:.3g} G, which is not the Sun's; correct `unit` or `missing`."
        )


def _counted(absent: xr.DataArray) -> list[str]:
    count = int(absent.sum())
    return [f"{count:,} of {absent.size:,} pixels masked: there is no field."] if count else []
