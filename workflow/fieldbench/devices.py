"""Which device a job runs on, and making its arithmetic repeatable."""

import os
import resource
from pathlib import Path

import torch

from fieldbench.errors import UserError

# Linux: entries of this process's memory, and what forgets the largest of them.
STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def choose(wanted: str, threads: int) -> torch.device:
    """The device of this process, with its CPU threads set.

    Args:
        wanted: `auto` (CUDA where there is one), `cpu` or `cuda`.
        threads: threads that Snakemake gave the job.

    Raises:
        UserError: `cuda` was asked for and no CUDA device is visible.
    """
    torch.set_num_threads(threads)
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError(
            "config asks for device 'cuda', but no CUDA device is visible; set device to 'auto' or 'cpu'."
        )
    return torch.device("cpu" if wanted == "cpu" or not torch.cuda.is_available() else "cuda")


def describe(device: torch.device) -> dict[str, str]:
    """Name of the device, torch and CUDA versions and threads, for a record."""
    found = {"device": str(device.type), "torch": torch.__version__, "threads": str(torch.get_num_threads())}
    if visible := os.environ.get("CUDA_VISIBLE_DEVICES"):
        found["cuda_visible_devices"] = visible
    if device.type == "cuda":
        found["device_name"] = torch.cuda.get_device_name(device)
        found["cuda"] = str(torch.version.cuda)
    return found


def seed_everything(seed: int) -> None:
    """Seed torch's generators on every device."""
    torch.manual_seed(seed)


def memory_in_use(device: torch.device) -> int:
    """Bytes in use now: of all allocations on CUDA, of the process's resident memory on a CPU.

    Earlier peaks are forgotten, but where the system does not keep entries of a process's memory.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return torch.cuda.memory_allocated(device)
    if FORGET.exists():
        FORGET.write_text("5")  # see proc(5)
    return _resident("VmRSS")


def peak_memory(device: torch.device) -> int:
    """Bytes in use at the most since the last call of `memory_in_use`, counted as there."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return _resident("VmHWM")


def _resident(name: str) -> int:
    """An entry of the process's memory in bytes; the largest ever where the system keeps no such entries."""
    if not STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(
        1024 * int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(name)
    )
