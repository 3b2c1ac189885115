"""Pretend GPUs: an `nvidia-smi` that lists as many devices as wanted."""

import os


def pretend(folder, count):
    """Environment changes with which a process finds `count` GPUs, and keeps their locks in `folder`."""
    program = folder / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = --query-gpu=index ] && seq 0 {count - 1}\n')
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}", "TMPDIR": str(folder)}
