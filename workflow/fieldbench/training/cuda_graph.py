"""A training step as one CUDA graph: at 35,600 points the launches cost more than the work."""

from collections.abc import Callable, Hashable

import torch
from torch import Tensor

WARM_UP = 3  # steps run as usual before a capture, as torch advises: they allocate state and workspaces


class GraphedStep:
    """Runs `step` as usual at first, then captures it and replays the capture; every call is one real step.

    Args:
        step: a whole step without host synchronisation, from clearing gradients to the update; returns the
            loss.
    """

    def __init__(self, step: Callable[[], Tensor]) -> None:
        self.step = step
        self.stream = torch.cuda.Stream()
        self.key: Hashable = None
        self.eager = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.loss: Tensor | None = None

    def __call__(self, key: Hashable) -> Tensor:
        """One step; a `key` other than the last says that the work has changed and must be captured anew."""
        if key != self.key:
            self.key, self.eager, self.graph = key, 0, None
        if self.graph is not None:
            self.graph.replay()
        elif self.eager < WARM_UP:
            self.eager += 1
            self._run_aside()
        else:
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.loss = self.step()
            self.graph.replay()
        assert self.loss is not None  # every branch above has made or kept one
        return self.loss

    def _run_aside(self) -> None:
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            self.loss = self.step()
        torch.cuda.current_stream().wait_stream(self.stream)
