"""What a training step of Instant-NGP takes on a CPU: `python bench/radiance.py [--data DATA_ROOT] [--before FOLDER]`.

One thread, past the grid's warm-up: the step and a view, their parts, and the floor, which is what the same products,
reads and additions take alone at rates measured in the same run. The scene is `mic` at 200 x 200 below DATA_ROOT, or the
built-in one. With `--before`, a checkout of other sources goes the same steps from the same state, by turns; `--state`
keeps that state, which takes a minute or more to train. All are seconds of the processor, medians over turns: on a machine
with other work the clock tells little.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numba
import numpy as np
import torch
from fieldbench import devices, provenance, registry
from fieldbench.encoders._multigrid import table_rows, taps
from fieldbench.kernels.corners import LookUp
from fieldbench.radiance import learning, model, occupancy, perceptron, views, volume
from fieldbench.radiance.scene import Scene, from_dataset
from fieldbench.radiance.spec import Spec
from fieldbench.training.loop import Run
from fieldbench.training.recipe import Recipe
from measure import COLUMNS, Table, bandwidth, product_rate

CPU = torch.device("cpu")
WARM, TURNS, STEPS = 600, 3, 16  # steps before measuring, turns, and steps of a turn: one update of the grid
GRID = {"base_resolution": 16, "max_resolution": 512, "levels": 8, "features": 2, "table_size": 2**17}
SPEC = Spec(
    field={"type": "hash", "hidden": 64, "grid": GRID}, occupancy={"least_visits": 4, "warm_up_steps": 64}
)
TRAINING = {
    "steps": 100_000,
    "goals_db": [],
    "samples": 49152,
    "most_rays": 8192,
    "evaluate_steps": 200,
}
PARTS = (
    (LookUp, "forward", "look-up"),
    (LookUp, "backward", "look-up, backward"),
    (perceptron.Tiled, "forward", "networks"),
    (perceptron.Tiled, "backward", "networks, backward"),
    (learning, "march", "march"),
    (occupancy.Occupancy, "observe", "grid"),
    (occupancy.Occupancy, "update", "grid"),
    (model.Model, "_lit", "compositing"),
    (volume.Composite, "forward", "compositing"),
    (volume.Composite, "backward", "compositing"),
    (getattr(volume, "CompiledComposite", object), "forward", "compositing"),
    (getattr(volume, "CompiledComposite", object), "backward", "compositing"),
    (torch.optim.Adam, "step", "Adam"),
)


def prepared(root: str | None) -> tuple[Scene, Run]:
    """The scene and its training before the first step."""
    if root:
        path = "radiance/mic_400/transforms_train.json"
        source = {"path": path, "bound": 1.5, "reduce": 2, "data_root": root, "download": False}
        data = registry.build("datasets", "scene_transforms", **source)
    else:
        data = registry.build("datasets", "scene_analytic", size=200, train=100, test=4)
    scene = from_dataset(data)
    devices.seed_everything(0)
    learned = learning.Learning(model.Model(scene, SPEC), scene, TRAINING, 0, CPU)
    return scene, Run(learned, Recipe(steps=TRAINING["steps"], learning_rate=1e-2, last_share=0.03))


def timed(work: Callable[[], Any]) -> float:
    """Seconds of this thread."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def seconds_of(work: Callable[[], Any]) -> float:
    """Median seconds of this thread in one work, with warm caches."""
    work()
    return median(timed(lambda: [work() for _ in range(20)]) / 20 for _ in range(9))


