"""Files that hold all of a content: a codec's, and beside it what restores people's arrays and pictures."""

import math
from dataclasses import replace

from fieldbench.compression import container
from fieldbench.compression.correction import SECTION, corrected_field, correction_of
from fieldbench.compression.decoding import decode, sound
from fieldbench.compression.forms._content import Content
from fieldbench.compression.search import Search

FORM = "form"  # header entry: how the decoded field becomes a file again


def complete(content: Content, coded: bytes, error: float | None, search: Search) -> tuple[bytes, Content]:
    """The whole file of a content, and the content that decoding it will give.

    Args:
        coded: what a codec wrote of the content's field.
        error: largest absolute error, in the data's unit; None for any.
        search: what chooses the coders of corrections.

    Raises:
        UserError: the error is negative.
    """
    decoded = decode(coded)
    header, sections = container.unpack(coded)
    beside = content.beside(decoded, error, search)
    if error is not None and not content.parts:
        sections[SECTION] = correction_of(content.field, decoded, error, search)
        decoded = corrected_field(decoded, sections[SECTION])
    data = container.pack({**header, FORM: content.form}, {**sections, **beside})
    return data, replace(content, field=decoded, sections=beside)


def opened(data: bytes, name: str = "the file", limit: float = math.inf) -> Content:
    """The content of a file.

    Raises:
        UserError: see `decoding.decode`.
    """
    field = decode(data, name, limit)
    header, sections = container.unpack(data, name)
    with sound(name):
        return Content(field, dict(header.get(FORM, {})), sections)
