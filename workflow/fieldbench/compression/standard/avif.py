"""AVIF by libavif and libaom: 8 bits, 4:4:4, tuned for PSNR. `ffmpeg` with codec av1 has 10 bits, and no container."""

from fieldbench.compression.standard._base import PictureCodec, pillow_codec

SPEED = 3  # of 0 to 10; slower gains 0.1 dB for four times the time


def build() -> PictureCodec:
    """The codec; its setting is the quality, 0 to 100."""
    return pillow_codec(
        "AVIF",
        lambda quality: {
            "quality": round(quality), "subsampling": "4:4:4", "speed": SPEED, "max_threads": 1,
            "advanced": {"tune": "psnr"},
        },
    )  # fmt: skip