@contextmanager
def parts_timed() -> Iterator[Counter]:
    """Seconds of each of `PARTS`, without those inside it."""
    spent: Counter = Counter()
    inner: list[float] = []
    kept = [(owner, name, owner.__dict__[name]) for owner, name, _ in PARTS if name in owner.__dict__]

    def watched(function: Callable[..., Any], label: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            inner.append(0.0)
            began = time.thread_time()
            result = function(*args, **options)
            seconds = time.thread_time() - began
            spent[label] += seconds - inner.pop()
            if inner:
                inner[-1] += seconds
            return result

        return call

    labels = {(owner, name): label for owner, name, label in PARTS}
    for owner, name, function in kept:
        bare = function.__func__ if isinstance(function, staticmethod) else function
        call = watched(bare, labels[owner, name])
        setattr(owner, name, staticmethod(call) if isinstance(function, staticmethod) else call)
    yield spent
    for owner, name, function in kept:
        setattr(owner, name, function)


def serve(root: str | None, state: str) -> None:
    """Answer each line of the input by seconds: `step`, `view`, and `parts` of steps."""
    torch.set_num_threads(1)
    scene, run = prepared(root)
    run.model.load_state_dict(torch.load(state, weights_only=True))
    number = int(np.flatnonzero(~scene.train)[0])
    rays = views._rays(run.model.model, scene, number)

    def steps() -> None:
        for step in range(WARM, WARM + STEPS):
            run.advance(step)

    for line in sys.stdin:
        if line.strip() == "view":
            answer: Any = timed(lambda: run.model.model.render(*rays))
        elif line.strip() == "step":
            answer = timed(steps) / STEPS
        else:
            with parts_timed() as spent:
                whole = timed(steps)
            answer = {name: seconds / STEPS for name, seconds in spent.items()}
            answer["everything else"] = whole / STEPS - sum(answer.values())
        print(json.dumps(answer), flush=True)


class Server:
    """A process that serves steps of a checkout's sources."""

    def __init__(self, checkout: Path, root: str | None, state: str) -> None:
        command = [sys.executable, __file__, "--serve", state, *(["--data", root] if root else [])]
        path = f"{checkout / 'workflow'}{os.pathsep}{Path(__file__).parent}"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, **pipes)

    def ask(self, what: str) -> Any:
        """Seconds."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@numba.njit
def fetch(table: np.ndarray, row: np.ndarray, out: np.ndarray) -> None:
    """The reads of a look-up, alone: out (N, F), table (rows, F), row (N, 8)."""
    for n in range(len(row)):
        for f in range(out.shape[1]):
            value = np.float32(0)
            for corner in range(8):
                value += table[row[n, corner], f]
            out[n, f] = value


@numba.njit
def add(table: np.ndarray, row: np.ndarray, grad: np.ndarray) -> None:
    """The additions of its gradient, alone."""
    for n in range(len(row)):
        for f in range(grad.shape[1]):
            for corner in range(8):
                table[row[n, corner], f] += grad[n, f]


def floors(run: Run) -> dict[str, float]:
    """Seconds of the products, reads and additions of a step, and of Adam's traffic, each alone."""
    field, points = run.model.model.field, []
    encode = field.encode
    field.encode = lambda at: points.append(at) or encode(at)
    before = run.model.totals.clone()
    run.model()
    del field.encode
    _, densities, colours = (run.model.totals - before).tolist()
    operations = 2 * (densities * field.multiply_adds[0] + colours * field.multiply_adds[1])
    found = {"networks": operations / product_rate(64, 64, 1024, seconds_of)}
    found["networks, backward"] = 2 * found["networks"]
    found |= {"look-up": 0.0, "look-up, backward": 0.0}
    for level, table in zip(field.encoder.grid, field.encoder.tables, strict=True):
        ends = [taps(axis, level.resolution, level.cells, level.interpolation)[0] for axis in points[0].T]
        corners = [[ends[a][i >> (2 - a) & 1] for a in range(3)] for i in range(8)]
        row = torch.stack([table_rows(corner, level) for corner in corners], 1).numpy().astype(np.uint64)
        values, room = table.detach().numpy().copy(), np.ones((len(row), table.shape[1]), np.float32)
        for name, work in (("look-up", fetch), ("look-up, backward", add)):
            found[name] += seconds_of(lambda work=work, given=(values, row, room): work(*given))
    numbers = sum(parameter.numel() for parameter in run.parameters)
    return found | {"Adam": 4 * 7 * numbers / bandwidth(numbers, seconds_of)}


def warmed(root: str | None, state: Path) -> Run:
    """A training after its first steps, whose state is in a file, or is written there."""
    _, run = prepared(root)
    if not state.exists():
        for step in range(WARM):
            run.advance(step)
        torch.save(run.model.state_dict(), state)
    run.model.load_state_dict(torch.load(state, weights_only=True))
    return run


def by_turns(servers: dict[str, Server]) -> dict[str, dict[str, list[Any]]]:
    """Answers by question and server, of all turns but the first, which loads and compiles."""
    seconds: dict[str, dict[str, list[Any]]] = {
        what: {name: [] for name in servers} for what in ("step", "view", "parts")
    }
    for turn in range(TURNS + 1):
        for what, found in seconds.items():
            for name, server in servers.items():
                answer = server.ask(what)
                if turn:
                    found[name].append(answer)
    for server in servers.values():
        server.process.communicate()
    return seconds


def measured(root: str | None, before: Path | None, state: Path) -> None:
    """Write results/bench/radiance.csv."""
    torch.set_num_threads(1)
    run = warmed(root, state)
    least = floors(run)
    table = Table("radiance", COLUMNS, device=provenance.environment()["processor"], threads=1)
    size = f"{'mic' if root else 'solids'}, 200 x 200"
    checkouts = {"now": Path(__file__).parent.parent} | ({"before": before} if before else {})
    servers = {name: Server(path.resolve(), root, str(state)) for name, path in checkouts.items()}
    seconds = by_turns(servers)
    for what in ("step", "view"):
        medians = {name: median(values) for name, values in seconds[what].items()}
        more = {"floor_seconds": sum(least.values())} if what == "step" else {}
        if before:
            table.compare(what, size, medians, "now", **more)
        else:
            table.add(what, size, "now", seconds=medians["now"], **more)
    for part in seconds["parts"]["now"][0]:
        medians = {name: median(each[part] for each in all_) for name, all_ in seconds["parts"].items()}
        more = {"floor_seconds": least[part]} if part in least else {}
        ratio = {"reference": "before", "reference_seconds": medians["before"]} if before else {}
        table.add("step's parts", size, part, seconds=medians["now"], **ratio, **more)
    table.save()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", help="folder with radiance/mic_400")
    parser.add_argument("--before", type=Path, help="checkout to measure beside this one")
    parser.add_argument("--state", type=Path, help="file of the state to measure from")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.data, chosen.serve)
    else:
        with tempfile.TemporaryDirectory() as folder:
            measured(chosen.data, chosen.before, chosen.state or Path(folder) / "state.pt")
