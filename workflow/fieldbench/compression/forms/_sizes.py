"""How many values pictures hold that Pillow does not read, from their headers alone."""

import math
from pathlib import Path

from fieldbench.errors import UserError

BARE, BOXED = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
WIDTH, HEIGHT, CHANNELS = 256, 257, 277  # tags of a TIFF
MOST_CHANNELS = 4  # of a JPEG XL, whose header says them too late
SIDES = (9, 13, 18, 30)  # bits of a side in a JPEG XL
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # width to height


def values(path: Path) -> int:
    """Samples of all channels.

    Raises:
        UserError: the header is of no format whose header says it.
    """
    data = path.read_bytes()
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff(path)
    if data[:2] == BARE:
        return _jpeg_xl(data[2:16])
    if data[:12] == BOXED and (place := _codestream(data)):
        return _jpeg_xl(data[place + 2 : place + 16])
    raise UserError(f"{path} is damaged or of another type than its extension says; copy it again.")


def _tiff(path: Path) -> int:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    with path.open("rb") as file:
        head = file.read(16)
        directory = ImageFileDirectory_v2(head[: 16 if head[2] == 43 or head[3] == 43 else 8])
        file.seek(directory.next)
        directory.load(file)
    return math.prod(int(directory.get(tag, 1)) for tag in (WIDTH, HEIGHT, CHANNELS))


def _codestream(data: bytes) -> int:
    """Where the image data begin in boxes (ISO/IEC 18181-2), behind an index where they are cut into parts."""
    place = 0
    while place + 16 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        head = 16 if size == 1 else 8
        size = int.from_bytes(data[place + 8 : place + 16], "big") if size == 1 else size
        if kind in (b"jxlc", b"jxlp"):
            return place + head + 4 * (kind == b"jxlp")
        if size < head:
            break
        place += size
    return 0


def _jpeg_xl(data: bytes) -> int:
    """Of the size header (ISO/IEC 18181-1, section D.2), lowest bits first."""
    bits = int.from_bytes(data, "little")

    def take(count: int) -> int:
        nonlocal bits
        taken, bits = bits & (1 << count) - 1, bits >> count
        return taken

    small = take(1)

    def side() -> int:
        return 8 * (1 + take(5)) if small else 1 + take(SIDES[take(2)])

    height, ratio = side(), take(3)
    width = height * RATIOS[ratio - 1][0] // RATIOS[ratio - 1][1] if ratio else side()
    return width * height * MOST_CHANNELS
