"""The extension's figures: measured on the package they claim, or not at all and with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deocc.bench import speed_blender
from deocc.bench.speed_blender import ball, measure_blender, missing_for_blender


def test_the_ball_is_as_large_as_asked_closed_and_round():
    mesh = ball(10_000)
    assert 10_000 <= len(mesh.faces) <= 10_400 and mesh.is_watertight()
    # a ball of radius 0.5 holds 0.5236; 10 000 flat triangles cut off less than a hundredth
    assert 0.99 * np.pi / 6 < mesh.volume() < np.pi / 6


def test_without_a_checkout_there_is_a_reason_and_no_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(speed_blender, "SCRIPT", tmp_path / "measure_import.py")
    assert "needs a checkout" in missing_for_blender() and measure_blender() == []


def test_without_blender_there_is_a_reason_and_no_figure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(speed_blender.util, "find_spec", lambda _name: None)
    assert "pip install -e '.[blender]'" in missing_for_blender() and measure_blender() == []


def test_a_package_of_100_000_triangles_is_imported_and_every_other_step_timed():
    if missing_for_blender():
        pytest.skip(missing_for_blender())
    whole, check, longest = measure_blender()
    triangles = int(whole.name.split()[3])
    assert triangles >= 100_000 and "texture 2048²" in whole.name
    assert (whole.goal, check.goal, longest.goal) == (1.0, None, 0.050)  # product.md
    assert all(0 < one.value < 60 and one.unit == "s" for one in (whole, check, longest))
