"""Compressors of libraries: written in this process, read in one of its own, whose memory and time are limited.

Their decoders are C and C++ that were made for files of one's own; a crafted stream may lead them anywhere.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

EFFORT = 9  # of JPEG XL, its slowest usual one
SECONDS, SECONDS_PER_NUMBER = 4, 2e-6  # of a processor
BYTES, BYTES_PER_NUMBER = 700 * 2**20, 64  # of memory, libraries and all
SPEED = 4  # of a busy machine: seconds by the clock for one of a processor
CHILD = "from fieldbench.compression.foreign import main; main()"


def encode(library: str, values: np.ndarray, error: float = 0.0) -> bytes:
    """A stream of values: float64 (P, ny, nx) within `error`; for `jpegxl` those of `laid_out`, exactly."""
    import imagecodecs

    if library == "jpegxl":
        return bytes(
            imagecodecs.jpegxl_encode(values, lossless=True, effort=EFFORT, usecontainer=False, numthreads=1)
        )
    values = values[0] if len(values) == 1 else values
    if library == "sz3":
        return bytes(imagecodecs.sz3_encode(values, mode="abs", abs=error))
    return bytes(imagecodecs.sperr_encode(values, error, "pwe", header=True, numthreads=1))


def decoded(library: str, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The values (P, ny, nx) in a stream that this process wrote itself."""
    import imagecodecs

    plain = shape[1:] if shape[0] == 1 else shape
    if library == "jpegxl":
        picture = imagecodecs.jpegxl_decode(data, numthreads=1)
        found = np.moveaxis(picture, -1, 0) if picture.ndim == 3 else picture
    elif library == "sz3":
        found = imagecodecs.sz3_decode(data, plain, np.float64)
    else:
        found = imagecodecs.sperr_decode(data, shape=plain, dtype=np.float64, header=True, numthreads=1)
    return found.reshape(shape)


def laid_out(planes: np.ndarray) -> np.ndarray:
    """Planes (P, ny, nx) as JPEG XL takes them: three as colours (ny, nx, 3), others below one another."""
    return np.moveaxis(planes, 0, -1).copy() if len(planes) == 3 else planes.reshape(-1, planes.shape[2])


def decode(library: str, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The values (P, ny, nx) in a stream of anyone's: whole ones as int64, of the others float64.

    Raises:
        ValueError: it is none of that shape, or takes more memory or time than such a one may.
    """
    count = int(np.prod(shape))
    seconds, room = SECONDS + SECONDS_PER_NUMBER * count, BYTES + BYTES_PER_NUMBER * count
    arguments = [library, *map(str, shape), str(round(seconds)), str(round(room))]
    paths = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *arguments],
            input=data, capture_output=True, env=environment, timeout=SPEED * seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"a stream of {library} that takes too long") from error
    kind = np.int64 if library == "jpegxl" else np.float64
    if done.returncode or len(done.stdout) != count * np.dtype(kind).itemsize:
        raise ValueError(f"no stream of {library} that holds {count:,} numbers")
    return np.frombuffer(done.stdout, kind).reshape(shape)


def main() -> None:
    """Read a stream from the standard input and write its values: the process apart."""
    library, *numbers = sys.argv[1:]
    *shape, seconds, room = map(int, numbers)
    _limit(seconds, room)
    found = decoded(library, sys.stdin.buffer.read(), tuple(shape))
    kind = np.int64 if library == "jpegxl" else np.float64
    sys.stdout.buffer.write(np.ascontiguousarray(found, kind).tobytes())


def _limit(seconds: int, room: int) -> None:
    """Limit this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere libraries reserve more addresses than they use
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
