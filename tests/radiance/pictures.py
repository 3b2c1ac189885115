"""The analytic scene as a person would have it: lists of cameras beside pictures with alpha."""

import json

import numpy as np
from fieldbench.datasets import scene_analytic
from PIL import Image


def write(folder, *, mode="RGBA", shift=(0.0, 0.0, 0.0), **params):
    """transforms_train.json and transforms_test.json in a folder, moved by `shift`; returns the first."""
    data = scene_analytic.load(**{"size": 16, "train": 9, "test": 2, **params})
    for part in ("train", "test"):
        (folder / part).mkdir(parents=True)
        frames = []
        for number, view in enumerate(np.flatnonzero(data["split"].values == part)):
            values = data["image"].values[view].astype(float)
            alpha = values[..., 3:]
            rgb = values[..., :3] * 255 / np.maximum(alpha, 1)
            picture = Image.fromarray(np.rint(np.concatenate([rgb, alpha], -1)).astype(np.uint8))
            picture.convert(mode).save(folder / part / f"{number}.png")
            pose = data["pose"].values[view].astype(float)
            pose[:3, 3] += shift
            frames.append({"file_path": f"{part}/{number}", "transform_matrix": pose.tolist()})
        content = {"camera_angle_x": scene_analytic.ANGLE, "frames": frames}
        (folder / f"transforms_{part}.json").write_text(json.dumps(content))
    return folder / "transforms_train.json"
