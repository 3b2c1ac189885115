"""JPEG by libjpeg-turbo: progressive, with optimised Huffman tables."""

from fieldbench.compression.standard._base import PictureCodec, pillow_codec
from fieldbench.errors import UserError

CHROMA = ("4:4:4", "4:2:2", "4:2:0")


def build(*, chroma: str = "4:4:4") -> PictureCodec:
    """The codec; its setting is the quality, 1 to 95.

    Args:
        chroma: resolution of the colours, 4:4:4, 4:2:2 or 4:2:0.

    Raises:
        UserError: no such resolution.
    """
    if chroma not in CHROMA:
        raise UserError(f"`chroma` of jpeg is '{chroma}'; it must be {', '.join(CHROMA)}.")
    return pillow_codec(
        "JPEG",
        lambda quality: {
            "quality": round(quality), "subsampling": chroma, "optimize": True, "progressive": True,
        },
    )  # fmt: skip
