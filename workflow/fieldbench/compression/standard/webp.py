"""WebP by libwebp, at its slowest; colours are 4:2:0, as the format has it."""

from fieldbench.compression.standard._base import PictureCodec, pillow_codec


def build() -> PictureCodec:
    """The codec; its setting is the quality, 0 to 100."""
    return pillow_codec("WEBP", lambda quality: {"quality": round(quality), "method": 6})
