"""A step of the sampler as a CUDA graph: a fast card waits longer for Python than the UNet's kernels take.

Recorded once a job, in about the time of a step; used only where it gives the very same bytes as the step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

from deocc.place import Place, Tier

log = logging.getLogger(__name__)


def can_replay(place: Place) -> bool:
    """Whether steps are recorded: a recording keeps its memory; other makers' cards were never tried."""
    nvidia = place.device.type == "cuda" and torch.version.cuda is not None
    return nvidia and place.tier == Tier.RESIDENT


def replayable(compute: Callable[..., Tensor], *inputs: Tensor) -> Callable[..., Tensor]:
    """compute itself, or a recording of it for inputs of the same shapes.

    Work that must happen once only, as filling a cache, has to be done by the first of the calls made here.
    """
    expected = compute(*inputs)
    held = [one.clone() for one in inputs]
    try:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = compute(*held)
    except RuntimeError as error:
        log.info("the steps are not recorded: %s", error)
        return compute

    def replay(*given: Tensor) -> Tensor:
        for place, one in zip(held, given, strict=True):
            place.copy_(one)
        graph.replay()
        return result.clone()

    if not torch.equal(replay(*inputs), expected):
        log.warning("a recorded step gave other bytes than the step itself: the steps are not recorded")
        return compute
    return replay
