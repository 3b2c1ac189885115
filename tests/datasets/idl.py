"""IDL save files, just enough to be read: scipy reads them and writes none."""

import struct
from pathlib import Path

import numpy as np

VARIABLE, END = 2, 6  # types of records
DOUBLE, IS_ARRAY = 5, 0x14  # type of values, flags of an array


def save(path: Path, name: str, values: np.ndarray) -> None:
    """Write one vector of doubles.

    Source: Craig Markwardt, "Unofficial format specification for the IDL SAVE file".
    """
    vector = np.asarray(values, dtype=">f8")
    letters = name.upper().encode()
    text = struct.pack(">i", len(letters)) + letters.ljust(-(-len(letters) // 4) * 4, b"\0")
    sizes = struct.pack(">8i", vector.size, *[1] * 7)
    shape = struct.pack(">7i", 8, 8, vector.nbytes, vector.size, 1, 0, 0) + struct.pack(">i", 8) + sizes
    body = text + struct.pack(">2i", DOUBLE, IS_ARRAY) + shape + struct.pack(">i", 7) + vector.tobytes()
    start = 4
    record = struct.pack(">4i", VARIABLE, start + 16 + len(body), 0, 0) + body
    path.write_bytes(b"SR\0\4" + record + struct.pack(">4i", END, 0, 0, 0))
