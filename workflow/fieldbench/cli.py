"""The command `fieldbench`."""

import argparse
import sys
import time
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.live import Live

from fieldbench.compression.efforts import DEFAULT, EFFORTS
from fieldbench.compression.limits import LIMIT, READING
from fieldbench.delivery import STUDIES, assigned
from fieldbench.errors import UserError
from fieldbench.monitor import view as status_view
from fieldbench.monitor.status import Reader

COLUMNS = {  # of observations
    "value": "column of values",
    "error": "column of their standard errors",
    "y": "column of latitudes, or of y on a plane",
    "x": "column of longitudes, or of x on a plane",
    "when": "column of times",
    "unit": "of the values, where the file does not say it",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit status is 1 after a fault that one sentence explains."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fieldbench", description="What goes with a benchmark's run.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_status(commands)
    _add_encode(commands)
    _add_decode(commands)
    _add_invert(commands)
    _add_map(commands)
    _add_scene(commands)
    return parser


def _add_status(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("status", help="show what has become of the jobs of a run")
    command.add_argument("results", nargs="?", default="results", help="the run's results folder (results)")
    command.add_argument("--watch", action="store_true", help="keep showing it, until Ctrl-C")
    command.add_argument(
        "--interval",
        type=_time,
        default=2.0,
        metavar="SECONDS",
        help="between two looks, with --watch (2)",
    )
    command.set_defaults(run=_status)


def _add_encode(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "encode", help="write a picture, video, NetCDF variable or .npy as a small .fbc file"
    )
    command.add_argument("source", type=Path, metavar="IN")
    command.add_argument("target", type=Path, metavar="OUT.fbc")
    command.add_argument(
        "--effort",
        choices=EFFORTS,
        help=f"of the training: {_efforts()} steps ({DEFAULT}); low has smaller networks, high a larger context",
    )
    command.add_argument("--steps", type=_positive, metavar="N", help="of the training (the effort's)")
    size = command.add_mutually_exclusive_group()
    size.add_argument(
        "--rate", type=float, metavar="BPP", help="bits per sample of space that the file should take"
    )
    size.add_argument(
        "--max-error",
        type=float,
        metavar="E",
        help="no value is off by more; in the data's unit, pictures: white is 1",
    )
    command.add_argument(
        "--codec",
        metavar="TYPE",
        help="train ngp, shacira or pyramid (the best that takes the data; with --max-error none, but the smallest of "
        "several coders)",
    )
    command.add_argument(
        "--time",
        type=_time,
        default=float("inf"),
        metavar="SECONDS",
        help="with --max-error: begin no further coder after these (all are tried)",
    )
    command.add_argument("--variable", nargs="+", default=[], metavar="NAME", help="of a NetCDF file")
    command.add_argument("--seed", type=int, metavar="N", help="of the training (0)")
    _add_limit(command, READING, str(READING))
    command.set_defaults(run=_encode)


def _efforts() -> str:
    return ", ".join(str(effort.steps) for effort in EFFORTS.values())


def _add_decode(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "decode", help="write what an .fbc file holds, in the form that OUT's extension says"
    )
    command.add_argument("source", type=Path, metavar="IN.fbc")
    command.add_argument("target", type=Path, metavar="OUT")
    _add_limit(command, None, f"{LIMIT}, less for small files")
    command.set_defaults(run=_decode)


def _add_invert(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "invert", help="infer the magnetic field of a Stokes cube, by the best of a few methods"
    )
    command.add_argument(
        "source", type=Path, metavar="CUBE", help="FITS, NetCDF, or a study that this command wrote"
    )
    command.add_argument(
        "-o", "--output", type=Path, metavar="FIELD", help="FITS or NetCDF (beside the cube, CUBE-field)"
    )
    command.add_argument("--line", metavar="LINE", help="such as mg-i-5173; where wavelengths do not say it")
    command.add_argument(
        "--axes", nargs="+", metavar="AXIS", help="y, x, stokes, wavelength, time: numpy's order"
    )
    command.add_argument(
        "--flip",
        nargs="+",
        metavar="STOKES",
        help="reverse the sign of V (other sense of B_los) or U (other sense of the azimuth)",
    )
    command.add_argument(
        "--azimuth-zero",
        type=float,
        metavar="DEGREES",
        help="direction that azimuths are counted from, from +Q towards +U (0)",
    )
    command.add_argument(
        "--wavelengths",
        nargs="+",
        metavar="W",
        help="Angstrom from the line's centre or absolute; or a file, or an HDU",
    )
    command.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="more options of the cube: docs/configuration.md",
    )
    command.add_argument(
        "--methods",
        nargs="+",
        metavar="NAME",
        help="that are compared (pixelwise, regularized, and where the cube is small v1, siren)",
    )
    command.add_argument("--seeds", type=_positive, metavar="N", help="trainings of each network (3)")
    command.add_argument("--steps", type=_positive, metavar="N", help="of a training (200)")
    command.add_argument("--cores", type=_positive, metavar="N", help="that are used (all)")
    command.set_defaults(run=_invert)


def _add_map(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "map", help="make a map of observations, with its standard error, by the best of a few methods"
    )
    command.add_argument(
        "source", type=Path, metavar="OBSERVATIONS", help="CSV, NetCDF, or a study that this command wrote"
    )
    command.add_argument(
        "-o", "--output", type=Path, metavar="MAP", help="NetCDF (beside the observations, -map.nc)"
    )
    command.add_argument(
        "--grid", type=_grid, metavar="GRID", help="NetCDF file with the cells, or a spacing such as 0.25"
    )
    command.add_argument(
        "--mask",
        metavar="NAME[=VALUE]",
        help="variable of the grid whose missing cells are left out; or none",
    )
    command.add_argument("--history", type=Path, metavar="PAST", help="NetCDF series of fields to learn from")
    command.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="more options of the history, as of netcdf_series: docs/configuration.md",
    )
    for option, words in COLUMNS.items():
        command.add_argument(f"--{option}", metavar="NAME", help=words)
    command.add_argument("--time", metavar="FROM[/TO]", help="dates; other observations are left out")
    command.add_argument("--missing", nargs="+", metavar="V", help="values that stand for missing; or none")
    command.add_argument("--plane", action="store_true", help="y and x lie on a plane, in one unit")
    command.add_argument("--plane-unit", metavar="UNIT", help="of y and x on a plane, such as km")
    command.add_argument("--methods", nargs="+", metavar="NAME", help="that are compared (all that fit)")
    command.add_argument("--cores", type=_positive, metavar="N", help="that are used (all)")
    command.set_defaults(run=_map)


