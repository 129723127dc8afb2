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
from deocc.bench.networks.lrm import StageFigures, measure_lrm
from deocc.bench.networks.surface import measure_surface
from deocc.bench.networks.views import PUBLISHED_STEP_TFLOP, STEP, measure_views, published_step_s
from deocc.bench.table import table
from deocc.errors import InputFault
from deocc.place import choose_place

RECONSTRUCTOR = "instant-mesh-large"
BACKENDS = ("deocc123", "3drecon")  # both run these networks
INSIDE = ("build", "encoder", "grid and fields")  # told apart, but part of another stage or of loading
PROCESSOR_STEPS = 2  # of the UNet that are timed there: each takes half a minute


@dataclass(frozen=True)
class Whole:
    """All networks of one job. published_s: as published, on a processor; NaN where not told."""

    steps: int
    seconds: float
    tflop: float
    published_tflop: float
    published_s: float


@dataclass(frozen=True)
class Measured:
    """tflops: the device's matrix peak, measured in the same minute in the networks' number format.
    published_step_s: a step's published arithmetic in float32 on this processor, NaN on a card."""

    device: str
    number_format: str
    tflops: float
    stages: list[StageFigures]
    published_step_s: float
    wholes: list[Whole]  # at our number of steps, and at the published code's
    surface: list[Figure]


def measure_networks(backend: str, oracle: Path | None, say: Callable[[str], None]) -> Measured:
    """All stages of a backend; InputFault `unknown_backend` for one without networks.

    oracle: the folder with the published code's own times on a processor, or None.
    """
    if backend not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise InputFault(
            "unknown_backend", f"“{backend}” has no networks to measure.", f"Choose one of: {known}."
        )
    place, steps = choose_place(), ViewOptions().steps
    oracle = oracle if place.is_processor else None  # its times say nothing beside a card's
    say("Measuring the device …")
    device = calibration.measure(place)
    say("Six views; some minutes on a processor …" if place.is_processor else "Six views …")
    stages = measure_views(place, PROCESSOR_STEPS if place.is_processor else steps, oracle=oracle)
    step_s = published_step_s(place) if place.is_processor else math.nan
    say("Reconstruction …")
    stages += measure_lrm(RECONSTRUCTOR, place, oracle)
    wholes = [whole(stages, count, step_s) for count in (steps, REFERENCE_STEPS)]
    say("Surface and texture …")
    surface = measure_surface()
    return Measured(device.device, device.number_format, device.tflops, stages, step_s, wholes, surface)


def whole(stages: list[StageFigures], steps: int, published_step_s: float) -> Whole:
    """One job of `steps` steps. Of what nobody has timed as published, our own seconds are taken."""
    seconds = tflop = published_tflop = published_s = 0.0
    for one in stages:
        if one.name in INSIDE:
            continue
        is_step = one.name == STEP
        times = steps if is_step else 1
        seconds += times * one.warm_s
        tflop += times * _or(one.tflop, 0.0)
        published_tflop += times * (PUBLISHED_STEP_TFLOP if is_step else _or(one.tflop, 0.0))
        published_s += times * (published_step_s if is_step else _or(one.reference_s, one.warm_s))
    return Whole(steps, seconds, tflop, published_tflop, published_s)


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
    lines = [
        f"{measured.device}, {measured.number_format}; matrix peak {measured.tflops:.3g} TFLOP/s",
        "",
        table(head, rows),
        "",
    ]
    if not math.isnan(measured.published_step_s):
        lines.append(f"a step as published, float32, on this processor: {measured.published_step_s:.3g} s")
    for one in measured.wholes:
        told = "" if math.isnan(one.published_s) else f"; as published {one.published_s:.0f} s"
        lines.append(
            f"{one.steps} steps and a mesh: {one.seconds:.3g} s, {one.tflop:.0f} TFLOP "
            f"({one.published_tflop:.0f} as published){told}"
        )
    ours, theirs = measured.wholes
    if not math.isnan(theirs.published_s):
        lines.append(
            f"{theirs.published_s / ours.seconds:.1f} times as fast as published, each at its own number of "
            f"steps; {theirs.published_s / theirs.seconds:.1f} times at {theirs.steps} steps"
        )
    after = [(one.name, figure_words(one)) for one in measured.surface]
    return "\n".join([*lines, "", table(("after the networks, on the processor", "here"), after)])


def _or(value: float, instead: float) -> float:
    return instead if math.isnan(value) else value


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"
