"""The command `fieldbench`."""

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live

from fieldbench import status_view
from fieldbench.errors import UserError
from fieldbench.status import Reader


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
    return parser


def _add_status(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("status", help="show what has become of the jobs of a run")
    command.add_argument("results", nargs="?", default="results", help="the run's results folder (results)")
    command.add_argument("--watch", action="store_true", help="keep showing it, until Ctrl-C")
    command.add_argument(
        "--interval",
        type=_seconds,
        default=2.0,
        metavar="SECONDS",
        help="between two looks, with --watch (2)",
    )
    command.set_defaults(run=_status)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number of seconds")
    return seconds


def _status(options: argparse.Namespace) -> None:
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
