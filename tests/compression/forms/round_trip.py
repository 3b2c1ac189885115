"""A file encoded and decoded again by the command."""

import contextlib
import io

from fieldbench import cli

QUICK = ("--steps", "2", "--codec", "pyramid")


def round_trip(source, target, *options):
    """Encode `source` and decode it as `target`; what both said, on one line."""
    said, coded = io.StringIO(), source.with_suffix(".fbc")
    with contextlib.redirect_stdout(said):
        assert cli.main(["encode", str(source), str(coded), *QUICK, *map(str, options)]) == 0
        assert cli.main(["decode", str(coded), str(target)]) == 0
    return " ".join(said.getvalue().split())


def refusal(capsys, command, *arguments):
    """The one sentence with which the command refuses."""
    assert cli.main([command, *map(str, arguments)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ") and message.count("\n") == 1
    return message
