"""The second set: on real photos with masks the draft gains from completing, and beats simple shapes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deocc.bench.building.build import BuildRequest, build
from deocc.bench.reporting.report import report
from deocc.bench.running.run import RunRequest, run

DATA = Path(os.environ.get("DEOCC_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
METHODS = ("draft", "extrude", "ellipsoid")


@pytest.mark.slow
def test_the_draft_completes_real_photos_and_beats_simple_shapes(tmp_path: Path):
    if not (DATA / "photos.json").exists():
        pytest.skip("the development photos are not here; DEOCC_DATA names their folder")
    bench, out = tmp_path / "bench", tmp_path / "run"
    build(BuildRequest(objects=None, photos=DATA, out=bench, seed=0), lambda *_: None)
    summary = run(
        RunRequest(methods=METHODS, bench=bench, out=out, weights=tmp_path / "weights", workers=2),
        lambda *_: None,
    )
    assert (summary.done, summary.failed) == (15, 0)
    photos = {name: told["by_kind"]["photo"] for name, told in report(out).numbers.items()}
    gain = photos["draft"]["amodal_iou"] - photos["extrude"]["amodal_iou"]  # extrude completes nothing
    assert gain > 0.15  # it is 0.22; hand-drawn masks are good for 0.02, so less than this is a real loss
    simple = min(photos[name]["cd"] for name in METHODS[1:])
    assert photos["draft"]["cd"] < 0.75 * simple  # 0.054 beside 0.096; one shape gone wrong costs 0.02
    assert photos["draft"].get("rotation_deg") is None, "their poses are not known"
