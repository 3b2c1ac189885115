"""A job as Snakemake starts it, without Snakemake: a process that runs a few lines inside `step.running`."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from fieldbench.execution.progress import status_file

from tests.waiting import until

PROGRAM = """\
from types import SimpleNamespace
from fieldbench.execution import step

class Resources(dict):
    __getattr__ = dict.__getitem__

snakemake = SimpleNamespace(
    log=[{log!r}], input={inputs!r}, output=[{output!r}], resources=Resources({resources!r}), config={config!r}
)
with step.running(snakemake) as job:
{body}
"""


class Job:
    """One job with its log and its output; every process started here runs this same job."""

    def __init__(self, folder):
        self.folder = folder
        self.log, self.output = folder / "logs" / "job.log", folder / "output.txt"
        self.inputs = []
        self.processes = []

    def program(self, body, attempts=1, gpu_jobs_per_device=1, **resources):
        """The text of a program that runs `body` as the job."""
        return PROGRAM.format(
            log=str(self.log),
            output=str(self.output),
            inputs=list(map(str, self.inputs)),
            resources=resources,
            config={"attempts": attempts, "gpu_jobs_per_device": gpu_jobs_per_device},
            body=textwrap.indent(textwrap.dedent(body).strip(), "    "),
        )

    def start(self, body, environment=None, **options):
        """Start a process of the job."""
        command = [sys.executable, "-c", self.program(body, **options)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        own = {**os.environ, **(environment or {})}
        process = subprocess.Popen(command, cwd=self.folder, env=own, **pipes)
        self.processes.append(process)
        return process

    def run(self, body, **options):
        """Run the job to its end; the exit status and what it wrote to the terminal."""
        process = self.start(body, **options)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    @property
    def account(self):
        """What the job's status file says; nothing before there is one."""
        file = status_file(self.log)
        return json.loads(file.read_text()) if file.exists() else {}

    def says(self, line):
        """Wait until the log holds `line`."""
        until(lambda: self.log.exists() and line in self.log.read_text())


@pytest.fixture
def job(tmp_path):
    """A job in a folder of its own; what still runs of it is ended with the test."""
    job = Job(tmp_path)
    yield job
    for process in job.processes:
        process.kill()
        process.communicate()
