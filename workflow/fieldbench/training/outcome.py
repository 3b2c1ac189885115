"""What becomes of a training that cannot go on: a row with a reason, or another attempt."""

import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from fieldbench.errors import OutOfTime, Unsuitable, UserError
from fieldbench.training.loop import Diverged

logger = logging.getLogger(__name__)

T = TypeVar("T")


def outcome(work: Callable[[], T], *, last_attempt: bool) -> tuple[T | None, str]:
    """The result of `work()` and an empty reason, or None and the reason why there is none.

    A loss that diverged, a GPU that is too small and a method that does not suit its data would fail again. A job
    that ran out of time goes on where it was, and one that ran out of memory gets more, as long as there are attempts
    left.

    Raises:
        UserError: memory or time ran out and another attempt is to come.
    """
    try:
        return work(), ""
    except Unsuitable as error:
        return None, str(error)
    except (Diverged, torch.OutOfMemoryError) as error:
        return None, _describe(error)
    except (OutOfTime, MemoryError) as error:
        reason = _describe(error)
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):
            raise
        reason = f"MemoryError: {error}".splitlines()[0]
    if not last_attempt:
        raise UserError(f"{reason}; the next attempt goes on from the last checkpoint.")
    return None, reason


def with_less_memory(work: Callable[[int], T]) -> T:
    """`work(1)`, and where a GPU's memory is too small for it, once more with the points in two chunks: `work(2)`."""
    try:
        return work(1)
    except torch.OutOfMemoryError as error:
        logger.warning("%s; trying again with half of the points at a time.", _describe(error))
    torch.cuda.empty_cache()  # outside the handler, whose traceback holds the tensors of the first attempt
    return work(2)


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
