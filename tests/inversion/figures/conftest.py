"""Made-up results on disk: a small field with and without truth, as maps and as a slit."""

import numpy as np
import pytest
import xarray as xr
from fieldbench import io, record
from fieldbench.inversion.report.results import Study
from fieldbench.physics.weak_field import azimuth, transverse, weak_field_problem
from fieldbench.report import tables
from fieldbench.report.given import Given

SEEDS = (0, 1, 2)
EPOCHS = 12
GRID = {"base_resolution": 1, "levels": 4, "features": 2, "table_size": 64, "definitions": "strict"}
REGIMES = {
    "strict": {**GRID, "max_resolution": 32},
    "reference": {},
    "r8": {**GRID, "max_resolution": 8},
    "r16": {**GRID, "max_resolution": 16},
}
PLAN = {
    "strict": ("v0", "v1", "v6"),
    "reference": ("pixelwise", "regularized", "siren"),
    "r8": ("v1",),
    "r16": ("v1",),
}
CLASSICAL = ("pixelwise", "regularized")
SCHEME = {"b_los": {"formula": "wing", "within": 2.0}, "b_qu": {"formula": "wing", "beyond": 1.0}}
ABOUT = {
    "area": "inversion",
    "regimes": REGIMES,
    "schemes": {"small": SCHEME},
    "references": {"strict": "v0", "reference": "pixelwise", "r8": "v1", "r16": "v1"},
    "margins": {"misfit_percent": 2.0, "psnr_db": 0.1, "bytes_percent": 2.0},
    "sweep": {"encoder": "v1", "regimes": ["r8", "r16", "strict"]},
}
OFFSETS = np.linspace(-0.24, 0.24, 13)


def made_up_data(shape, truth):
    """A Gaussian line with weak, noisy polarisation; three pixels masked."""
    draws = np.random.default_rng(1)
    line = 1 - 0.7 * np.exp(-((OFFSETS / 0.1) ** 2))
    polarised = np.gradient(line, OFFSETS) * draws.uniform(-0.02, 0.02, (*shape, 1))
    stokes = np.stack([np.broadcast_to(line, (*shape, 13)), polarised / 9, polarised / 7, polarised], axis=2)
    stokes = stokes + 1e-4 * draws.standard_normal(stokes.shape)
    usable = np.ones(shape, bool)
    usable.flat[[3, 4, 9]] = False
    data = xr.Dataset(
        {
            "stokes_profiles": (("y", "x", "stokes", "wavelength"), stokes.astype(np.float32)),
            "noise": ("stokes", np.full(4, 1e-3)),
            "usable": (("y", "x"), usable),
        },
        coords={
            "stokes": list("IQUV"),
            "wavelength": OFFSETS,
            "y": np.arange(shape[0]),
            "x": np.arange(shape[1]),
        },
        attrs={"title": "made up", "line": "mg-i-5173", "kind": "generated", "notes": ""},
    )
    data.y.attrs["units"] = data.x.attrs["units"] = "arcsec"
    if truth:
        b_q, b_u = draws.uniform(-1e6, 1e6, (2, *shape))
        data["b_los_true"] = (("y", "x"), draws.uniform(-900, 900, shape))
        data["b_transverse_true"] = (("y", "x"), transverse(b_q, b_u))
        data["azimuth_true"] = (("y", "x"), azimuth(b_q, b_u))
    return data


def made_up_field(problem, name):
    """The pixel-wise optimum, scaled and disturbed in a way that the name fixes."""
    draws = np.random.default_rng(sum(map(ord, name)))
    values = problem.optimum.values * draws.uniform(0.8, 1.2)
    noise = draws.standard_normal(values.shape) * problem.sigma.fillna(0).values
    return problem.optimum.copy(data=values + noise)


def made_up_history(name):
    """A falling excess over a floor, with one rounding error below zero."""
    draws = np.random.default_rng(sum(map(ord, name)))
    excess = 1e-6 * np.exp(-np.arange(EPOCHS)) * draws.uniform(0.9, 1.1, (2, EPOCHS))
    excess[0, -1] = -1e-18
    dims = ("phase", "epoch")
    return xr.Dataset(
        {"loss": (dims, excess + 2e-6), "excess": (dims, excess), "seconds": (dims, np.ones((2, EPOCHS)))},
        coords={"phase": ["b_los", "b_qu"]},
    )


def made_up_metrics(name, method, truth):
    """Numbers that a name fixes; v6 has the lowest misfit."""
    draws = np.random.default_rng(sum(map(ord, name)))
    misfit = 1.0 if method == "v6" else 1.2
    metrics = {
        "loss_total_ic2": 4e-6,
        "unseen_b_los_chi2": misfit + 0.01 * draws.random(),
        "unseen_b_qu_chi2": misfit + 0.01 * draws.random(),
        "train_seconds": 0.1 if method in CLASSICAL else 5 + draws.random(),
    }
    if truth:
        metrics |= {
            "b_los_rmse_gauss": 30 + draws.random(),
            "b_transverse_rmse_gauss": 90 + draws.random(),
            "azimuth_median_error_degree": 5.0,
        }
    return metrics | ({} if method in CLASSICAL else {"step_seconds": 0.02})


@pytest.fixture(scope="session")
def make_study(tmp_path_factory):
    """Write the results of one data set and return the access to them."""

    def make(shape=(14, 11), truth=True, plan=PLAN):
        root = tmp_path_factory.mktemp("results")
        data = made_up_data(shape, truth)
        problem = weak_field_problem(data, SCHEME, {"fraction": 0.1, "seed": 0}, 1.0)
        problem["valid"].values[0] = False
        io.save_dataset(data, root / "data" / "small.nc")
        io.save_dataset(problem, root / "inversion" / "small" / "weak_field.nc")
        planned = [(regime, method) for regime, methods in plan.items() for method in methods]
        records = [
            made for regime, method in planned for made in write_method(root, problem, regime, method, truth)
        ]
        (root / "tables").mkdir()
        tables.collect(records).to_parquet(root / "tables" / "inversion.parquet")
        made_with = tables.provenance({root / "inversion" / "metrics.json": records}, root)
        made_with.to_csv(root / "tables" / "inversion_records.csv", index=False)
        return Study.open(Given.folder(root), ABOUT).on("small")

    return make


def write_method(root, problem, regime, method, truth):
    """The files of one method's runs; yields their records."""
    for seed in SEEDS[:1] if method in CLASSICAL else SEEDS:
        name = f"{regime}{method}{seed}"
        folder = root / "inversion" / "small" / regime / method / str(seed)
        io.save_dataset(made_up_field(problem, name).to_dataset(name="field"), folder / "field.nc")
        if method not in CLASSICAL:
            io.save_dataset(made_up_history(name), folder / "history.nc")
        head = {"area": "inversion", "dataset": "small", "regime": regime, "method": method, "seed": seed}
        yield record.make(
            **head,
            deterministic=method in CLASSICAL,
            metrics=made_up_metrics(name, method, truth),
            provenance={"code": f"code of {method}", "device": "cpu"},
        )


@pytest.fixture(scope="session")
def study(make_study):
    """A field with known truth."""
    return make_study()


@pytest.fixture(scope="session")
def observed(make_study):
    """A field without truth."""
    return make_study(truth=False)


@pytest.fixture(scope="session")
def slit(make_study):
    """One column of pixels, without truth."""
    return make_study(shape=(40, 1), truth=False)


@pytest.fixture(scope="session")
def classical_only(make_study):
    """A benchmark without any trained method."""
    return make_study(plan={"reference": CLASSICAL})
