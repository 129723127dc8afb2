"""The puppet: a box in the photo's mean colour, after the steps and the mishap its options ask for."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from deocc.backends.base import Tick
from deocc.errors import DeoccError
from deocc.geometry.cameras import view_cameras
from deocc.geometry.mesh import Mesh
from deocc.observation import Observation
from deocc.package import Reconstruction
from deocc.place import device_lost
from deocc.weights.folder import WeightsFolder
from tests.puppet.card import CARD, PuppetOptions
from tests.puppet.weights import add_to_table


class Puppet:
    card = CARD

    def run(self, observation: Observation, options: PuppetOptions, seed: int, tick: Tick) -> Reconstruction:
        completed = np.dstack([observation.photo, np.where(observation.object_mask, 255, 0).astype(np.uint8)])
        view = np.full((320, 320, 4), seed % 256, np.uint8)
        for step in range(options.steps):
            tick(f"step {step}", step / options.steps)
            if options.pictures and step == 0:
                tick.picture("completed.png", completed)
            if options.previews:
                for name, preview in previews(step, options.steps):
                    tick.picture(name, preview)
            time.sleep(options.step_s)
        _misbehave(options.behaviour)
        texture = np.broadcast_to(observation.photo.mean((0, 1)).astype(np.uint8), (8, 8, 3))
        return Reconstruction(box(), texture, view_cameras(), (view,) * 6, completed)


def previews(step: int, steps: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Six views as denoising shows them: noise that a coloured disc comes out of."""
    noise = np.random.default_rng(step).integers(0, 256, (320, 320, 3))
    y, x = np.mgrid[:320, :320] - 160
    disc = np.where((x * x + y * y < 120**2)[..., None], (230, 140, 30), 255)
    for i in range(6):
        share = step / max(steps - 1, 1)
        shown = np.roll(noise, 20 * i, axis=1) * (1 - share) + disc * share
        yield f"views/{i}.png", np.dstack([shown.astype(np.uint8), np.full((320, 320), 255, np.uint8)])


def box() -> Mesh:
    """A closed box of the unit cube's size."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)], np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))], np.int32)
    return Mesh(corners, faces, corners[:, :2] + 0.5, np.ones(8, np.float32))


def _misbehave(behaviour: str) -> None:
    if behaviour == "print":
        os.write(1, b"a library prints to the standard output\n")
        print("and so does Python", flush=True)
    elif behaviour == "read_input":
        assert os.read(0, 1) == b"" and sys.stdin.read() == ""
    elif behaviour == "hang":
        time.sleep(600)
    elif behaviour == "kill_self":
        os.kill(os.getpid(), signal.SIGKILL)
    elif behaviour == "out_of_memory":
        raise MemoryError
    elif behaviour == "disk_full":
        raise OSError(errno.ENOSPC, "No space left on device")
    elif behaviour == "device_lost":
        raise device_lost()
    elif behaviour == "fault":
        raise DeoccError("puppet_fault", "The puppet was told to fail.", "Tell it otherwise.", "edit_options")
    elif behaviour == "bug":
        raise ZeroDivisionError("a bug of the puppet's")


def load(_weights: WeightsFolder) -> Puppet:
    add_to_table()  # the worker is no puppet_server
    return Puppet()
