"""What the mishap backend does."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import numpy as np

from deocc.backends.base import Tick
from deocc.bench.running.floors import ellipsoid
from deocc.errors import DeoccError
from deocc.geometry.cameras import view_cameras
from deocc.geometry.raycast import render_views
from deocc.observation import Observation
from deocc.package import Reconstruction
from deocc.weights.folder import WeightsFolder
from tests.bench.mishap.card import CARD, MishapOptions

ALLOCATED_BYTES = 600_000_000


class Mishap:
    card = CARD

    def run(self, observation: Observation, options: MishapOptions, seed: int, tick: Tick) -> Reconstruction:
        time.sleep(options.wait_s)
        result = ellipsoid(observation)
        count = len(result.mesh.vertices)
        colours = np.full((count, 3), (200, 10 * seed, 0), np.uint8)
        mesh = replace(result.mesh, colours=colours)
        if options.seen_px in (0, observation.object_mask.sum()):
            if options.behaviour == "no_surface":
                mesh = replace(mesh, faces=mesh.faces[:0])
            elif options.behaviour == "not_finite":
                mesh = replace(mesh, vertices=mesh.vertices * np.float32(np.nan))
            else:
                _happen(options.behaviour)
        cameras = view_cameras("v1.1")
        views = tuple(render_views(replace(result.mesh, colours=colours), None, cameras))
        return replace(result, mesh=mesh, cameras=cameras, views=views)


def _happen(behaviour: str) -> None:
    if behaviour == "bug":
        raise ZeroDivisionError("a bug of the backend's")
    if behaviour == "fault":
        raise DeoccError("mishap", "The backend was told to fail.", "Tell it otherwise.")
    if behaviour == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "hang":
        time.sleep(600)
    if behaviour == "allocate":
        np.ones(ALLOCATED_BYTES, np.uint8).sum()


def load(_weights: WeightsFolder) -> Mishap:
    return Mishap()
