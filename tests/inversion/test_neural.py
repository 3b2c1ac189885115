"""Inversion by a neural field: its loss, its phases, its measures, and the published algorithm."""

import numpy as np
import pytest
import torch
import xarray as xr
from fieldbench.errors import UserError
from fieldbench.inversion import neural
from fieldbench.inversion.published import PublishedStep
from fieldbench.inversion.timing import step_times
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Diverged, Run

SHAPE = (24, 19)
CPU = torch.device("cpu")
GRID = {"base_resolution": 2, "max_resolution": 40, "levels": 4, "features": 2, "table_size": 900}
STEPS = {"start": 1, "add": 1, "every_fraction": 0.25}
SMOOTHING = {"networks": "per-level", "expansion": 4, "normalized": True}
MLP = {"type": "mlp"}
SPECS = {
    "dense": {"encoder": {"type": "multigrid", **GRID}, "network": MLP},
    "hash": {"encoder": {"type": "multigrid", "indexing": "hash", **GRID}, "network": MLP},
    "v5": {
        "encoder": {
            "type": "multigrid",
            **GRID,
            "smoothing": SMOOTHING,
            "progression": {**STEPS, "fade": True},
        },
        "network": MLP,
    },
    "plane": {"encoder": {"type": "multigrid", **GRID, "plane": {"resolution": 20}}, "network": MLP},
    "factorized": {"encoder": {"type": "factorized", **GRID}, "network": MLP},
    "fourier": {"encoder": {"type": "fourier"}, "network": MLP},
    "siren": {"encoder": {"type": "identity"}, "network": {"type": "siren"}},
}


@pytest.fixture(autouse=True)
def one_thread():
    """These fields are too small to share."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def training():
    return {
        "steps": 20,
        "learning_rate": 5e-3,
        "plateau_patience": 50,
        "normalize_gradients": True,
        "hidden": 16,
        "hidden_layers": 2,
    }


@pytest.fixture
def problem():
    """A smooth field with noise, a masked corner and held-out pixels."""
    random = np.random.default_rng(3)
    y, x = np.meshgrid(np.linspace(0, 1, SHAPE[0]), np.linspace(0, 1, SHAPE[1]), indexing="ij")
    field = np.stack([900 * np.sin(5 * x) * y, 2e5 * np.cos(4 * y), -1e5 * x])
    curvature = np.stack([1e-10 * (1 + x), 1e-16 * (1 + y), 1e-16 * (1 + y)])
    curvature[:, :4, :4] = 0
    usable = curvature[0] > 0
    training = usable & (random.random(SHAPE) > 0.1)
    sigma = np.sqrt(1e-6 / 3 / np.where(usable, curvature, 1))
    maps = {
        "curvature": curvature,
        "optimum": usable * (field + sigma * random.normal(size=field.shape)),
        "floor": usable * 1e-6 * random.random(field.shape),
    }
    return xr.Dataset(
        {name: (("component", "y", "x"), values) for name, values in maps.items()}
        | {
            "training": (("y", "x"), training),
            "noise_variance": ("component", [1e-6, 2e-6, 4e-6]),
            "wavelengths_used": ("component", [3, 3, 3]),
        },
        coords={"component": ["b_los", "b_q", "b_u"], "y": np.arange(SHAPE[0]), "x": np.arange(SHAPE[1])},
    )


def mean_misfit(problem, field, components):
    """The documents' loss in I_c^2: mean over training pixels, summed over components."""
    part = problem.sel(component=components)
    misfit = part["curvature"] * (field.sel(component=components) - part["optimum"]) ** 2 + part["floor"]
    return float(misfit.where(problem["training"]).mean(("y", "x")).sum())


def run_training(problem, name, training, seed=0, **options):
    """Field, history, measures and state."""
    result = neural.train(problem, SPECS[name], training, seed=seed, device=CPU, **options)
    return *(result.outputs[name] for name in ("field", "history")), result.measures, result.outputs["model"]


@pytest.mark.parametrize("phase", neural.PHASES)
def test_the_scaled_loss_is_the_misfit_over_the_floor(problem, phase):
    parabolas = neural.parabolas(problem, phase)
    components = list(neural.PHASES[phase])
    output = torch.randn(len(components), SHAPE[0] * SHAPE[1])
    loss = (parabolas.weight * (output - parabolas.target) ** 2).sum().item() * parabolas.loss_unit
    field = problem["optimum"].sel(component=components)
    field = field.copy(data=output.double().numpy().reshape(field.shape) * parabolas.scale)
    assert loss + parabolas.floor == pytest.approx(mean_misfit(problem, field, components), rel=1e-5)


def test_the_scale_is_that_of_the_field(problem):
    parabolas = neural.parabolas(problem, "b_qu")
    weight = parabolas.weight.double()
    rms = ((weight * parabolas.target**2).sum() / weight.sum()).sqrt().item()
    assert rms == pytest.approx(1, rel=1e-5)


def test_noise_must_be_positive(problem):
    problem["noise_variance"][:] = 0.0
    with pytest.raises(UserError, match="noise of b_los is 0"):
        neural.parabolas(problem, "b_los")


