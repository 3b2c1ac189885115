"""GPU slots: which devices a process may use, held by file locks until it ends.

`snakemake --resources gpu=4` counts GPUs but does not say which; here each job takes its own. A device has
`jobs_per_device` slots, each a lock file. A job takes slots of as many devices as it asks for, all at once or none, and
sees these devices only, through CUDA_VISIBLE_DEVICES: call `claim` before CUDA is first used, best before torch is
imported.
"""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

from fieldbench.errors import UserError
from fieldbench.execution.locks import holder, private_folder, signature, try_lock, wait_lock

SECONDS_BETWEEN_TRIES = 0.5
VISIBLE = "CUDA_VISIBLE_DEVICES"
TURNSTILE = "turnstile"

_held: list[IO[str]] = []  # open until the process ends


def claim(count: int, jobs_per_device: int, say: Callable[[str], None]) -> list[str]:
    """Take a slot on each of `count` devices, waiting for them, and make only these visible to CUDA.

    The pool is CUDA_VISIBLE_DEVICES where that is set, else what nvidia-smi lists. Under Slurm that is the job's own
    allocation, and its locks are its own too: where the allocation has as many devices as asked for, it is left as it is.

    Args:
        count: devices that the job needs; 0 hides all.
        say: told which devices were taken, that the job waits, or that there are none.

    Returns:
        the devices' names; empty where there are none, and the job runs on the CPU.

    Raises:
        UserError: the job needs more devices than there are.
    """
    devices = visible_devices(os.environ) if count else []
    if count and not devices:
        say("no GPU is visible: this job runs on the CPU")
    if devices and count > len(devices):
        raise UserError(
            f"The job needs {count} GPUs but {len(devices)} are visible ({', '.join(devices)}); lower its `gpu`."
        )
    taken = _wait(lock_folder(os.environ), devices, count, jobs_per_device, say) if devices else {}
    _held.extend(taken.values())
    os.environ[VISIBLE] = ",".join(taken)
    return list(taken)


def visible_devices(environment: Mapping[str, str]) -> list[str]:
    """Names of the devices that a process with this environment may use."""
    if VISIBLE in environment:
        names = [name.strip() for name in environment[VISIBLE].split(",")]
        return [name for name in names if name not in ("", "-1")]
    try:
        command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
        listing = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return []
    return listing.stdout.split()


def lock_folder(environment: Mapping[str, str]) -> Path:
    """One private folder per user and machine; under Slurm one per allocation, which numbers its devices from 0 on.

    Raises:
        UserError: see `locks.private_folder`.
    """
    job = environment.get("SLURM_JOB_ID")
    return private_folder(f"fieldbench-gpus-{os.getuid()}{f'-slurm{job}' if job else ''}")


def _wait(
    folder: Path, devices: list[str], count: int, jobs_per_device: int, say: Callable[[str], None]
) -> dict[str, IO[str]]:
    waiting = False
    while not (taken := _try(folder, devices, count, jobs_per_device)):
        if not waiting:
            say(f"waiting for a slot on {count} of the GPUs {', '.join(devices)}; held by {_holders(folder)}")
            waiting = True
        time.sleep(SECONDS_BETWEEN_TRIES)
    say(f"runs on GPU {', '.join(taken)}")
    return taken


def _try(folder: Path, devices: list[str], count: int, jobs_per_device: int) -> dict[str, IO[str]]:
    """Slots of the `count` least busy devices, or of none; one process at a time looks."""
    with wait_lock(folder / TURNSTILE):
        free = {device: _free_slots(folder, device, jobs_per_device) for device in devices}
        chosen = sorted(devices, key=lambda device: -len(free[device]))[:count]
        enough = all(free[device] for device in chosen)
        taken = {device: free[device].pop() for device in chosen} if enough else {}
        for unused in (slot for slots in free.values() for slot in slots):
            unused.close()
    return taken


def _free_slots(folder: Path, device: str, jobs_per_device: int) -> list[IO[str]]:
    names = (f"{quote(device, safe='')}.{slot}" for slot in range(jobs_per_device))
    return [lock for name in names if (lock := try_lock(folder / name))]


def _holders(folder: Path) -> str:
    """Who holds slots: whoever looked at a free one last signed it, which after `_try` is this process."""
    slots = (path for path in folder.iterdir() if path.name != TURNSTILE)
    return ", ".join(sorted({holder(path) for path in slots} - {signature()}))
