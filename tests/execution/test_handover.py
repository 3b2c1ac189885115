"""What jobs hand to one another: a file that was damaged on the way is not used, and no date undoes a job."""

import os
import subprocess
import time

import pytest
from fieldbench.errors import UserError
from fieldbench.execution import handover


@pytest.fixture
def model(tmp_path):
    """A file that a job has delivered."""
    file = tmp_path / "a run" / "model.pt"
    file.parent.mkdir()
    file.write_bytes(bytes(range(256)) * 40)
    handover.deliver([str(file)])
    return file


def test_what_was_delivered_is_received(model):
    handover.receive([str(model)])


@pytest.mark.parametrize("place", [0, 5000, 10239])
def test_one_flipped_bit_is_noticed(model, place):
    content = bytearray(model.read_bytes())
    content[place] ^= 1
    model.write_bytes(content)
    with pytest.raises(UserError, match=r"model\.pt is damaged or was edited.*delete it and run again"):
        handover.receive([str(model)])


def test_sums_are_those_that_sha256sum_checks(model):
    command = ["sha256sum", "--check", f".{model.name}.sha256"]
    assert (
        subprocess.run(command, cwd=model.parent, capture_output=True, text=True).stdout == "model.pt: OK\n"
    )


def test_files_without_a_sum_are_taken_as_they_are(tmp_path):
    (tmp_path / "claims.yaml").write_text("claims")
    handover.receive([str(tmp_path / "claims.yaml")])


def test_the_sum_of_a_file_that_is_written_anew_is_forgotten(model):
    handover.withdraw([str(model)])
    model.write_text("new")
    handover.receive([str(model)])


def test_inputs_from_the_future_are_dated_today(model):
    os.utime(model, (time.time() + 9000, time.time() + 9000))
    handover.receive([str(model)])
    assert model.stat().st_mtime <= time.time()


def test_a_job_refuses_damaged_input_and_keeps_the_sums_of_its_output(job, model):
    job.inputs = [model]
    writing = "import pathlib; pathlib.Path('output.txt').write_text('whole')"
    assert job.run(writing) == (0, "")
    handover.receive([str(job.output)])
    assert job.output.with_name(".output.txt.sha256").exists()
    model.write_bytes(b"other")
    status, errors = job.run(writing)
    assert status == 1 and errors.startswith(f"error: {model} is damaged or was edited")
