"""What the headers of pictures say that Pillow does not tell: how many values they hold, and a TIFF's further tags."""

import math
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError

BARE, BOXED = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Tags that are used up in reading, and a resolution, a profile and EXIF, which are looked at elsewhere.
OF_PIXELS = {*range(254, 267), *range(273, 285), 292, 293, 296, 297, 317, *range(320, 326), *range(332, 348)}
OF_PIXELS |= {512, *range(529, 533), 34675, 34665}
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
    if data[:4] in TIFF:
        directory = _directory(path)
        return math.prod(int(directory.get(tag, 1)) for tag in (WIDTH, HEIGHT, CHANNELS))
    if data[:2] == BARE:
        return _jpeg_xl(data[2:16])
    if data[:12] == BOXED and (place := _codestream(data)):
        return _jpeg_xl(data[place + 2 : place + 16])
    raise UserError(f"{path} is damaged or of another type than its extension says; copy it again.")


def further_tags(path: Path) -> list[str]:
    """Names of a TIFF's tags that say more than how its pixels are stored, such as those of a GeoTIFF."""
    from PIL.TiffTags import lookup

    with path.open("rb") as file:
        if file.read(4) not in TIFF:
            return []
    return [lookup(tag).name for tag in _directory(path) if tag not in OF_PIXELS]


def _directory(path: Path) -> Any:
    """The tags of a TIFF's first picture."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    with path.open("rb") as file:
        head = file.read(16)
        directory = ImageFileDirectory_v2(head[: 16 if 43 in head[2:4] else 8])
        file.seek(directory.next)
        directory.load(file)
    return directory


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