def _add_scene(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "scene", help="learn a scene from its views: model, test views, depth, video and mesh"
    )
    command.add_argument(
        "source", type=Path, metavar="CAMERAS", help="transforms.json, or a study that this command wrote"
    )
    command.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="(beside the list's folder, -scene)"
    )
    command.add_argument(
        "--pixels", type=_positive, metavar="N", help="along the longer side of a view, at most (200)"
    )
    command.add_argument("--minutes", type=_time, metavar="M", help="of the training of each method (8)")
    command.add_argument(
        "--path", type=Path, metavar="CAMERAS", help="list of cameras that the video follows (a turn)"
    )
    command.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="options of the list, as of scene_transforms: docs/configuration.md",
    )
    command.add_argument("--methods", nargs="+", metavar="NAME", help="that are compared (hash, voxel)")
    command.add_argument("--cores", type=_positive, metavar="N", help="that are used (all)")
    command.set_defaults(run=_scene)


def _add_limit(command: argparse.ArgumentParser, default: int | None, said: str) -> None:
    command.add_argument(
        "--limit",
        type=_positive,
        default=default,
        metavar="N",
        help=f"refuse a file that says it holds more values ({said})",
    )


def _encode(options: argparse.Namespace) -> None:
    from fieldbench.compression import commands  # torch is for those who need it

    wish = commands.Wish(
        options.variable,
        options.codec,
        options.effort,
        options.steps,
        options.rate,
        options.max_error,
        options.time,
        options.seed,
        options.limit,
    )
    commands.encode(options.source, options.target, wish, Console())


def _decode(options: argparse.Namespace) -> None:
    from fieldbench.compression import commands

    commands.decode(options.source, options.target, Console(), options.limit)


def _invert(options: argparse.Namespace) -> None:
    from fieldbench.inversion.delivery import invert, recognise

    cube = recognise.options(
        options.wavelengths,
        options.set,
        **{name: getattr(options, name) for name in ("line", "axes", "flip", "azimuth_zero")},
    )
    wish = {name: getattr(options, name) for name in ("methods", "seeds", "steps")}
    given = {name: value for name, value in {**wish, "options": cube}.items() if value}
    if given and options.source.suffix.lower() in STUDIES:
        raise UserError(f"{options.source} is a study, which says all but -o and --cores itself; edit it.")
    made = invert.invert(options.source, options.output, cores=options.cores, **given)
    print(f"{made.sentence}\n{made.target}, {made.page}; study {made.study}")


def _map(options: argparse.Namespace) -> None:
    from fieldbench.sparse.delivery import mapping

    names = ("grid", "mask", "methods", *COLUMNS, "time", "plane", "plane_unit")
    given = {name: getattr(options, name) for name in names if getattr(options, name)}
    if options.missing:
        given["missing"] = [] if options.missing == ["none"] else [_number(word) for word in options.missing]
    if options.set and not options.history:
        raise UserError("--set gives options of a history; give --history, too.")
    if options.history:
        given["history"] = {"path": str(options.history), **assigned(options.set)}
    made = mapping.map_observations(options.source, options.output, cores=options.cores, **given)
    print(f"{made.sentence}\n{made.target}, {made.page}; study {made.study}")


def _scene(options: argparse.Namespace) -> None:
    from fieldbench.radiance.delivery import learn

    given = {
        name: getattr(options, name) for name in ("pixels", "minutes", "methods") if getattr(options, name)
    }
    given |= {"options": assigned(options.set)} if options.set else {}
    given |= {"camera_path": options.path} if options.path else {}
    if given and options.source.suffix.lower() in STUDIES:
        raise UserError(f"{options.source} is a study, which says all but -o and --cores itself; edit it.")
    made = learn.learn_scene(options.source, options.output, cores=options.cores, **given)
    print(f"{made.sentence}\n{made.folder}: {made.page.name}; study {made.study}")


def _grid(text: str) -> Path | float:
    try:
        return float(text)
    except ValueError:
        return Path(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"--missing {text} is no number; give numbers, or none.") from None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _time(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive time")
    return seconds


def _status(options: argparse.Namespace) -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the bar's signs shows others
    reader, console = Reader(options.results), status_view.console()
    if options.watch and console.is_terminal:
        _watch(reader, console, options.interval)
    console.print(status_view.view(reader.snapshot()))


def _watch(reader: Reader, console: Console, interval: float) -> None:
    """Show the run on a screen of its own until Ctrl-C."""
    shown = status_view.watched(reader.snapshot(), console)
    try:
        with Live(shown, console=console, screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(interval)
                live.update(status_view.watched(reader.snapshot(), console), refresh=True)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    sys.exit(main())
