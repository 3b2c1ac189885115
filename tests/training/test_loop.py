"""The training loop: its steps by hand, resumption, divergence, what ends it."""

import io
import pickle
from dataclasses import replace

import pytest
import torch
from fieldbench.errors import OutOfTime, UserError
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Diverged, Run, fit, fit_phase
from fieldbench.training.recipe import Recipe
from torch import nn

RECIPE = Recipe(steps=12, learning_rate=0.05, plateau_patience=3, normalize_gradients=True)


class Quadratic(nn.Module):
    """Sum of (a - 1)^2 + (b + 2)^2; b is used only after half of the training."""

    floor = 0.0

    def __init__(self, start=0.0):
        super().__init__()
        self.a, self.b = nn.Parameter(torch.full((4,), start)), nn.Parameter(torch.zeros(2))
        self.active_levels = 1
        self.fractions = []

    def set_progress(self, fraction):
        self.fractions.append(fraction)
        self.active_levels = 2 if fraction >= 0.5 else 1

    def forward(self):
        loss = ((self.a - 1) ** 2).sum()
        return loss + ((self.b + 2) ** 2).sum() if self.active_levels == 2 else loss


def values(model):
    return [parameter.detach().clone() for parameter in model.parameters()]


def interrupt(model, path, after):
    """Train `after` steps of the whole and leave a checkpoint."""
    run = Run(model, RECIPE, Checkpoint(path, 0.0))
    for step in range(after):
        run.advance(step)


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate():
    model = Quadratic()
    Run(model, RECIPE).advance(0)
    torch.testing.assert_close(model.a.detach(), torch.full((4,), 0.05), rtol=1e-6, atol=0)
    assert not model.b.any()


def test_history_and_progress():
    model, reports = Quadratic(), []
    history = fit(model, RECIPE, progress=lambda *report: reports.append(report))
    assert history.loss[0] == 4 and len(history.loss) == 12
    assert history.loss[5] < history.loss[0]
    assert history.active_levels == [1] * 6 + [2] * 6
    assert model.fractions == [step / 12 for step in range(12)]
    assert all(later > earlier for earlier, later in zip(history.seconds, history.seconds[1:], strict=False))
    assert reports == [(step + 1, 12, loss) for step, loss in enumerate(history.loss)]


@pytest.mark.parametrize("after", [1, 5, 6, 11])
def test_a_resumed_training_has_the_same_bits(tmp_path, after):
    whole, first, second = Quadratic(), Quadratic(), Quadratic()
    history = fit(whole, RECIPE)
    interrupt(first, tmp_path / "state.pt", after)
    resumed = fit(second, RECIPE, Checkpoint(tmp_path / "state.pt", 0.0))
    assert resumed.loss == history.loss and resumed.active_levels == history.active_levels
    assert all(torch.equal(one, other) for one, other in zip(values(whole), values(second), strict=True))
    assert second.fractions == [step / 12 for step in range(after, 12)]


def test_a_finished_training_is_not_repeated(tmp_path):
    model = Quadratic()
    fit(model, RECIPE, Checkpoint(tmp_path / "state.pt", 1e9))
    again = Quadratic()
    fit(again, RECIPE, Checkpoint(tmp_path / "state.pt", 1e9))
    assert again.fractions == [] and torch.equal(again.a, model.a)


@pytest.mark.parametrize("change", ["recipe", "model"])
def test_a_checkpoint_of_another_run_is_not_used(tmp_path, change):
    interrupt(Quadratic(), tmp_path / "state.pt", 5)
    model = Quadratic(start=0.5 if change == "model" else 0.0)
    recipe = replace(RECIPE, learning_rate=0.01) if change == "recipe" else RECIPE
    fit(model, recipe, Checkpoint(tmp_path / "state.pt", 0.0))
    assert model.fractions[0] == 0


def truncated(whole):
    return whole[: len(whole) // 2]


def with_a_flipped_bit(whole):
    """In a number of the history: the file's structure is left whole."""
    place = whole.index(pickle.dumps(4.0, protocol=2)[2:-1])
    return whole[: place + 2] + bytes([whole[place + 2] ^ 1]) + whole[place + 3 :]


def emptied(_whole):
    return b""


def of_something_else(_whole):
    file = io.BytesIO()
    torch.save([1, 2], file)
    return file.getvalue()


@pytest.mark.parametrize("damage", [truncated, with_a_flipped_bit, emptied, of_something_else])
def test_a_damaged_checkpoint_is_named_and_not_used(tmp_path, caplog, damage):
    interrupt(Quadratic(), tmp_path / "state.pt", 5)
    (tmp_path / "state.pt").write_bytes(damage((tmp_path / "state.pt").read_bytes()))
    whole, model = Quadratic(), Quadratic()
    fit(whole, RECIPE)
    fit(model, RECIPE, Checkpoint(tmp_path / "state.pt", 0.0))
    assert model.fractions[0] == 0 and torch.equal(model.a, whole.a)
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert f"{tmp_path / 'state.pt'} is damaged" in warning.message
    assert "training begins again" in warning.message


@pytest.mark.parametrize("after", [1, 7])
def test_what_the_progress_callback_raises_ends_the_training_once_its_state_is_saved(tmp_path, after):
    def stop(done, _total, _loss):
        if done == after:
            raise OutOfTime("enough")

    whole, first, second = Quadratic(), Quadratic(), Quadratic()
    history = fit(whole, RECIPE)
    with pytest.raises(OutOfTime, match="enough"):
        fit(first, RECIPE, Checkpoint(tmp_path / "state.pt", 1e9), stop)
    resumed = fit(second, RECIPE, Checkpoint(tmp_path / "state.pt", 1e9))
    assert second.fractions == [step / 12 for step in range(after, 12)]
    assert resumed.loss == history.loss
    assert all(torch.equal(one, other) for one, other in zip(values(whole), values(second), strict=True))


def test_a_checkpoint_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError, match="Cannot write"):
        fit(Quadratic(), RECIPE, Checkpoint(tmp_path / "file" / "state.pt", 0.0))


