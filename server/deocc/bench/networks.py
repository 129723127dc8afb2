"""`deocc bench networks`: what every stage of a backend costs on this machine, its networks at full size.

Weights are random: time does not depend on what they say, and nothing need be downloaded. One network at a
time is in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deocc import calibration
from deocc.backends.deocc123.options import REFERENCE_STEPS, ViewOptions
from deocc.bench.figure import Figure, figure_words
from deocc.bench.networks_lrm import StageFigures, measure_lrm
from deocc.bench.networks_surface import measure_surface
from deocc.bench.networks_views import PUBLISHED_STEP_TFLOP, STEP, measure_views
from deocc.bench.table import table
from deocc.errors import InputFault
from deocc.place import choose_place

RECONSTRUCTOR = "instant-mesh-large"
BACKENDS = ("deocc123", "3drecon")  # both run these networks
INSIDE = ("build", "encoder", "grid and fields")  # told apart, but part of another stage or of loading
PROCESSOR_STEPS = 2  # of the UNet that are timed there: each takes half a minute


@dataclass(frozen=True)
class Whole:
    """All networks of one job. reference_s: the published code's, NaN where not told."""

    steps: int
    seconds: float
    tflop: float
    published_tflop: float
    reference_s: float


@dataclass(frozen=True)
class Measured:
    """tflops: the device's matrix peak, measured in the same minute in the networks' number format."""

    device: str
    tflops: float
    stages: list[StageFigures]
    wholes: list[Whole]  # at our number of steps, and at the published code's
    surface: list[Figure]


def measure_networks(backend: str, oracle: Path | None, say: Callable[[str], None]) -> Measured:
    """All stages of a backend; InputFault `unknown_backend` for one without networks.

    oracle: the folder with the published code's own times, or None.
    """
    if backend not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise InputFault(
            "unknown_backend", f"“{backend}” has no networks to measure.", f"Choose of: {known}."
        )
    place, steps = choose_place(), ViewOptions().steps
    say("Measuring the device …")
    device = calibration.measure(place)
    say("Six views; some minutes on a processor …" if place.is_processor else "Six views …")
    stages = measure_views(place, PROCESSOR_STEPS if place.is_processor else steps, oracle=oracle)
    say("Reconstruction …")
    stages += measure_lrm(RECONSTRUCTOR, place, oracle)
    say("Surface and texture …")
    wholes = [whole(stages, count) for count in (steps, REFERENCE_STEPS)]
    return Measured(device.device, device.tflops, stages, wholes, measure_surface())


def whole(stages: list[StageFigures], steps: int) -> Whole:
    """One job of `steps` steps; the published code's time leaves out what nobody measured of it."""
    seconds = tflop = published = reference = 0.0
    for one in stages:
        if one.name in INSIDE:
            continue
        times = steps if one.name == STEP else 1
        seconds += times * one.warm_s
        tflop += times * _or_zero(one.tflop)
        published += times * (PUBLISHED_STEP_TFLOP if one.name == STEP else _or_zero(one.tflop))
        reference += times * _or_zero(one.reference_s)
    return Whole(steps, seconds, tflop, published, reference or math.nan)


def networks_table(measured: Measured) -> str:
    """Stages, whole jobs beside the published code's where those are known, and what follows the networks."""
    head = ("stage", "first s", "then s", "TFLOP", "TFLOP/s", "of peak", "peak GB", "published s")
    rows = [
        (
            f"  {one.name}" if one.name in INSIDE else one.name,
            *(_number(value) for value in (one.cold_s, one.warm_s, one.tflop, one.tflop_per_s)),
            "" if math.isnan(one.tflop_per_s) else f"{one.tflop_per_s / measured.tflops:.0%}",
            _number(one.peak_gb),
            _number(one.reference_s),
        )
        for one in measured.stages
    ]
    lines = [f"{measured.device}; matrix peak {measured.tflops:.3g} TFLOP/s", "", table(head, rows), ""]
    for one in measured.wholes:
        told = "" if math.isnan(one.reference_s) else f"; the published code {one.reference_s:.0f} s"
        lines.append(
            f"{one.steps} steps and a mesh: {_number(one.seconds)} s, {one.tflop:.0f} TFLOP "
            f"({one.published_tflop:.0f} as published){told}"
        )
    ours, theirs = measured.wholes
    if not math.isnan(theirs.reference_s):
        lines.append(
            f"{theirs.reference_s / ours.seconds:.1f} times as fast as the published code, each at its own "
            f"number of steps; {theirs.reference_s / theirs.seconds:.1f} times at {theirs.steps} steps"
        )
    after = [(one.name, figure_words(one)) for one in measured.surface]
    return "\n".join([*lines, "", table(("after the networks, on the processor", "here"), after)])


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"
