"""A study among the published ones: its pages, tables and pictures, and what the page of findings tells of it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from PIL import Image

from fieldbench import files
from fieldbench.errors import UserError
from fieldbench.monitor.status import Reader, State
from fieldbench.report import claims, highlights
from fieldbench.report.cards import Card

FACTS = "study.json"
CLAIMS = "_claims.csv"
HIGHLIGHTS = "_highlights.json"
COPIED = ("report.html", "*.md", "tables/*.csv", "tables/*.parquet", "figures/**/*.png", "figures/**/*.gif")
COLORS = 256  # of a picture, which keep it below a megabyte


@dataclass(frozen=True)
class Answers:
    """What a study answers in an area.

    Attributes:
        area: its name.
        question: that the area asks.
        cards: what to use, how sure that is, and what it costs.
    """

    area: str
    question: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Published:
    """A published study.

    Attributes:
        folder: where it lies.
        about: what it is for.
        commit: of the sources that it was run with; empty where they were no checkout.
        jobs: how many it had.
        seconds: that these took, added up.
        areas: what it answers.
    """

    folder: Path
    about: str
    commit: str
    jobs: int
    seconds: float
    areas: tuple[Answers, ...]

    @property
    def name(self) -> str:
        """By which `make evidence` and pages know it: that of its configuration."""
        return self.folder.name

    def claims(self, area: str) -> pd.DataFrame:
        """The verdicts on the claims about an area."""
        return claims.read([self.folder / "tables" / f"{area}{CLAIMS}"])


def publish(results: Path, target: Path, config: Path) -> Published:
    """Copy what a finished run shows to `target`, in place of what was there.

    Args:
        results: the run's results folder.
        target: a folder.
        config: the study's file of configuration.

    Raises:
        UserError: the run is not finished.
    """
    if not (results / "benchmark.md").is_file():
        raise UserError(f"{results} holds no benchmark.md; let the run end first")
    snapshot = Reader(results).snapshot()
    if missing := len(snapshot.jobs) - len(snapshot.in_state(State.DONE)):
        raise UserError(f"{missing} jobs of {results} are not done; `fieldbench status {results}` names them")
    accounts = [job.account for job in snapshot.jobs if job.account]
    study = Published(
        folder=target,
        about=yaml.safe_load(config.read_text(encoding="utf-8"))["about"],
        commit=_commit(results),
        jobs=len(snapshot.jobs),
        seconds=sum(account.updated - account.began for account in accounts),
        areas=tuple(_answers(file) for file in sorted(results.glob(f"tables/*{HIGHLIGHTS}"))),
    )
    shutil.rmtree(target, ignore_errors=True)
    for file in _shown(results):
        _copy(file, target / file.relative_to(results))
    facts = {key: value for key, value in asdict(study).items() if key != "folder"}
    files.save_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", target / FACTS)
    return study


def read(folder: Path) -> Published:
    """A published study.

    Raises:
        UserError: the folder holds none.
    """
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no {FACTS}; `make publish RUN={folder.name}` writes it") from None
    areas = tuple(
        Answers(area["area"], area["question"], tuple(highlights.card(card) for card in area["cards"]))
        for area in facts.pop("areas")
    )
    return Published(folder=folder, areas=areas, **facts)


def _commit(results: Path) -> str:
    command = ["git", "-C", str(results), "rev-parse", "--short=10", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _answers(file: Path) -> Answers:
    shown: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Answers(shown["area"], shown["question"], tuple(map(highlights.card, shown["cards"])))


def _shown(results: Path) -> Iterator[Path]:
    for pattern in COPIED:
        yield from sorted(results.glob(pattern))


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".png":
        with files.replacing(target) as temporary, Image.open(file) as picture:
            picture.convert("RGB").quantize(COLORS).save(temporary, format="PNG", optimize=True)
    else:
        shutil.copyfile(file, target)
