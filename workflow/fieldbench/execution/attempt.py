"""Work that may fail without ending the run: its result, or the reason that its row in the tables gives."""

import traceback
from collections.abc import Callable
from typing import TypeVar

from fieldbench.execution.step import Step

T = TypeVar("T")


def attempt(job: Step, work: Callable[[], T]) -> tuple[T | None, str]:
    """The result of `work()` and an empty reason, or None and the reason why there is none.

    A fault of one method, or of one method on one data set, must not cost the results of all others, whatever it is; the
    job's log has the traceback. `work` writes no files: a full disk ends the run.
    """
    try:
        return work(), ""
    except Exception as error:
        job.say(traceback.format_exc())
        told = str(error) or type(error).__name__
        reason = (
            told if type(error).__module__.startswith("fieldbench") else f"{type(error).__name__}: {told}"
        )
    reason = reason.splitlines()[0]
    job.fail(reason)
    return None, reason
