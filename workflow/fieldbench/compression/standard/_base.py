"""What every codec that is not trained offers, and 8-bit pictures in and out of libraries that code such."""

import importlib
import io
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from fieldbench.compression.field import Field, from_pixels
from fieldbench.errors import UserError

COLOURS = 3
LEVELS = 256


class Standard(ABC):
    """A codec that is not trained."""

    @abstractmethod
    def encode(self, field: Field, setting: float) -> bytes:
        """The file of a field.

        Args:
            field: what is coded.
            setting: the codec's own measure of quality, or of the loss of it.

        Raises:
            UserError: the codec cannot take such a field or setting.
        """

    @abstractmethod
    def decode(self, data: bytes, field: Field) -> Field:
        """The field in a file; `field` says what the numbers mean, and nothing about them."""


@dataclass(frozen=True)
class PictureCodec(Standard):
    """A codec for one 8-bit RGB picture whose samples are all known.

    Attributes:
        name: for messages.
        write: the file of pixels (y, x, 3) uint8 at a setting.
        read: the pixels in a file.
    """

    name: str
    write: Callable[[np.ndarray, float], bytes]
    read: Callable[[bytes], np.ndarray]

    def encode(self, field: Field, setting: float) -> bytes:
        if field.kind != "image":
            raise UserError(f"{self.name} codes pictures, not a field of kind '{field.kind}'.")
        return self.write(pixels(field, self.name), setting)

    def decode(self, data: bytes, field: Field) -> Field:
        return with_pixels(field, self.read(data))


def pixels(field: Field, codec: str) -> np.ndarray:
    """The values of an 8-bit RGB field as (*space, 3) uint8.

    Args:
        codec: its name, for messages.

    Raises:
        UserError: other channels or levels, or samples that are not known.
    """
    if field.levels != LEVELS or len(field.channels) != COLOURS:
        raise UserError(
            f"{codec} codes RGB of 8 bits, not {len(field.channels)} channels of {field.levels or 'unlimited'} levels."
        )
    if not field.known.all():
        raise UserError(f"{codec} cannot leave samples out, and {(~field.known).sum():,} are unknown.")
    return field.pixels()


def with_pixels(field: Field, found: np.ndarray) -> Field:
    """`field` with the values of (*space, 3) uint8."""
    return replace(field, values=from_pixels(found), known=np.ones(found.shape[:-1], bool))


def pillow_codec(name: str, options: Callable[[float], dict[str, Any]]) -> PictureCodec:
    """A codec of Pillow's.

    Args:
        name: Pillow's name of the format.
        options: of `Image.save` at a setting.
    """

    def write(picture: np.ndarray, setting: float) -> bytes:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, name, **options(setting))
        return file.getvalue()

    return PictureCodec(name, write, _read_with_pillow)


def _read_with_pillow(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def needed(module: str, what: str, package: str | None = None) -> ModuleType:
    """A module that not everyone has installed.

    Args:
        what: needs it, for the message.
        package: that holds it, where it has another name.

    Raises:
        UserError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"{what} needs the package {package or module}: `pip install {package or module}`."
        ) from error
