"""DeOcc-1-to-3, stage by stage: cut-out photo, six views, triplanes, surface, texture (paper §3.4, 3.5)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from deocc.backends.base import Card, Tick
from deocc.backends.deocc123.card import CARD
from deocc.backends.deocc123.diffusion.cutout import alpha_of_views, on_white
from deocc.backends.deocc123.diffusion.framing import frame
from deocc.backends.deocc123.diffusion.network import Condition, ViewDiffusion
from deocc.backends.deocc123.lrm.network import Lrm, Surface
from deocc.backends.deocc123.options import ViewOptions
from deocc.backends.deocc123.progress import Part, Told
from deocc.calibration import measured_once
from deocc.geometry.cameras import Camera, view_cameras
from deocc.geometry.surface.dress import DressOptions, dress
from deocc.observation import Observation
from deocc.package import Reconstruction
from deocc.place import Place, choose_place, device_lost, is_device_lost, is_out_of_memory, out_of_memory
from deocc.stopwatch import Stopwatch
from deocc.weights.folder import WeightsFolder

log = logging.getLogger(__name__)
T = TypeVar("T")

PREVIEW_EVERY = 4  # steps; a processor shows each, since one takes it half a minute
WHITE = (255, 255, 255)
VIEWS_BEGIN, VIEWS_END, PLANES_END, SURFACE_END = 0.05, 0.75, 0.8, 0.85  # progress, as a card has it


@dataclass
class _Kept:
    """What doesn't depend on the seed, kept for a job's next one."""

    observation: Observation
    reference_px: int
    condition: Condition


class ViewsThenMesh:
    """Zero123++ of some weights, then InstantMesh. Networks wait in main memory between jobs."""

    def __init__(self, card: Card, weights: WeightsFolder, place: Place | None = None):
        self.card = card
        self._weights, self._place = weights, place or choose_place()
        measured_once(self._place, weights.root)  # for the estimates of other jobs
        self._diffusion: tuple[str, ViewDiffusion] | None = None
        self._lrm: tuple[str, Lrm] | None = None
        self._kept: _Kept | None = None
        self._lowered = ""  # what the stages' words add once a job had to go on with less memory

    def run(self, observation: Observation, options: ViewOptions, seed: int, tick: Tick) -> Reconstruction:
        views_by, meshed_by = self.card.weights_for(options)
        self._weights.require((views_by, meshed_by))
        self._lowered, watch = "", Stopwatch()
        tick = Told(tick, lambda: self._lowered)

        diffusion = self._load_diffusion(views_by, tick)
        condition = self._condition(diffusion, observation, options, tick)
        pictures = self._six_views(diffusion, condition, options, seed, tick)  # (6, 320, 320, 3)
        views = alpha_of_views(pictures, diffusion.config.background)  # (6, 320, 320, 4)
        for i, view in enumerate(views):
            tick.picture(f"views/{i}.png", view)
        cameras = view_cameras(diffusion.config.cameras)
        watch.lap("six views")

        lrm = self._load_lrm(meshed_by, tick)
        if diffusion.config.background != WHITE:  # what the reconstructor was trained on
            pictures = on_white(views)
        surface, colours = self._fitting(lambda: self._surface(lrm, pictures, cameras, tick), tick)
        watch.lap("surface")

        raw, part = (surface.vertices, surface.faces), Part(tick, SURFACE_END, 1.0)
        wanted = dress_options(options)
        dressed = self._fitting(lambda: dress(*raw, views, cameras, observation, colours, wanted, part), tick)
        watch.lap("texture")
        log.info("%s: %s", self.card.name, watch)
        return Reconstruction(
            mesh=dressed.mesh,
            texture=dressed.texture,
            cameras=cameras,
            views=tuple(views),
            completed=dressed.completed,
            photo_camera=dressed.photo_camera,
            normals=dressed.normals,
            seconds=watch.seconds,
        )

    def _six_views(
        self, diffusion: ViewDiffusion, condition: Condition, options: ViewOptions, seed: int, tick: Tick
    ) -> NDArray[np.uint8]:
        part = Part(tick, VIEWS_BEGIN, VIEWS_END)
        every = 1 if self._place.is_processor else PREVIEW_EVERY
        return self._fitting(
            lambda: diffusion.sample(condition, seed, options.steps, options.guidance, part, every), tick
        )

    def _condition(
        self, diffusion: ViewDiffusion, observation: Observation, options: ViewOptions, tick: Tick
    ) -> Condition:
        """The photo as the networks see it; the last one is kept, since a job's seeds share it."""
        reference_px, kept = int(options.reference), self._kept
        if kept and kept.observation is observation and kept.reference_px == reference_px:
            return kept.condition
        tick("looking at the photo", 0.02)
        cut_out = frame(observation).rgba
        condition = self._fitting(lambda: diffusion.condition(cut_out, reference_px), tick)
        self._kept = _Kept(observation, reference_px, condition)
        return condition

    def _surface(
        self, lrm: Lrm, views: NDArray[np.uint8], cameras: tuple[Camera, ...], tick: Tick
    ) -> tuple[Surface, Callable[[NDArray], NDArray[np.uint8]]]:
        planes = lrm.planes(views, cameras, Part(tick, VIEWS_END, PLANES_END))
        surface = lrm.surface(planes, Part(tick, PLANES_END, SURFACE_END))
        return surface, lambda points: lrm.colours(planes, points)

    def _load_diffusion(self, name: str, tick: Tick) -> ViewDiffusion:
        if self._diffusion is None or self._diffusion[0] != name:
            tick("loading the networks", 0.0)
            self._diffusion = self._kept = None  # two would not fit a small computer's memory
            pipeline = self._weights.with_bases((name,))[-1]  # itself, or what its UNet goes into
            unet = self._weights.path(name) if pipeline != name else None
            loaded = ViewDiffusion.load(self._weights.path(pipeline), unet, self._place)
            self._diffusion = (name, loaded)
        return self._diffusion[1]

    def _load_lrm(self, name: str, tick: Tick) -> Lrm:
        if self._lrm is None or self._lrm[0] != name:
            tick("loading the reconstructor", VIEWS_END)
            self._lrm = None
            self._lrm = (name, Lrm.load(self._weights.path(name), self._place))
        return self._lrm[1]

    def _fitting(self, work: Callable[[], T], tick: Tick) -> T:
        """work's result; where the device's memory is too small, on the next smaller tier, and says so."""
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                if is_out_of_memory(error):
                    if not self._place.lower():
                        raise out_of_memory(self._place) from error
                elif is_device_lost(error, self._place):
                    raise device_lost() from error
                else:
                    raise
            # out of the except block, so that the traceback no longer holds the stage's tensors
            log.warning("graphics memory was too small: going on as “%s”", self._place.tier)
            self._lowered = ", with less memory"
            tick("once more", 0.0)


def dress_options(options: ViewOptions) -> DressOptions:
    return DressOptions(
        options.triangles,
        options.texture_px,
        vertex_colours=options.colours == "vertices",
        normals=options.normals,
    )


def load(weights: WeightsFolder) -> ViewsThenMesh:
    return ViewsThenMesh(CARD, weights)