@pytest.mark.parametrize("name", ["dense", "hash", "v5", "plane", "factorized"])
@pytest.mark.parametrize("phase", neural.PHASES)
def test_fast_and_published_losses_agree_over_twenty_steps(problem, training, name, phase):
    torch.manual_seed(7)
    reference = PublishedStep(problem, SPECS[name], training, phase, others=False)
    torch.manual_seed(7)
    fast = neural.Phase(problem, phase, SPECS[name], training, CPU)
    run = Run(fast.model, fast.recipe)
    plain = []
    for step in range(20):
        run.advance(step)
        reference.set_progress(step / 20)
        plain.append(reference().item())
    relative_floor = fast.misfit.floor / fast.misfit.loss_unit
    np.testing.assert_allclose(np.array(run.history.loss) + relative_floor, plain, rtol=1e-5)


def test_evaluating_the_other_network_changes_nothing(problem, training):
    losses = []
    for others in (True, False):
        torch.manual_seed(7)
        step = PublishedStep(problem, SPECS["dense"], training, "b_los", others)
        losses.append([step().item() for _ in range(5)])
    assert losses[0] == losses[1] and losses[0][-1] < losses[0][0]


@pytest.mark.parametrize("name", SPECS)
def test_training_lowers_the_excess_and_history_matches_the_field(problem, training, name):
    field, history, measures, _ = run_training(problem, name, training)
    assert field["field"].dims == ("component", "y", "x") and np.isfinite(field["field"]).all()
    assert history.sizes == {"phase": 2, "epoch": 20}
    assert (history["excess"][:, -1] < history["excess"][:, 0]).all()
    first = history["loss"].sel(phase="b_los")[0].item()
    assert first == pytest.approx(mean_misfit(problem, 0 * field["field"], ["b_los"]), rel=0.5)
    floor = history["loss"] - history["excess"]
    wanted = mean_misfit(problem, problem["optimum"], ["b_q", "b_u"])
    np.testing.assert_allclose(floor.sel(phase="b_qu"), wanted, rtol=1e-9)
    assert all(np.isfinite(value) for value in measures.values())


@pytest.mark.parametrize("cut", [{"y": slice(1)}, {"x": slice(6, 7)}])
def test_a_single_row_or_column_of_pixels(problem, training, cut):
    field, _, _, _ = run_training(problem.isel(cut), "v5", training)
    assert np.isfinite(field["field"]).all()


def test_the_field_is_what_the_stored_model_says(problem, training):
    field, _, _, state = run_training(problem, "plane", training)
    encoder, network = neural.build_model(SPECS["plane"], "b_qu", training)
    encoder.load_state_dict(state["b_qu"]["encoder"])
    network.load_state_dict(state["b_qu"]["network"])
    y, x = 11, 17
    points = torch.tensor([[y / (SHAPE[0] - 1), x / (SHAPE[1] - 1)]])
    output = network(encoder(points).T)[:, 0] * state["b_qu"]["scale"]
    wanted = field["field"].sel(component=["b_q", "b_u"])[:, y, x].values
    np.testing.assert_allclose(output.detach().numpy(), wanted, rtol=1e-4)


def test_the_same_seed_gives_the_same_field_and_another_seed_another(problem, training):
    fields = [run_training(problem, "dense", training, seed)[0]["field"] for seed in (1, 1, 2)]
    assert fields[0].equals(fields[1]) and not fields[0].equals(fields[2])


def test_held_out_and_masked_pixels_are_never_seen(problem, training):
    first = run_training(problem, "dense", training)[0]
    problem["optimum"] = problem["optimum"].where(problem["training"], 12345.0)
    assert run_training(problem, "dense", training)[0].equals(first)


