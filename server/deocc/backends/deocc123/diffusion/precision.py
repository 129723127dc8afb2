"""Half precision holds numbers to 65504: a stage that leaves its range is computed again in float32."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from deocc.errors import DeoccError
from deocc.place import Place

log = logging.getLogger(__name__)
T = TypeVar("T")


class Overflow(Exception):
    """A result holds infinity or what is no number."""


def check_finite(*tensors: Tensor) -> None:
    """Raises Overflow; waits for the device."""
    for tensor in tensors:
        if not torch.isfinite(tensor).all():
            raise Overflow


def in_range(stage: str, module: torch.nn.Module, place: Place, compute: Callable[[], T]) -> T:
    """compute() with the module on the device; again with the module in float32 when it raises Overflow.

    DeoccError numbers_lost when float32 doesn't help either: then the weights are at fault.
    """
    with place.hold(module):
        try:
            return compute()
        except Overflow:
            if place.dtype != torch.float32:
                log.warning("%s left the range of %s: it is done again in float32", stage, place.dtype)
        if place.dtype != torch.float32:
            try:
                module.float()  # may not fit either: then, too, all of it goes back below
                return compute()
            except Overflow:
                pass  # told below
            finally:
                module.to(place.dtype)
    raise DeoccError(
        "numbers_lost",
        f"The networks gave no numbers ({stage}).",
        "The weights may be damaged: check them, or fetch them again.",
    )
