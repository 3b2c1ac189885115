"""What a run survives: kills, full and read-only disks, damaged files, trainings that fail."""

import os
import subprocess
import zipfile

import pandas as pd
import pytest

from tests.faults.loop import ARGUMENTS, CONFIG, KINDS, REGIME, Faults

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """A project with one training, run to its end; every test leaves it so."""
    return Faults(tmp_path_factory.mktemp("faults") / "project")


@pytest.fixture
def disk(tmp_path):
    """A disk of our own: `disk(options)` mounts it anew or changes it, and gives its folder."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options):
        remount = "remount," if os.path.ismount(folder) else ""
        command = ["mount", "-t", "tmpfs", "-o", remount + options, "tmpfs", folder]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no disk can be mounted here: {getattr(error, 'stderr', '') or error}")
        return folder

    yield mount
    if os.path.ismount(folder):
        subprocess.run(["umount", "--lazy", folder], check=True)


def run_on(faults, folder):
    """Run the same training with its results in `folder`."""
    text = CONFIG.read_text().replace("results: results", f"results: {folder}")
    (faults.project.folder / "config" / "disk.yaml").write_text(text)
    target, *rest = ARGUMENTS
    return faults.project.snakemake(
        target.replace("results", str(folder), 1), *rest, config="config/disk.yaml"
    )


def one_sentence(run):
    """The lines of a failed run that begin as its own messages do; there must be no traceback."""
    output = run.stdout + run.stderr
    assert run.returncode != 0 and "Traceback" not in output, output
    return [line for line in output.splitlines() if line.startswith(("error: ", "Cannot "))]


@pytest.mark.parametrize(("kind", "share"), [*zip(KINDS, (0.3, 0.6, 0.8), strict=True)])
def test_a_killed_run_goes_on_from_its_checkpoint_to_the_same_result(faults, kind, share):
    found = faults.kill(kind, int(share * faults.steps))
    assert found.faults == [] and found.resumed > 0


def truncate(file):
    os.truncate(file, file.stat().st_size // 2)


def flip_a_bit(file):
    """In the largest array of a file that torch wrote."""
    with zipfile.ZipFile(file) as parts:
        largest = max(parts.infolist(), key=lambda part: part.file_size)
    whole = bytearray(file.read_bytes())
    whole[largest.header_offset + largest.file_size // 2] ^= 1
    file.write_bytes(whole)


@pytest.mark.parametrize("damage", [truncate, flip_a_bit])
def test_a_damaged_checkpoint_is_named_and_its_phase_begins_again(faults, damage):
    faults.interrupt("both", faults.steps // 4)
    damage(faults.run / "checkpoint-b_los.pt")
    assert faults.go_on() == []
    (warning,) = (line for line in faults.log.read_text().splitlines() if "damaged" in line)
    assert "v1/0/checkpoint-b_los.pt is damaged" in warning and "training begins again" in warning


def test_a_truncated_file_is_named_with_a_remedy_that_helps(faults):
    problem = faults.results / "inversion/plage-synthetic/weak_field.nc"
    faults.interrupt("both", 0)
    truncate(problem)
    run = faults.project.snakemake(*ARGUMENTS, **faults.command)
    (message,) = one_sentence(run)
    assert "weak_field.nc is damaged" in message and message.endswith("delete it and run again.")
    problem.unlink()
    assert faults.go_on() == []


@pytest.mark.parametrize(("space", "job"), [("64k", "data/plage-synthetic.nc"), ("850k", f"{REGIME}/v1/0/")])
def test_a_full_disk_is_one_sentence_and_a_run_that_goes_on(faults, disk, space, job):
    folder = disk(f"size={space}")
    (message,) = one_sentence(run_on(faults, folder))
    assert message.startswith(f"error: Cannot write {folder}/{job}")
    assert message.endswith(": the disk is full. Free some space and run again.")
    assert not list(folder.rglob(".partial*")), "what could not be written whole is not kept"
    run = run_on(faults, disk("size=8m"))
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_read_only_folder_is_named_before_the_first_job(faults, disk):
    folder = disk("ro")
    run = run_on(faults, folder)
    (message,) = one_sentence(run)
    assert message.startswith(f"Cannot write {folder}/") and "Read-only file system" in message
    assert "Execute" not in run.stdout + run.stderr


@pytest.fixture
def table(faults):
    """Run to the table with other options; the status and the reason of v1 and of pixelwise."""

    def run(*changes):
        text = CONFIG.read_text()
        for old, new in (("run: [training]", "run: [training, closed-form]"), *changes):
            assert old in text
            text = text.replace(old, new)
        (faults.project.folder / "config" / "overlay.yaml").write_text(text)
        target = "results/tables/inversion.parquet"
        found = faults.project.snakemake(target, "--cores", "2", config="config/overlay.yaml")
        assert found.returncode == 0, found.stdout + found.stderr
        rows = pd.read_parquet(faults.project.folder / target).groupby("method")[["status", "reason"]]
        return {method: {tuple(row) for row in own.values} for method, own in rows}

    return run


def test_a_training_that_diverges_is_a_row_with_its_reason_beside_the_others(table):
    found = table(("steps: 700", "steps: 20, learning_rate: 1.0e+38"))
    ((status, reason),) = found["v1"]
    assert status == "failed" and reason.startswith("Diverged: b_los: the loss became")
    assert found["pixelwise"] == {("ok", "")}


def test_a_training_that_runs_out_of_time_in_every_attempt_is_a_row(faults, table):
    no_time = ("SHARE_OF_TIME_LIMIT = 0.9", "SHARE_OF_TIME_LIMIT = 0.0")
    undo = faults.project.edit("workflow/fieldbench/execution/step.py", *no_time)
    found = table(("device: cpu", "device: cpu\nattempts: 3"), ("steps: 700", "steps: 21"))
    undo()
    reason = "OutOfTime: the time limit of 240 min was reached at step 3 of 21 of b_los"
    assert found == {"v1": {("failed", reason)}, "pixelwise": {("ok", "")}}
    assert "goes on after step 2 of 21" in faults.log.read_text()
