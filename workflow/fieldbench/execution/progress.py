"""A running job's account of itself: a small file beside its log, for `fieldbench status`."""

import json
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError
from fieldbench.files import PARTIAL, save_text

SUFFIX = ".status.json"
SECONDS_BETWEEN_WRITES = 1.0


def status_file(log: str | Path) -> Path:
    """Where the job with this log keeps its account."""
    return Path(log).with_suffix(SUFFIX)


class Progress:
    """The account of one job. A file that cannot be written is left: no job fails for want of its account.

    Attributes:
        facts: `state` (running, done, failed or stopped), `reason`, `pid`, `host`, `device`, `attempt`, `began` and
            `updated` (Unix seconds), `done` and `total` steps, `loss`, `phase`, `seconds_left`; null where unknown.
    """

    def __init__(self, log: str | Path, attempt: int) -> None:
        now = time.time()
        self.path = status_file(log)
        self.facts: dict[str, Any] = {
            "state": "running",
            "reason": "",
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "device": "cpu",
            "attempt": attempt,
            "began": now,
            "updated": now,
            **dict.fromkeys(("done", "total", "loss", "seconds_left")),
            "phase": "",
        }
        self._first: tuple[str, int, float] | None = None
        self._writing = threading.Lock()  # a heartbeat must not overtake the last word
        self._remove_leftovers()
        self.write()

    def _remove_leftovers(self) -> None:
        """Remove what an earlier job of this log left half-written when it was killed; nobody else writes this file."""
        for file in self.path.parent.glob(f"{PARTIAL}{self.path.stem}-*{self.path.suffix}"):
            with suppress(OSError):
                file.unlink()

    def update(self, **changes: Any) -> None:
        """Change facts and write the file if the last writing is a second old."""
        self.facts.update(changes)
        if time.time() - self.facts["updated"] >= SECONDS_BETWEEN_WRITES:
            self.write()

    def step(self, phase: str, done: int, total: int, loss: float) -> None:
        """Note that `done` of `total` steps of a phase are done."""
        now = time.time()
        if self._first is None or self._first[0] != phase:
            self._first = (phase, done, now)
        _, since, began = self._first
        left = (total - done) * (now - began) / (done - since) if done > since else None
        self.update(phase=phase, done=done, total=total, loss=loss, seconds_left=left)

    def write(self, **changes: Any) -> None:
        """Change facts and write the file."""
        with self._writing, suppress(OSError, UserError):
            self.facts.update(changes, updated=time.time())
            save_text(json.dumps(self.facts), self.path)

    def beat(self, seconds: float) -> None:
        """Write the file if it is so old and the job still runs."""
        if self.facts["state"] == "running" and time.time() - self.facts["updated"] >= seconds:
            self.write()
