"""A generated plage whose magnetic field is known, seen in Mg I 5173."""

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from fieldbench.datasets import _cube, _synthesis
from fieldbench.datasets._files import GENERATED
from fieldbench.errors import UserError
from fieldbench.values import Count, Crop, Positive, Seed, Shape

PIXEL = 0.118  # arcsec; two CRISP pixels of 0.059, as in the plage scan that the shape comes from
MARGIN = 64  # pixels generated beyond the field and cut off, because the potential field is periodic
CELL = 4.0  # arcsec, distance between the centres of the cells that the network encloses
LANE = 0.6  # arcsec, width of the lanes between cells
CONCENTRATION = 0.24  # arcsec, standard deviation of a flux concentration
DENSITY = 1.3  # concentrations per square arcsec
TYPICAL = 900.0  # G, median of a single concentration at its centre
STRONGEST = 1600.0  # G, where merging concentrations saturate
INTERNETWORK = 50.0  # G, rms of the vertical field between concentrations
GRANULE = 0.35  # arcsec, smoothing length of granular patterns
HEIGHT = 0.2  # arcsec (145 km), of the observed layer above the one in which the concentrations are placed
CANOPY = (60.0, 35.0)  # G, mean horizontal field (x, y) of the canopy


def load(
    *,
    line: str,
    data_root: str | None = None,
    download: bool = False,
    shape: Shape = (200, 178),
    noise: Positive = 1e-3,
    seed: Seed = 5173,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """A plage made of kilogauss concentrations in a network, the canopy over them and a weak internetwork.

    The vertical field of the lower layer is continued upwards as a potential field, so that it spreads,
    weakens and gains its horizontal part as magnetic flux does. Profiles come from the Milne-Eddington model,
    so that the truth is not the weak-field approximation's.

    Args:
        line: mg-i-5173.
        data_root: not used: no file is needed.
        download: not used.
        shape: (ny, nx), pixels of 0.118 arcsec.
        noise: standard deviation, relative to the quiet continuum.
        seed: of field and noise; the same seed gives the same data.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, with the truth.

    Raises:
        UserError: line not supported, or an argument out of range.
    """
    _cube.require_line(line, "mg-i-5173")
    if len(shape) != 2 or min(shape) < 1:
        raise UserError(f"`shape` of plage_synthetic is {list(shape)}; it must be [ny, nx], both positive.")
    ny, nx = shape
    atmosphere = _cube.region(_atmosphere((ny, nx), seed), crop, stride)
    return _cube.finished(
        _synthesis.observed(atmosphere, line, _synthesis.MG_5173_OFFSETS, noise=noise, seed=seed),
        line=line,
        title="Generated plage",
        kind="generated",
        notes=["Doppler width 0.08 Å, eta_0 8 and damping 0.3 everywhere; brightness and velocity vary."],
        **GENERATED,
    )


def potential_field(b_z: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(B_x, B_y, B_z) at `height` of the current-free field with vertical component `b_z` at height 0.

    Each Fourier mode falls off as exp(-k z), and its horizontal part is -i k_h / k times the vertical one
    (Seehafer 1978, with alpha = 0). The field is periodic; its mean has no horizontal part.

    Args:
        b_z: (y, x).
        height: pixels.
    """
    k_y, k_x = np.meshgrid(*(2 * np.pi * np.fft.fftfreq(length) for length in b_z.shape), indexing="ij")
    k = np.hypot(k_y, k_x)
    above = np.fft.fft2(b_z) * np.exp(-k * height)
    horizontal = -1j * above / np.where(k > 0, k, np.inf)
    return np.fft.ifft2(k_x * horizontal).real, np.fft.ifft2(k_y * horizontal).real, np.fft.ifft2(above).real


def _atmosphere(shape: tuple[int, int], seed: int) -> xr.Dataset:
    generator = np.random.default_rng(seed)
    padded = shape[0] + 2 * MARGIN, shape[1] + 2 * MARGIN
    inner = tuple(slice(MARGIN, MARGIN + length) for length in shape)
    b_x, b_y, b_z = potential_field(_vertical_field(generator, padded), HEIGHT / PIXEL)
    field = _synthesis.vector(b_x + CANOPY[0], b_y + CANOPY[1], b_z)
    granulation = _pattern(generator, padded, GRANULE / PIXEL)
    brightness = 1 + 0.04 * granulation + 0.2 * field["strength"] / 1000  # network is bright, lanes are dark
    columns = {
        **field,
        "velocity": -0.5 * granulation,  # km/s: granules rise
        "source_constant": 0.2 * brightness,
        "source_gradient": 0.8 * brightness,
        "usable": np.ones(padded, dtype=bool),
    }
    variables = {name: (("y", "x"), values[inner]) for name, values in columns.items()}
    atmosphere = xr.Dataset(variables, coords=_cube.pixel_coordinates(shape, arcsec=(PIXEL, PIXEL)))
    return atmosphere.assign(_synthesis.MG_5173_MEDIUM)


def _vertical_field(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Gauss: concentrations strung along the lanes, in patches, over a weak field of mixed polarity."""
    weight = _lanes(generator, shape) * np.exp(0.7 * _pattern(generator, shape, CELL / PIXEL))
    number = round(DENSITY * weight.size * PIXEL**2)
    places = generator.choice(weight.size, size=number, p=(weight / weight.sum()).ravel())
    flux = generator.lognormal(mean=np.log(TYPICAL), sigma=0.6, size=number)
    flux *= np.where(generator.random(number) < 0.04, -1, 1)  # plage is nearly unipolar
    points = np.bincount(places, flux, minlength=weight.size).reshape(shape)
    width = CONCENTRATION / PIXEL
    network = gaussian_filter(points, width, mode="wrap") * 2 * np.pi * width**2
    internetwork = INTERNETWORK * _pattern(generator, shape, GRANULE / PIXEL)
    return STRONGEST * np.tanh(network / STRONGEST) + internetwork


def _lanes(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Near 1 on the borders between random cells (where two centres are equally near), 0 inside them."""
    extent = np.array(shape) * PIXEL
    centres = generator.random((max(4, round(extent.prod() / CELL**2)), 2)) * extent
    pixels = np.stack(np.meshgrid(*(np.arange(length) * PIXEL for length in shape), indexing="ij"), axis=-1)
    nearest = KDTree(centres, boxsize=extent).query(pixels, k=2)[0]
    return np.exp(-(((nearest[..., 1] - nearest[..., 0]) / LANE) ** 2))


def _pattern(generator: np.random.Generator, shape: tuple[int, int], scale: float) -> np.ndarray:
    """A smooth periodic random field with mean 0 and standard deviation 1; `scale` in pixels."""
    pattern = gaussian_filter(generator.standard_normal(shape), scale, mode="wrap")
    return (pattern - pattern.mean()) / pattern.std()