def test_an_interrupted_training_goes_on_to_the_same_field(problem, training, tmp_path, monkeypatch):
    wanted = run_training(problem, "v5", training)[0]
    kept = Checkpoint(tmp_path / "state.pt", 0.0)
    advance = Run.advance

    def interrupted(run, step):
        if step == 13 and run.model.network.layers[-1].out_features == 2:
            raise KeyboardInterrupt
        advance(run, step)

    monkeypatch.setattr(Run, "advance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_training(problem, "v5", training, checkpoint=kept)
    files = [tmp_path / f"state-{phase}.pt" for phase in neural.PHASES]
    assert sorted(tmp_path.iterdir()) == files
    steps = []

    def recorded(run, step):
        if run.model.target.shape[1] == SHAPE[0] * SHAPE[1]:  # not the small copy that warms up
            steps.append(step)
        advance(run, step)

    monkeypatch.setattr(Run, "advance", recorded)
    field = run_training(problem, "v5", training, checkpoint=kept)[0]
    assert steps == list(range(13, 20)) and field.equals(wanted)
    assert sorted(tmp_path.iterdir()) == files, "kept until the results are safe"


def test_progress_names_the_phase_and_its_steps(problem, training):
    reports = []
    run_training(problem, "dense", training, progress=lambda *report: reports.append(report))
    wanted = [(phase, step + 1, 20) for phase in neural.PHASES for step in range(20)]
    assert [report[:3] for report in reports] == wanted
    assert all(np.isfinite(report[3]) for report in reports)


def test_levels_become_active_on_schedule(problem, training):
    history = run_training(problem, "v5", training)[1]
    active = history["active_levels"].sel(phase="b_qu").values
    assert active[0] == 1 and active[1] == 2 and active[-1] == 4
    assert (np.diff(active) >= 0).all()


def test_a_schedule_that_does_not_fire_is_an_error(problem, training):
    with pytest.raises(UserError, match=r"training.steps = 2 ends before .* all 4 levels \(3 at the end\)"):
        run_training(problem, "v5", {**training, "steps": 2})


def test_divergence_names_the_phase(problem, training):
    with pytest.raises(Diverged, match="b_los: the loss became"):
        run_training(problem, "dense", {**training, "learning_rate": 1e38})


def test_unknown_networks_are_refused(problem, training):
    with pytest.raises(UserError, match="Unknown type 'wrong' in networks"):
        neural.train(problem, {**SPECS["dense"], "network": {"type": "wrong"}}, training, seed=0, device=CPU)


def test_counts_by_hand(problem, training):
    measures = run_training(problem, "plane", training)[2]
    tables = 2 * (4 + 25 + 196 + 900)  # 2, 5, 14 and 40 points per axis; the last is cut to the table's size
    assert measures["table_bytes"] == 4 * tables
    assert measures["plane_bytes"] == 4 * 2 * 20**2
    assert measures["network_count"] == 11 * 16 + 17 * 16 + 17
    assert measures["parameter_count"] == 2 * (tables + 800 + 11 * 16 + 17 * 16 + 17) + 17
    assert measures["smoother_count"] == measures["predictor_count"] == 0


def test_convergence_by_hand():
    excess = np.array([[8.0, 4.0, 5.0, 2.01, 2.0], [4.0, 3.0, 2.0, 1.0, 1.0]])
    seconds = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 3.0, 5.0, 7.0, 9.0]])
    history = xr.Dataset(
        {
            "excess": (("phase", "epoch"), excess),
            "seconds": (("phase", "epoch"), seconds),
            "active_levels": (("phase", "epoch"), np.full((2, 5), 4)),
        },
        coords={"phase": ["b_los", "b_qu"]},
    )
    assert neural.convergence(history) == {
        "train_seconds": 14.0,
        "step_seconds": 1.0,
        "steps_to_1pct_b_los_count": 3,
        "steps_to_1pct_b_qu_count": 3,
        "loss_rise_b_los_fraction": 0.25,
        "loss_rise_b_qu_fraction": 0.0,
        "steps_to_10pct_b_los_count": 4,
        "steps_to_10pct_b_qu_count": 4,
        "trend_rise_b_los_fraction": 0.25,
        "trend_rise_b_qu_fraction": 0.0,
        "first_levels_count": 4,
    }


def test_gradients_by_hand():
    # squares 9, 16 | 0, 0 and after the training 1, 0 | 0, 0
    found = neural.gradient_flow("b_los", np.array([3.0, 0, 4, 0]), np.array([1.0, 0, 0, 0]))
    assert found == {"gradient_coarse_b_los_fraction": 9 / 25, "gradient_growth_b_los_ratio": 0.2}
    assert neural.gradient_flow("b_los", np.array([]), np.array([])) == {}


def test_gradients_reach_every_level_that_is_looked_up(problem, training):
    phase = neural.Phase(problem, "b_los", SPECS["dense"], training, CPU)
    norms = phase.gradient_norms()
    assert norms.shape == (phase.encoder.levels,) and (norms > 0).all()
    assert all(parameter.grad is None for parameter in phase.model.parameters())


def test_a_failed_run_leaves_no_field_and_no_history():
    result = neural.empty()
    field, history = result.outputs["field"], result.outputs["history"]
    assert not field.data_vars
    assert history.sizes == {"phase": 2, "epoch": 0}
    assert result.measures == result.outputs["model"] == {}


def test_step_times_are_means_over_repetitions_which_are_kept(problem, training):
    specs = {name: SPECS[name] for name in ("dense", "v5")}
    entries = step_times(problem, specs, training, repetitions=2, device=CPU)
    assert [entry["method"] for entry in entries] == ["dense", "v5"]
    for entry in entries:
        for form in ("fast_step_seconds", "plain_step_seconds"):
            values = entry["draws"][form]["repetition"]
            assert len(values) == 2 and min(values) > 0
            assert entry["metrics"][form] == pytest.approx(sum(values) / 2)


def test_an_encoder_that_diverges_while_it_is_timed_leaves_a_reason(problem, training):
    entries = step_times(
        problem, {"dense": SPECS["dense"]}, {**training, "learning_rate": 1e38}, repetitions=1, device=CPU
    )
    assert entries[0]["status"] == "failed" and "became" in entries[0]["reason"]