class Exploding(Quadratic):
    """Its loss is infinite in the fourth step."""

    def forward(self):
        return super().forward() / (len(self.fractions) < 4)


def test_a_loss_that_is_not_finite_ends_the_training():
    with pytest.raises(Diverged, match="the loss became inf at step 4 of 12"):
        fit(Exploding(), RECIPE)


def test_a_training_is_asked_before_its_first_step_and_after_every_one_whether_to_end():
    asked, model = [], Quadratic()
    history = fit(model, RECIPE, stop=lambda run: asked.append(run.done))
    assert asked == list(range(13)) and len(history.loss) == 12
    history = fit(Quadratic(), RECIPE, stop=lambda run: run.done == 7)
    assert len(history.loss) == 7
    assert fit(Quadratic(), RECIPE, stop=lambda run: True).loss == []


def test_a_training_that_was_stopped_ends_at_once_when_it_is_resumed(tmp_path):
    def stop(run):
        return run.done >= 7

    fit(Quadratic(), RECIPE, Checkpoint(tmp_path / "state.pt", 1e9), stop=stop)
    again = Quadratic()
    history = fit(again, RECIPE, Checkpoint(tmp_path / "state.pt", 1e9), stop=stop)
    assert again.fractions == [] and len(history.loss) == 7


def test_a_fault_while_it_is_asked_ends_a_training_once_its_state_is_saved(tmp_path):
    def stop(run):
        if run.done == 5:
            raise OutOfTime("enough")
        return False

    with pytest.raises(OutOfTime):
        fit(Quadratic(), RECIPE, Checkpoint(tmp_path / "state.pt", 1e9), stop=stop)
    resumed = Quadratic()
    fit(resumed, RECIPE, Checkpoint(tmp_path / "state.pt", 1e9))
    assert resumed.fractions[0] == 5 / 12


def test_a_training_ends_when_its_seconds_are_spent():
    recipe = Recipe(steps=12, learning_rate=0.05, seconds=1e-9)
    assert len(fit(Quadratic(), recipe).loss) == 1


def test_a_phase_has_its_name_in_progress_checkpoint_and_failure(tmp_path):
    reports, kept = [], Checkpoint(tmp_path / "state.pt", 0.0)
    fit_phase("first", Quadratic(), RECIPE, kept, lambda *report: reports.append(report))
    assert [report[:3] for report in reports] == [("first", step, 12) for step in range(1, 13)]
    with pytest.raises(Diverged, match="second: the loss became inf at step 4 of 12"):
        fit_phase("second", Exploding(), RECIPE, kept)
    assert {file.name for file in tmp_path.iterdir()} == {"state-first.pt", "state-second.pt"}
    again = Quadratic()
    fit_phase("first", again, RECIPE, kept)
    assert again.fractions == []


def test_a_checkpoint_is_removed_with_its_parts_and_nothing_else(tmp_path):
    (tmp_path / "model.pt").touch()
    kept = Checkpoint(tmp_path / "state.pt", 0.0)
    for one in (kept, kept.part("first"), kept.part("second")):
        one.save("me", {})
    kept.remove()
    assert [file.name for file in tmp_path.iterdir()] == ["model.pt"]
    Checkpoint(None, 0.0).part("first").remove()


def test_a_model_may_choose_its_parameter_groups():
    class Choosing(Quadratic):
        def groups(self, rate):
            return [{"params": [self.a], "lr": rate, "eps": 0.5}, {"params": [self.b], "lr": 2 * rate}]

    first, second = Run(Choosing(), RECIPE).optimizer.param_groups
    assert (first["lr"], first["eps"], second["lr"]) == (0.05, 0.5, 0.1)


def test_steps_that_time_allows_are_expected():
    """A quarter of the seconds after 10 steps: 40 in all; and never more than the recipe has."""
    run = Run(Quadratic(), replace(RECIPE, steps=1000, seconds=8.0))
    run.history.loss, run.history.seconds = [1.0] * 10, [2.0]
    assert run.expected == 40
    run.history.loss = [1.0] * 500
    assert run.expected == 1000
