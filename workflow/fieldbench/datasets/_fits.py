"""Reading FITS images whole."""

import warnings
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from fieldbench.errors import UserError


def read(path: Path, hdu: int | str = 0) -> tuple[np.ndarray, fits.Header]:
    """The image in one HDU, in the machine's byte order, with its header.

    Args:
        path: FITS file.
        hdu: number (from 0) or name of the HDU.

    Raises:
        UserError: the file is truncated or not FITS, or the HDU does not exist or holds no image.
    """
    data, known = None, []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd header cards
            warnings.filterwarnings("error", message=".*truncated")  # compressed images may read as zeros
            with fits.open(path, memmap=False) as units:
                known = [f"{number} ({unit.name})" for number, unit in enumerate(units)]
                data, header = units[hdu].data, units[hdu].header
    except LookupError:
        pass
    except (OSError, ValueError, TypeError, AstropyWarning) as error:
        raise UserError(f"{path} is truncated or not FITS ({error}); copy or download it again.") from error
    if data is None or data.dtype.names:
        raise UserError(f"{path} has no image in HDU {hdu!r}; its HDUs are {', '.join(known)}.")
    return data.astype(data.dtype.newbyteorder("=")), header
