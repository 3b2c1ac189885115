"""A file without a model: its field is zero, and corrections beside it hold all that there is to say."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fieldbench.compression import container
from fieldbench.compression.field import Field
from fieldbench.compression.header import describe, field_from, mask_section

NAME = "plain"


def encode(field: Field) -> bytes:
    """The file of zeros in place of a field."""
    return container.pack(describe(field, NAME), mask_section(field))


def decode(header: Mapping[str, Any], sections: Mapping[str, bytes], _limit: float) -> Field:
    """The field of zeros in a file."""
    return field_from(header, sections, np.zeros((len(header["channels"]), *header["shape"]), np.float32))
