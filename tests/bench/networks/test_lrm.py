"""The reconstruction networks' bench: operations as counted elsewhere, the reference's seconds, its rows."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from deocc.backends.deocc123.lrm import config as configs  # noqa: E402
from deocc.bench.networks import lrm as bench  # noqa: E402
from deocc.place import Place  # noqa: E402
from tests.tiny.lrm import TINY_MESH  # noqa: E402


def test_operations_are_those_counted_from_the_sizes():
    """Encoder 0.447 and transformer 2.667 for the large network, counted from its sizes by hand."""
    large = configs.INSTANT_MESH_LARGE
    assert bench.tflop_of_encoder(large) == pytest.approx(0.447, abs=0.002)
    assert bench.tflop_of_transformer(large) == pytest.approx(2.667, abs=0.01)
    grid, field = 129**3, 2 * (64 * 64 * 2 + 64)
    assert bench.tflop_of_field(large) == pytest.approx(grid * field / 1e12, rel=0.05)  # planes are the rest


def test_every_stage_has_its_row_beside_the_references_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bench, "PUBLISHED", {"instant-mesh-large": TINY_MESH})
    told = {
        "build": {"wall_s": 5.0},
        "encoder_6views_320": {"wall_s": 6.0},
        "forward_planes_total": {"wall_s": 47.0},
        "init_flexicubes_geometry_128": {"wall_s": 104.0},
        "sdf_deform_weight_fields": {"wall_s": 37.0},
        "extract_mesh_vertex_colour_total": {"wall_s": 27.0},
    }
    (tmp_path / "deocc123").mkdir()
    (tmp_path / "deocc123" / "timing_instant-mesh-large_t2.json").write_text(json.dumps(told))
    place = Place(torch.device("cpu"), torch.float32)
    rows = bench.measure_lrm("instant-mesh-large", place, tmp_path)
    assert [(row.name, row.reference_s) for row in rows] == [
        ("build", 5.0), ("encoder", 6.0), ("planes", 47.0), ("grid and fields", 141.0), ("extraction", 131.0),
    ]  # fmt: skip
    assert all(row.warm_s > 0 for row in rows) and math.isnan(rows[0].tflop)
    without = bench.measure_lrm("instant-mesh-large", place)
    assert all(math.isnan(row.reference_s) for row in without)
