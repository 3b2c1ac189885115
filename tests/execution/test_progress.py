"""A job's account of itself."""

import json

import pytest
from fieldbench.execution import progress
from fieldbench.execution.progress import Progress, status_file
from fieldbench.files import PARTIAL


class Clock:
    """Time as the test sets it."""

    now = 1000.0

    def time(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def account(log):
    return json.loads(status_file(log).read_text())


def test_the_account_lies_beside_the_log(tmp_path):
    assert status_file(tmp_path / "v1" / "0.log") == tmp_path / "v1" / "0.status.json"


def test_it_is_there_from_the_start(tmp_path, clock):
    Progress(tmp_path / "job.log", attempt=2)
    found = account(tmp_path / "job.log")
    assert (found["state"], found["attempt"], found["device"]) == ("running", 2, "cpu")
    assert found["began"] == found["updated"] == 1000 and found["done"] is None


def test_steps_are_written_once_a_second(tmp_path, clock):
    kept = Progress(tmp_path / "job.log", attempt=1)
    for step in range(1, 31):
        clock.now += 0.25
        kept.step("b_los", step, 100, 1 / step)
    found = account(tmp_path / "job.log")
    assert (found["phase"], found["done"], found["total"]) == ("b_los", 28, 100)
    kept.write()
    assert account(tmp_path / "job.log")["done"] == 30


def test_the_time_left_follows_from_the_steps_of_this_process_and_phase(tmp_path, clock):
    kept = Progress(tmp_path / "job.log", attempt=1)
    kept.step("b_los", 61, 101, 1.0)  # a training that went on from step 60
    assert kept.facts["seconds_left"] is None
    clock.now += 20
    kept.step("b_los", 71, 101, 1.0)
    assert kept.facts["seconds_left"] == pytest.approx(60)
    clock.now += 1
    kept.step("b_qu", 1, 101, 1.0)
    assert kept.facts["seconds_left"] is None
    clock.now += 1
    kept.step("b_qu", 2, 101, 1.0)
    assert kept.facts["seconds_left"] == pytest.approx(99)


def test_a_job_does_not_fail_for_want_of_its_account(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    kept = Progress(tmp_path / "file" / "job.log", attempt=1)
    kept.step("b_los", 1, 2, 1.0)
    kept.write()
    assert kept.facts["done"] == 1


def test_what_a_killed_job_left_half_written_goes_with_the_next_start(tmp_path):
    log = tmp_path / "0.log"
    own = tmp_path / f"{PARTIAL}0.status-d7b8f390.json"
    others = [tmp_path / f"{PARTIAL}10.status-d7b8f390.json", tmp_path / f"{PARTIAL}0-d7b8f390.nc"]
    for file in (own, *others):
        file.write_text("{")
    Progress(log, 2)
    assert not own.exists() and all(file.exists() for file in others)
