"""JPEG 2000 by OpenJPEG: irreversible wavelet and colour transform, a bare codestream."""

from fieldbench.compression.standard._base import PictureCodec, pillow_codec


def build() -> PictureCodec:
    """The codec; its setting is the PSNR that it aims at, dB."""
    return pillow_codec(
        "JPEG2000",
        lambda decibels: {
            "quality_mode": "dB", "quality_layers": [decibels], "irreversible": True, "mct": 1, "no_jp2": True,
        },
    )  # fmt: skip
