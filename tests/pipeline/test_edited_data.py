"""A file of the user's that is edited, moved or deleted after a page was made of it."""

import json
import os
import time

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.project import Project

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("pipeline")]

STUDY = {
    "pathvars": {"results": "results/mine"},
    "run": ["mine"],
    "datasets": {"mine": {"type": "image_file", "with": {"path": "picture.png"}}},
    "experiments": {
        "mine": {"area": "compression", "kind": "rate_distortion", "data": ["mine"], "methods": ["jpeg"], "points": ["p2"]}
    },
}  # fmt: skip
PAGE = "results/mine/compression.md"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with a page about a picture of the user's, which lies in a folder with a space in its name."""
    project = Project(tmp_path_factory.mktemp("edited"))
    (project.folder / "config/mine.yaml").write_text(yaml.safe_dump(STUDY))
    project.raw = project.folder / "my data"
    project.raw.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(project.raw / "picture.png")
    result = project.snakemake("--cores", "2", PAGE, **from_folder(project.raw))
    assert result.returncode == 0, result.stdout + result.stderr
    return project


def from_folder(folder):
    return {"config": "config/mine.yaml", "settings": (f"data_root={folder}", "download=false")}


def planned(project, folder):
    """What a dry run would do with the data in a folder."""
    return project.planned(PAGE, **from_folder(folder))


def test_the_bytes_decide_and_not_where_they_lie_or_when_they_were_written(project):
    prepared = project.folder / "results/mine/data/mine.nc"
    assert prepared.stat().st_size > 1_000_000, "above Snakemake's own limit for checksums"
    tomorrow = time.time() + 86400
    os.utime(
        prepared, (tomorrow, tomorrow)
    )  # as if it had been made again with the same bytes, by a clock that is fast
    moved = project.folder / "elsewhere"
    project.raw.rename(moved)
    try:
        assert planned(project, f"{moved}/") == {}
    finally:
        moved.rename(project.raw)


def test_an_edited_file_is_noticed_and_a_deleted_one_loses_nothing(project):
    file = project.raw / "picture.png"
    content, state = file.read_bytes(), file.stat()
    page = (project.folder / PAGE).read_text()
    file.unlink()
    assert planned(project, project.raw) == {}
    result = project.snakemake("--cores", "2", PAGE, "--forcerun", "page", **from_folder(project.raw))
    assert result.returncode == 0, result.stdout + result.stderr
    assert (project.folder / PAGE).read_text() == page
    assert (project.folder / "results/mine/data/mine.nc").stat().st_mtime <= time.time(), "dated today"
    file.write_bytes(content[:-1] + b"\0")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert planned(project, project.raw)["prepare_data"] == 1
    file.write_bytes(content)
    assert planned(project, project.raw) == {}


def test_what_a_damaged_file_would_say_is_not_said(project):
    """One flipped bit in what one job hands to the next."""
    record = project.folder / "results/mine/compression/mine/jpeg/metrics.json"
    found = json.loads(record.read_text())
    record.write_text(record.read_text().replace('"psnr_db": ', '"psnr_db": 1', 1))
    assert json.loads(record.read_text()) != found
    result = project.snakemake("--cores", "1", PAGE, "--forcerun", "collect", **from_folder(project.raw))
    assert result.returncode != 0
    assert "metrics.json is damaged or was edited" in result.stdout + result.stderr
