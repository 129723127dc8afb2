"""The draft's figures for `deocc bench speed`: a job and a pass of its network, one megapixel."""

from __future__ import annotations

import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.backend import Draft
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.learned.crop import SIDE
from deocc.backends.draft.learned.network import INPUTS, load_network, noise_of
from deocc.bench.figure import Figure
from deocc.bench.silent_tick import SilentTick
from deocc.geometry.cameras import look_at_origin, pinhole
from deocc.observation import Observation
from deocc.place import peak_memory_gb

SECONDS_GOAL, PASS_GOAL_S, MEMORY_GOAL_GB = 1.5, 0.060, 1.0
CORES = 2  # the goals are for two cores; more are not used where the system lets us say so
RUNS = 5  # of each photo, after one that warms up; the median is told
PASSES = 20  # of the network, after two
PHOTO_SIZE = (1250, 800)  # width, height: one megapixel
KINDS = ("mug", "carton", "gourd")  # one for each shape: turned, box, inflated
METHODS = {"auto": "draft", "geometric": "draft by geometry"}


def measure_draft(
    kinds: tuple[str, ...] = KINDS, size: tuple[int, int] = PHOTO_SIZE, runs: int = RUNS
) -> list[Figure]:
    """One pass of the network; then each kind of object, with the network and without. All in child processes
    of their own, so that their peak memory is their own."""
    [pass_s] = _in_a_child(_measure_pass)
    rows = [Figure("draft: one pass of its network", pass_s, "s", PASS_GOAL_S)]
    for method, title in METHODS.items():
        for kind in kinds:
            seconds, memory_gb = _in_a_child(_measure, method, kind, size, runs)
            rows.append(Figure(f"{title}: {kind}, 1 megapixel", seconds, "s", SECONDS_GOAL))
            rows.append(Figure(f"{title}: {kind}, peak memory", memory_gb, "GB", MEMORY_GOAL_GB))
    return rows


def _in_a_child(measure: Callable[..., None], *given: Any) -> tuple[float, ...]:
    """What `measure` sends through the pipe that it gets last."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=measure, args=(*given, theirs))
    child.start()
    theirs.close()
    found = ours.recv()
    child.join()
    return found


def synthetic_observation(kind: str, size: tuple[int, int] = PHOTO_SIZE) -> Observation:
    """A speckled object of a kind on a table, a third of it behind a post."""
    width, height = size
    whole = _outline(kind, width, height)
    occluder = np.zeros((height, width), bool)
    occluder[int(0.3 * height) :, int(0.55 * width) : int(0.63 * width)] = True
    generator = np.random.default_rng(7)
    speckle = cv2.resize(generator.integers(0, 255, (height // 24, width // 24, 3)).astype(np.uint8), size)
    photo = np.full((height, width, 3), (196, 188, 176), np.uint8)
    photo[whole] = speckle[whole]
    photo[occluder] = (60, 70, 80)
    return Observation(photo, whole & ~occluder, occluder, np.zeros_like(occluder))


def _outline(kind: str, width: int, height: int) -> NDArray[np.bool_]:
    """(H, W) bool: a mug with its handle, a carton seen from a corner, or a gourd lying askew."""
    drawn = np.zeros((height, width), np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return int(x * width), int(y * height)

    if kind == "mug":
        cv2.ellipse(drawn, at(0.36, 0.5), at(0.07, 0.17), 0, 0, 360, (1,), int(0.025 * width))
        cv2.rectangle(drawn, at(0.38, 0.25), at(0.62, 0.75), (1,), -1)
        for y in (0.25, 0.75):
            cv2.ellipse(drawn, at(0.5, y), at(0.12, 0.07), 0, 0, 360, (1,), -1)
    elif kind == "carton":
        camera = pinhole(width, height, 50.0, look_at_origin(35.0, 25.0, 2.6))
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
        pixels, _ = camera.project(signs * (0.45, 0.2, 0.5))
        cv2.fillConvexPoly(drawn, cv2.convexHull(np.round(pixels).astype(np.int32)), (1,))
    else:
        cv2.ellipse(drawn, at(0.4, 0.6), at(0.13, 0.22), 30, 0, 360, (1,), -1)
        cv2.ellipse(drawn, at(0.52, 0.42), at(0.12, 0.1), -40, 0, 360, (1,), -1)
    return drawn > 0


def _measure(method: str, kind: str, size: tuple[int, int], runs: int, answer: Connection[Any, Any]) -> None:
    """In the child: median seconds of a run, and the most memory held, in GB, NaN where it is not told."""
    _keep_to_cores()
    observation, backend, options = (
        synthetic_observation(kind, size),
        Draft(load_network()),
        DraftOptions(method),
    )
    seconds = _timed(lambda: backend.run(observation, options, 0, SilentTick()), runs + 1)
    answer.send((statistics.median(seconds[1:]), peak_memory_gb() or math.nan))


def _measure_pass(answer: Connection[Any, Any]) -> None:
    """In the child: median seconds of one crop through the network, NaN where it is not there."""
    _keep_to_cores()
    network, picture = load_network(), np.zeros((1, *INPUTS["picture"]), np.float32)
    picture[0, 3, SIDE // 4 : SIDE // 2] = 1  # some object
    if network is None:
        answer.send((math.nan,))
        return
    seconds = _timed(lambda: network(picture, noise_of(1)), PASSES + 2)
    answer.send((statistics.median(seconds[2:]),))


def _timed(work: Callable[[], Any], times: int) -> list[float]:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def _keep_to_cores() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
