"""The file format .fbc: a header of plain values and named binary sections, whole or refused.

Layout: magic "FBC", version (1 byte), total length (varint), header and the sections' names and lengths as JSON with
sorted keys (raw deflate with a preset dictionary), the sections, and the first 8 bytes of the SHA-256 of all before.
"""

import hashlib
import json
import zlib
from typing import Any

from fieldbench.errors import UserError

MAGIC = b"FBC"
VERSION = 4
CHECKSUM = 8  # bytes
LONGEST = 2**20  # bytes of a header
# What headers usually say, the most usual last, as deflate prefers. A change needs a new VERSION.
DICTIONARY = (
    b'"form":"netcdf","packing":[[0.01,0.0]],[1.0,0.0]],"variables":[["/","sst"]]},"around":"missing0":"known0":"exact0":'
    b'"correction0":"dtype":"<f8","dtype":"<i2","dtype":"<f4","form":{"dtype":"<f4","form":"array","parts":[{"dtype":"<f4",'
    b'"high":1.0,"low":-1.0,"size":1.0}],"sizes":[180,360]},"kind":"volume","levels":0,"mask":false,"peak":1.0,"shape":['
    b'{"channels":["0"],"codec":"plain","form":{"around":"attributes":{"frames_per_second":25.0},"kind":"volume","kind":"video","kind":"variable","units":"degC"'
    b'"units":"gauss","levels":0,"levels":65536,"mask":true,"precision":"float16","precision":"float32"'
    b'"quantizer":"vector","correction":"learning_rate":"table_size":11,"base_resolution":16,"max_resolution":512'
    b'"hidden_layers":1,"latent_features":1,"per_level":true,"norm":"max","features":1,"hidden":16,"context":'
    b'{"codec":"ngp",{"codec":"shacira",{"codec":"pyramid","channels":["R","G","B","A"],"channels":["L"],'
    b'{"channels":["R","G","B"],"codec":"pyramid","kind":"image","levels":256,"mask":false,"networks":'
    b'"options":{"peak":1.0,"shape":[256,384],"units":"1"},"sections":{"correction":"latents":"mask":"networks":'
)


def pack(header: dict[str, Any], sections: dict[str, bytes]) -> bytes:
    """The file that holds a header of plain JSON values and named sections, in their order."""
    directory = [[name, len(content)] for name, content in sections.items()]
    text = json.dumps({"header": header, "sections": directory}, sort_keys=True, separators=(",", ":"))
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=DICTIONARY)
    body = deflate.compress(text.encode()) + deflate.flush() + b"".join(sections.values())
    start = MAGIC + bytes([VERSION])
    whole = start + _length_field(len(start) + len(body) + CHECKSUM) + body
    return whole + _checksum(whole)


def unpack(data: bytes, name: str = "the file") -> tuple[dict[str, Any], dict[str, bytes]]:
    """Header and sections of a file's content.

    Args:
        name: what messages call the file.

    Raises:
        UserError: not an .fbc, of another version, cut short, or damaged.
    """
    if data[: len(MAGIC)] != MAGIC:
        raise UserError(f"{name} is not an .fbc file; encode the data with `fieldbench encode` first.")
    if len(data) > len(MAGIC) and data[len(MAGIC)] != VERSION:
        found, age = data[len(MAGIC)], "newer" if data[len(MAGIC)] > VERSION else "older"
        raise UserError(
            f"{name} has the {age} format version {found}, and this program reads version {VERSION}; "
            f"decode it with the program that wrote it."
        )
    total, start = _read_length(data, len(MAGIC) + 1)
    if len(data) < total:
        raise UserError(f"{name} is cut short: {len(data)} of {total} bytes; copy it again.")
    if len(data) > total or data[-CHECKSUM:] != _checksum(data[:-CHECKSUM]):
        raise UserError(f"{name} is damaged: its checksum does not fit; copy it again.")
    try:
        return _parts(data[start:-CHECKSUM])
    except Exception as error:  # whatever a header says that has a valid checksum
        raise UserError(f"{name} is damaged: its header does not fit its content; copy it again.") from error


def part_sizes(data: bytes) -> dict[str, int]:
    """Bytes of each section, and as `header` those of all the rest; they sum to the file's size."""
    sizes = {name: len(content) for name, content in unpack(data)[1].items()}
    return {"header": len(data) - sum(sizes.values()), **sizes}


def _parts(body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    inflate = zlib.decompressobj(-15, zdict=DICTIONARY)
    described = json.loads(inflate.decompress(body, LONGEST))
    if not inflate.eof:
        raise ValueError(f"the header is longer than {LONGEST} bytes")
    content, sections, place = inflate.unused_data, {}, 0
    for name, length in described["sections"]:
        if type(length) is not int or not 0 <= length <= len(content) - place or name in sections:
            raise ValueError(f"there is no section '{name}' of {length} bytes")
        sections[name], place = content[place : place + length], place + length
    if place != len(content) or not isinstance(described["header"], dict):
        raise ValueError("the sections do not fill the file")
    return described["header"], sections


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:CHECKSUM]


def varint(value: int) -> bytes:
    """A whole number >= 0 in base 128, lowest digit first; all bytes but the last have the high bit set."""
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def read_varint(data: bytes, start: int) -> tuple[int, int]:
    """The number that `varint` wrote at `start`, and where it ends.

    Raises:
        IndexError: the data end before it does.
    """
    value = shift = 0
    while True:
        value |= (data[start] & 127) << shift
        start, shift = start + 1, shift + 7
        if data[start - 1] < 128:
            return value, start


def _length_field(others: int) -> bytes:
    """The total length, which counts its own bytes."""
    field = varint(others)
    while varint(others + len(field)) != field:
        field = varint(others + len(field))
    return field


def _read_length(data: bytes, start: int) -> tuple[int, int]:
    try:
        return read_varint(data, start)
    except IndexError:
        return len(data) + 1, start
