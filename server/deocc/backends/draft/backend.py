"""The draft backend, stage by stage: silhouette, picture, shape with texture, six views."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from deocc.backends.base import Tick
from deocc.backends.draft.canvas import make_canvas, paste_back
from deocc.backends.draft.card import CARD, DraftOptions
from deocc.backends.draft.learned.ask import ask
from deocc.backends.draft.learned.colours import back_picture, expected_colours
from deocc.backends.draft.learned.network import RUNTIME, Network, load_network
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.learned.silhouette import learned_completion
from deocc.backends.draft.learned.solid import build_learned, plan_solid
from deocc.backends.draft.picture.complete import complete_picture
from deocc.backends.draft.silhouette.hypotheses import Completion, choose, hypotheses
from deocc.backends.draft.solid.shape import Solid, build
from deocc.geometry.cameras import Camera, view_cameras
from deocc.geometry.raycast import render_views
from deocc.observation import Observation
from deocc.package import Reconstruction, pack_mesh_soon
from deocc.stopwatch import Stopwatch
from deocc.weights.folder import WeightsFolder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Drafted:
    """What each stage found, for whom more than the result matters. prediction: None where geometry alone
    was at work."""

    completion: Completion
    solid: Solid
    reconstruction: Reconstruction
    prediction: Prediction | None = None


class Draft:
    """No torch, nothing to fetch: an instant first look by a small network, or by symmetry and outline."""

    card = CARD

    def __init__(self, network: Network | None = None):
        self._network = network

    def run(self, observation: Observation, options: DraftOptions, seed: int, tick: Tick) -> Reconstruction:
        return self.draft(observation, options, seed, tick).reconstruction

    def draft(self, observation: Observation, options: DraftOptions, seed: int, tick: Tick) -> Drafted:
        watch = Stopwatch()

        tick("whole silhouette", 0.0)
        canvas = make_canvas(observation)
        answer = ask(self._network, observation, canvas, options, seed)
        prediction = answer.prediction
        if prediction:
            completion = learned_completion(canvas, prediction, hypotheses(canvas))
        else:
            completion = choose(hypotheses(canvas), seed, options)
        watch.lap("whole silhouette")

        tick("whole picture", 0.3)
        guesser = partial(expected_colours, prediction) if prediction else None
        with ThreadPoolExecutor(1) as beside:
            planned = None
            if prediction:
                planned = beside.submit(
                    plan_solid, canvas, completion.whole, prediction, observation.camera, options
                )
            picture = complete_picture(canvas, completion, seed, guesser)
        completed = paste_back(canvas, picture, completion.whole)
        tick.picture("completed.png", completed)
        watch.lap("whole picture")

        tick("shape and texture", 0.5)
        if prediction and planned:
            pictures = picture, back_picture(canvas, prediction, picture)
            solid = build_learned(canvas, completion.whole, pictures, prediction, planned.result(), options)
        else:
            solid = build(canvas, completion, picture, observation.camera, options)
        watch.lap("shape and texture")

        packed_mesh = pack_mesh_soon(solid.mesh, solid.texture)  # while the views are drawn
        cameras = view_cameras("v1.2")
        views = _drawn(solid, cameras, tick)
        watch.lap("six views")

        log.info("draft: %s from %s, %s", solid.kind, completion.kind, watch)
        result = Reconstruction(
            mesh=solid.mesh,
            texture=solid.texture,
            cameras=cameras,
            views=views,
            completed=completed,
            photo_camera=solid.photo_camera,
            seconds=watch.seconds,
            notes=(answer.why,) if answer.why else (),
            packages=(RUNTIME,) if prediction else (),
            packed_mesh=packed_mesh,
        )
        return Drafted(completion, solid, result, prediction)


def _drawn(solid: Solid, cameras: tuple[Camera, ...], tick: Tick) -> tuple[NDArray[np.uint8], ...]:
    """The solid's views, each shown as soon as it is there."""
    views = []
    for i, view in enumerate(render_views(solid.mesh, solid.texture, cameras)):
        tick("six views", 0.7 + 0.3 * i / len(cameras))
        tick.picture(f"views/{i}.png", view)
        views.append(view)
    return tuple(views)


def load(_weights: WeightsFolder) -> Draft:
    return Draft(load_network())
