"""Decoding of any file; torch is loaded where the file holds a network."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from fieldbench import registry
from fieldbench.compression import container, correction, limits, plain
from fieldbench.compression.field import Field
from fieldbench.compression.header import check
from fieldbench.errors import UserError

KIND = "compression/codecs"


def decode(data: bytes, name: str = "the file", limit: float = math.inf) -> Field:
    """The field in a file, from nothing but the file.

    Args:
        name: what messages call the file.
        limit: values that it may hold, of the field and of its model.

    Raises:
        UserError: see `container.unpack`; the file needs a codec that this program does not have, says that it holds
            more than the limit, or is damaged.
    """
    header, sections = container.unpack(data, name)
    with sound(name):
        if header["codec"] not in (plain.NAME, *registry.known_types(KIND)):
            raise UserError(
                f"{name} was written by the codec '{header['codec']}', which this version lacks; update fieldbench."
            )
        check(header, limit)
        field = (plain.decode if header["codec"] == plain.NAME else _learned)(header, sections, limit)
        if correction.SECTION not in sections:
            return field
        return correction.corrected_field(field, sections[correction.SECTION])


def _learned(header: dict, sections: dict[str, bytes], limit: float) -> Field:
    import torch

    with torch.no_grad():
        codec = registry.factory(KIND, header["codec"])()
        codec.check(header, limit)
        return codec.decode(header, sections)


@contextmanager
def sound(name: str) -> Iterator[None]:
    """Whatever fails inside the block because the content of file `name` does not fit its header is a `UserError`."""
    try:
        yield
    except UserError:
        raise
    except limits.TooLarge as error:
        raise UserError(f"{name} {error}") from error
    except Exception as error:  # of many types, since every library is given the content
        raise UserError(f"{name} is damaged: its content does not fit its header; copy it again.") from error
