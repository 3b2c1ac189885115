"""Small fields of every kind and small codecs, for the tests of codecs."""

import numpy as np
import torch
from fieldbench import registry
from fieldbench.compression import field

CPU = torch.device("cpu")
SMALL = {"levels": 4, "base_resolution": 2, "max_resolution": 12, "table_size": 7, "hidden": 8}


def waves(shape, channels):
    """Smooth values in [0, 1], (C, *shape)."""
    axes = np.meshgrid(*(np.linspace(0, 1, side) for side in shape), indexing="ij")
    return np.stack(
        [0.5 + 0.5 * np.sin(4 * sum((c + i + 1) * a for i, a in enumerate(axes))) for c in range(channels)]
    )


def image(shape=(20, 28), channels=3):
    pixels = np.rint(waves(shape, channels) * 255).astype(np.float32) / np.float32(255)
    return field.make(
        pixels, kind="image", units="1", peak=1.0, levels=256, channels=tuple("RGBA")[:channels]
    )


def variable():
    """Degrees around 15, unknown in a disc."""
    values = 15 + 20 * waves((24, 18), 1).astype(np.float32)
    y, x = np.mgrid[:24, :18]
    values[:, (y - 8) ** 2 + (x - 9) ** 2 < 20] = np.nan
    return field.make(values, kind="variable", units="degC", peak=20.0, levels=0, channels=("t",))


def video():
    frames = np.rint(waves((4, 10, 12), 3) * 255).astype(np.float32) / np.float32(255)
    how = {"kind": "video", "units": "1", "peak": 1.0, "levels": 256, "channels": tuple("RGB")}
    return field.make(frames, attributes={"frames_per_second": 12.5}, **how)


def volume():
    how = {"kind": "volume", "units": "m-3", "peak": 1e20, "levels": 0, "channels": ("n", "e")}
    return field.make((waves((6, 7, 8), 2) * 1e20).astype(np.float32), **how)


FIELDS = {"image": image, "variable": variable, "video": video, "volume": volume}


def codec(kind="shacira", **options):
    return registry.build("compression/codecs", kind, **{**SMALL, "steps": 40, **options})


def encoded(of, kind="shacira", seed=1, checkpoint=None, progress=None, **options):
    how = {"checkpoint": checkpoint, "progress": progress}
    return codec(kind, **options).encode(of, seed=seed, device=CPU, **how)
