"""Pictures of textured meshes by Blender's path tracer, Cycles, on one thread: the same bytes every time."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from deocc.data.blender_recipe import Body, Ground, Light, Shot
from deocc.errors import InputFault

__all__ = ["SAMPLES", "Body", "Ground", "Light", "Shot", "render"]

SAMPLES = 4  # a pixel: some 34 dB from a photo without noise, which only shadows and fine texture have


def render(
    bodies: Sequence[Body], light: Light, ground: Ground | None, shots: Sequence[Shot], samples: int = SAMPLES
) -> list[NDArray[np.uint8]]:
    """A picture (H, W, 4) uint8 sRGB RGBA of each shot, alpha straight, and 255 throughout with a background.

    One thread of the processor; the same arguments give the same bytes on one version of Blender and one kind
    of processor. Bodies are handed to Cycles once, so that a further shot costs little but its samples.
    Call it from a process's main thread. InputFault `blender_missing` where Blender is not installed.
    """
    _import_blender()
    from deocc.data.blender_cycles import stage  # imports bpy, which takes seconds

    with _quiet(), stage(bodies, light, ground, samples) as take:
        return [take(shot) for shot in shots]


def _import_blender() -> None:
    """Imports bpy while the process has one core, so that its pool of threads has no helpers.

    Cycles is told to use one thread, and does; but the pool's idle helpers would spin all the while and take
    the cores of the processes beside this one.
    """
    if "bpy" in sys.modules:
        return
    if importlib.util.find_spec("bpy") is None:
        raise InputFault(
            "blender_missing",
            "Pictures are rendered by Blender, which is not installed as a Python module.",
            "Install it: pip install 'deocc[blender]'.",
        )
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if cores:
        os.sched_setaffinity(0, {min(cores)})
    try:
        import bpy  # noqa: F401  # for its side effect
    finally:
        if cores:
            os.sched_setaffinity(0, cores)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Blender's own words off standard output, which belongs to the command's result."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
