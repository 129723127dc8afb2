"""Plots by level: opened, not blank, one colour a method, the same bytes again."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from deocc.bench.reporting.plots import COLOURS, level_plots, style_of
from tests.bench.reporting.in_memory import made_run, main_scores
from tests.bench.reporting.made_run import SHARES, subject

OBJECTS = {f"o{i:02}": subject(f"o{i:02}") for i in range(12)}


def scores_of(*methods: str):
    values = {
        method: {
            (name, f"placed-{level}"): {
                "cd": 0.05 * (m + 1) + 0.02 * level + 0.001 * i,
                "iou": 0.9 - 0.1 * level,
            }
            for i, name in enumerate(OBJECTS)
            for level in SHARES
        }
        for m, method in enumerate(methods)
    }
    return main_scores(made_run(values, OBJECTS), OBJECTS)


def pixels_near(data: bytes, colour: str) -> int:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG" and not image.info.keys() & {"Software", "date", "Creation Time"}
        pixels = np.asarray(image.convert("RGB")).astype(int)
    return int((np.abs(pixels - wanted).max(axis=2) < 12).sum())


def test_a_plot_has_each_methods_line_and_only_measures_that_exist_are_plotted():
    plots = level_plots(scores_of("draft", "hull"), ["draft", "hull"])
    assert sorted(plots) == ["by-level-cd.png", "by-level-iou.png"]
    for colour in COLOURS[:2]:
        assert pixels_near(plots["by-level-cd.png"], colour) > 800, "a line of 600 pixels is missing"
    assert pixels_near(plots["by-level-cd.png"], COLOURS[2]) < 50


def test_the_same_scores_are_the_same_bytes():
    first, second = (level_plots(scores_of("draft"), ["draft"]) for _ in range(2))
    assert first == second


def test_a_method_keeps_its_colour_where_others_are_absent():
    plots = level_plots(scores_of("hull"), ["draft", "hull"])
    assert pixels_near(plots["by-level-cd.png"], COLOURS[1]) > 800
    assert pixels_near(plots["by-level-cd.png"], COLOURS[0]) < 50


def test_more_methods_than_colours_are_told_apart_by_their_lines():
    names = [f"m{i}" for i in range(16)]
    styles = [tuple(style_of(name, names).values()) for name in names]
    assert len(set(styles)) == len(names)
