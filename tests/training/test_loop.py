"""The training loop: its steps by hand, resumption, divergence, schedules."""

import io
import pickle

import pytest
import torch
from fieldbench.errors import OutOfTime, UserError
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Diverged, Options, Run, fit, normalize
from torch import nn

OPTIONS = Options(epochs=12, learning_rate=0.05, plateau_patience=3, normalize_gradients=True)


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
    """Train `after` epochs of the whole and leave a checkpoint."""
    run = Run(model, OPTIONS, Checkpoint(path, 0.0))
    for epoch in range(after):
        run.advance(epoch)


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate():
    model = Quadratic()
    Run(model, OPTIONS).advance(0)
    torch.testing.assert_close(model.a.detach(), torch.full((4,), 0.05), rtol=1e-6, atol=0)
    assert not model.b.any()


def test_history_and_progress():
    model, reports = Quadratic(), []
    history = fit(model, OPTIONS, progress=lambda *report: reports.append(report))
    assert history.loss[0] == 4 and len(history.loss) == 12
    assert history.loss[5] < history.loss[0]
    assert history.active_levels == [1] * 6 + [2] * 6
    assert model.fractions == [epoch / 12 for epoch in range(12)]
    assert all(later > earlier for earlier, later in zip(history.seconds, history.seconds[1:], strict=False))
    assert reports == [(epoch + 1, 12, loss) for epoch, loss in enumerate(history.loss)]


def test_gradients_are_divided_by_the_mean_magnitude_of_the_whole_tensor():
    whole, part, unused = (nn.Parameter(torch.zeros(4)) for _ in range(3))
    part.full_count = 8  # as if four more values with gradient 0 belonged to it
    whole.grad, part.grad = torch.tensor([1.0, -1.0, 4.0, 2.0]), torch.tensor([1.0, -1.0, 4.0, 2.0])
    normalize([whole, part, unused])
    assert whole.grad.tolist() == pytest.approx([0.5, -0.5, 2, 1])
    assert part.grad.tolist() == pytest.approx([1, -1, 4, 2])
    assert unused.grad is None


def test_a_gradient_of_zero_stays_zero():
    parameter = nn.Parameter(torch.zeros(3))
    parameter.grad = torch.zeros(3)
    normalize([parameter])
    assert not parameter.grad.any()


def test_the_learning_rate_falls_on_a_plateau():
    class Flat(Quadratic):
        def forward(self):
            return 0 * self.a.sum() + 1

    run = Run(Flat(), OPTIONS)
    for epoch in range(6):
        run.advance(epoch)
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(0.005)


def test_a_plateau_is_one_of_the_whole_loss():
    """The loss itself falls by tens of per cent per step, but hardly in relation to its floor."""
    model = Quadratic()
    model.floor = 1e9
    run = Run(model, OPTIONS)
    for epoch in range(6):
        run.advance(epoch)
    assert run.history.loss[-1] < 0.8 * run.history.loss[0]
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(0.005)


@pytest.mark.parametrize("after", [1, 5, 6, 11])
def test_a_resumed_training_has_the_same_bits(tmp_path, after):
    whole, first, second = Quadratic(), Quadratic(), Quadratic()
    history = fit(whole, OPTIONS)
    interrupt(first, tmp_path / "state.pt", after)
    resumed = fit(second, OPTIONS, Checkpoint(tmp_path / "state.pt", 0.0))
    assert resumed.loss == history.loss and resumed.active_levels == history.active_levels
    assert all(torch.equal(one, other) for one, other in zip(values(whole), values(second), strict=True))
    assert second.fractions == [epoch / 12 for epoch in range(after, 12)]


def test_a_finished_training_is_not_repeated(tmp_path):
    model = Quadratic()
    fit(model, OPTIONS, Checkpoint(tmp_path / "state.pt", 1e9))
    again = Quadratic()
    fit(again, OPTIONS, Checkpoint(tmp_path / "state.pt", 1e9))
    assert again.fractions == [] and torch.equal(again.a, model.a)


@pytest.mark.parametrize("change", ["options", "model"])
def test_a_checkpoint_of_another_run_is_not_used(tmp_path, change):
    interrupt(Quadratic(), tmp_path / "state.pt", 5)
    model = Quadratic(start=0.5 if change == "model" else 0.0)
    options = Options(**{**vars(OPTIONS), "learning_rate": 0.01}) if change == "options" else OPTIONS
    fit(model, options, Checkpoint(tmp_path / "state.pt", 0.0))
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
    fit(whole, OPTIONS)
    fit(model, OPTIONS, Checkpoint(tmp_path / "state.pt", 0.0))
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
    history = fit(whole, OPTIONS)
    with pytest.raises(OutOfTime, match="enough"):
        fit(first, OPTIONS, Checkpoint(tmp_path / "state.pt", 1e9), stop)
    resumed = fit(second, OPTIONS, Checkpoint(tmp_path / "state.pt", 1e9))
    assert second.fractions == [epoch / 12 for epoch in range(after, 12)]
    assert resumed.loss == history.loss
    assert all(torch.equal(one, other) for one, other in zip(values(whole), values(second), strict=True))


def test_a_checkpoint_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError, match="Cannot write"):
        fit(Quadratic(), OPTIONS, Checkpoint(tmp_path / "file" / "state.pt", 0.0))


def test_a_loss_that_is_not_finite_ends_the_training():
    class Exploding(Quadratic):
        def forward(self):
            return super().forward() / (len(self.fractions) < 4)

    with pytest.raises(Diverged, match="the loss became inf at epoch 4 of 12"):
        fit(Exploding(), OPTIONS)
