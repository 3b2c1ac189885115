"""What went wrong, told to the person who can mend it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class UserError(Exception):
    """A fault in data, configuration or environment: one sentence that names the file or key and the remedy."""


@contextmanager
def logged_step(log_file: str) -> Iterator[Callable[[str], None]]:
    """Run one step of the pipeline: yields a function that writes a line to the log.

    A `UserError` becomes one line in the log and on the terminal, and exit status 1; other errors keep their traceback.
    """
    with open(log_file, "w", encoding="utf-8", buffering=1) as log:
        try:
            yield lambda line: print(line, file=log)
        except UserError as error:
            print(f"error: {error}", file=log)
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(1) from None
