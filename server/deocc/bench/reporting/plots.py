"""Measures by level of occlusion as plots: a line a method with its 95 % interval. Files hold no dates."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from deocc.bench.built import LEVEL_NAMES
from deocc.bench.metrics.interval import bootstrap
from deocc.bench.reporting.collect import Scores
from deocc.bench.reporting.measures import MEASURES, PLOTTED
from deocc.errors import InputFault

# Okabe and Ito's palette without its yellow, which vanishes on white: told apart by the colour-blind.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", ":")  # a second and third round through the colours
WIDTHS, MARK_SIZES = (
    (4.0, 1.2),
    (10.0, 4.0),
)  # first to last method: a line that lies on another hides no mark
SIZE_INCHES, DPI = (6.4, 4.2), 130


def level_plots(scores: Scores, methods: Sequence[str]) -> dict[str, bytes]:
    """PNG files by name, one for each of PLOTTED that any method has; the same bytes for the same scores.

    methods: all of the report, so that a method has one colour wherever it appears. InputFault where
    matplotlib is missing.
    """
    return {
        f"by-level-{name.replace('@', '-')}.png": _plot(scores, methods, name)
        for name in PLOTTED
        if any(scores.by_case(method, name) for method in scores.methods)
    }


def style_of(method: str, methods: Sequence[str]) -> dict[str, Any]:
    place = list(methods).index(method)
    share = place / max(len(methods) - 1, 1)
    return {
        "linewidth": WIDTHS[0] + share * (WIDTHS[1] - WIDTHS[0]),
        "markersize": MARK_SIZES[0] + share * (MARK_SIZES[1] - MARK_SIZES[0]),
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKS[place % len(MARKS)],
        "linestyle": LINES[place // len(COLOURS) % len(LINES)],
    }


def _plot(scores: Scores, methods: Sequence[str], measure: str) -> bytes:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise InputFault(
            "packages_missing",
            "Plots need a library that is not installed: matplotlib.",
            "Install it: pip install deocc[bench], or pip install matplotlib.",
            "install_packages",
        ) from None
    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
    canvas, axes = FigureCanvasAgg(figure), figure.add_subplot()
    levels, bands = range(1, len(LEVEL_NAMES) + 1), False
    for method in scores.methods:
        by_level = {level: list(scores.at_level(method, measure, level).values()) for level in levels}
        known = [level for level in levels if by_level[level]]
        if not known:
            continue
        style = style_of(method, methods)
        means = [float(np.mean(by_level[level])) for level in known]
        axes.plot(known, means, label=method, **style)
        spans = {level: bootstrap(by_level[level], np.random.default_rng(level)) for level in known}
        within = [(level, span.low, span.high) for level, span in spans.items() if span]
        if within:
            bands = True
            at, low, high = (list(column) for column in zip(*within, strict=True))
            axes.fill_between(at, low, high, color=style["color"], alpha=0.15, linewidth=0)
    one = MEASURES[measure]
    better = "higher is better" if one.higher_is_better else "lower is better"
    axes.set_title(f"{one.label} by level of occlusion ({better})", fontsize=11)
    axes.set_xlabel("hidden share of the object's area" + ("; bands: 95 % intervals" if bands else ""))
    axes.set_ylabel(one.label)
    axes.set_xticks(list(levels), LEVEL_NAMES)
    axes.set_ylim(bottom=0, top=1.02 if one.higher_is_better else None)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    data = io.BytesIO()
    canvas.print_png(data, metadata={"Software": None})  # its version would change the bytes
    return data.getvalue()
