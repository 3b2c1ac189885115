"""Kills a run at random steps and compares what the next run makes of it with an unbroken one: `make faults N=20`.

One training and its evaluation, killed N times in each of three ways: the training's process, Snakemake's, and both at
once, always by SIGKILL. After each kill, and again after the run that follows, every result must be a whole file; the
metrics at the end must have the same bits as the unbroken run's; neither locks nor temporary files may stay.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fieldbench import io, record
from fieldbench.execution.locks import try_lock
from fieldbench.execution.progress import status_file
from fieldbench.files import PARTIAL

from tests.project import Project
from tests.waiting import until

KINDS = ("trainer", "snakemake", "both")
CONFIG = Path(__file__).with_name("faults.yaml")
REGIME = "inversion/plage-synthetic/strict"
PHASES = ("b_los", "b_qu")
ARGUMENTS = (f"results/{REGIME}/metrics.json", "--cores", "1")
HANGS = 300.0  # seconds
MEASURED = re.compile(r"_seconds$|^peak_memory_bytes$")  # metrics that differ from run to run
GOES_ON = re.compile(r"^goes on after step (\d+) of \d+$", re.MULTILINE)
OPEN = {
    ".nc": io.open_dataset,
    ".json": lambda file: json.loads(file.read_text(encoding="utf-8")),
    ".pt": lambda file: torch.load(file, weights_only=True),
}


@dataclass(frozen=True)
class Kill:
    """What became of one kill.

    Attributes:
        step: of both phases together, at which it came.
        resumed: the step after which the next run went on; 0 where there was no checkpoint.
        faults: what was not as it must be.
    """

    kind: str
    step: int
    resumed: int
    faults: list[str]


class Faults:
    """A project with one training, run once to its end without a fault."""

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder)
        self.results = folder / "results"
        self.run = self.results / REGIME / "v1" / "0"
        self.log = self.results / "logs" / REGIME / "v1" / "0.log"
        shutil.copy(CONFIG, folder / "config")
        every_step = ("SECONDS_BETWEEN_WRITES = 1.0", "SECONDS_BETWEEN_WRITES = 0.01")
        self.project.edit("workflow/fieldbench/execution/progress.py", *every_step)
        self.command = {"config": f"config/{CONFIG.name}"}
        if faults := self._finish():
            raise RuntimeError(faults[0])
        self.wanted = self._outcome()
        self.steps = _steps(self._reached(0))

    def kill(self, kind: str, step: int) -> Kill:
        """Train anew, kill what `kind` says once `step` is done, run again, and look at what is there."""
        reached = self.interrupt(kind, step)
        faults = [f"after the kill: {fault}" for fault in self._damage()]
        if kind != "snakemake":  # whose trainer ends by itself and clears up
            for leftover in self._leftovers():
                os.utime(leftover, (0, 0))  # as if the next run came an hour later
        faults += self.go_on()
        resumed = sum(map(int, GOES_ON.findall(self.log.read_text())))
        return Kill(kind, reached, resumed, faults)

    def interrupt(self, kind: str, step: int) -> int:
        """Train anew and kill what `kind` says once `step` is done; the step at which that was."""
        shutil.rmtree(self.results / REGIME)
        shutil.rmtree(self.results / "logs")
        snakemake = self.project.start(*ARGUMENTS, **self.command)
        account = until(lambda: self._reached(step))
        trainer = account["pid"]
        victims = {"trainer": [trainer], "snakemake": [snakemake.pid], "both": [snakemake.pid, trainer]}
        for process in victims[kind]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        snakemake.communicate()
        return _steps(account)

    def go_on(self) -> list[str]:
        """Run to the end; what is not as after the unbroken run."""
        return self._finish() or self._check()

    def _finish(self) -> list[str]:
        try:
            run = self.project.snakemake(*ARGUMENTS, timeout=HANGS, **self.command)
        except subprocess.TimeoutExpired:
            return ["the next run hangs"]
        return [f"the next run failed: {run.stdout} {run.stderr}"] if run.returncode else []

    def _check(self) -> list[str]:
        faults = self._damage() + [f"{file} stays" for file in self._leftovers()]
        for path in (self.results / ".lock", self.log.with_name(".0.lock")):
            if (lock := try_lock(path)) is None:
                faults.append(f"{path} is still locked")
            else:
                lock.close()
        return faults or ([] if self._outcome() == self.wanted else ["the metrics or the field differ"])

    def _damage(self) -> list[str]:
        """The results that are not whole."""
        faults = []
        for file in self.results.rglob("*.*"):
            if file.suffix in OPEN and not file.name.startswith(PARTIAL):
                try:
                    OPEN[file.suffix](file)
                except Exception as error:  # whatever a reader raises, the file is no result
                    faults += [f"{file}: {error}"] if file.exists() else []
        return faults

    def _leftovers(self) -> list[Path]:
        return list(self.results.rglob(f"{PARTIAL}*"))

    def _reached(self, step: int) -> dict[str, Any] | None:
        """The training's account, once it has come to `step` or its end."""
        file = status_file(self.log)
        account = json.loads(file.read_text()) if file.exists() else None
        return account if account and (_steps(account) >= step or account["state"] != "running") else None

    def _outcome(self) -> tuple[Any, ...]:
        """What must have the same bits in every run."""
        records = record.read(self.results / REGIME / "metrics.json")
        for found in records:
            found["metrics"] = {k: v for k, v in found["metrics"].items() if not MEASURED.search(k)}
        return json.dumps(records), io.open_dataset(self.run / "field.nc")["field"].values.tobytes()


def _steps(account: dict[str, Any]) -> int:
    """Steps done in all phases; every phase has as many."""
    return (account["done"] or 0) + (account["total"] if account["phase"] == PHASES[1] else 0)


def shake(faults: Faults, kills: int, choice: random.Random) -> Iterator[Kill]:
    """Kill `kills` times in each way, in turn."""
    for _ in range(kills):
        for kind in KINDS:
            yield faults.kill(kind, choice.randrange(faults.steps))


def table(kills: list[Kill]) -> str:
    """A line for each way: kills and their steps, what the next runs went on from, and how many had a fault."""
    head = ("killed", "times", "at steps", "from a checkpoint", "after steps", "from the start", "faults")
    rows = [head]
    for kind in KINDS:
        own = [kill for kill in kills if kill.kind == kind]
        kept = [kill.resumed for kill in own if kill.resumed]
        bad = sum(bool(kill.faults) for kill in own)
        at = _range([kill.step for kill in own])
        rows.append((kind, len(own), at, len(kept), _range(kept), len(own) - len(kept), bad))
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(f"{cell!s:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows
    )


def _range(numbers: list[int]) -> str:
    return f"{min(numbers)} to {max(numbers)}" if numbers else "-"


def main() -> int:
    """Do `N` kills of each kind; the exit status is 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=20, help="kills of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the steps")
    options = parser.parse_args()
    done = []
    with tempfile.TemporaryDirectory() as folder:
        faults = Faults(Path(folder) / "project")
        for kill in shake(faults, options.n, random.Random(options.seed)):
            done.append(kill)
            found = "; ".join(kill.faults) or "as the unbroken run"
            print(f"{kill.kind:9} at step {kill.step:4}, went on after {kill.resumed:4}: {found}", flush=True)
    print(table(done))
    return any(kill.faults for kill in done)


if __name__ == "__main__":
    raise SystemExit(main())
