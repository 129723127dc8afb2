"""A run's files as rows of a contact sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deocc.bench.reporting import gallery
from deocc.bench.reporting.collect import Scores, collect
from deocc.bench.reporting.sheet import Row
from deocc.errors import InputFault
from tests.bench.reporting.made_run import PHOTO_PX, VIEW_PX, Made, Method, case, make_run, subject

FINE = {"cd": 0.1, "f@0.05": 0.5, "iou": 0.4, "amodal_iou": 0.9}


def rows_of(made: Made, method: str, kind: str = "placed") -> tuple[Scores, list[Row]]:
    scores = collect(made.run, made.objects, kind, "yaw")
    slots = gallery.shown_slots(scores, method)
    return scores, [gallery.row_of(made.out, made.bench, scores, slot) for slot in slots]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    objects = [subject(name, more=(case("photo", 2, "photo"),)) for name in ("a", "b", "c")]
    methods = {
        "draft": Method(
            lambda name, *_: None if name == "b" else FINE, skipped=frozenset({("c", "placed-3")})
        ),
        "hull": Method(lambda *_: FINE, sees="clean", pictures=False),
    }
    return make_run(tmp_path, methods, objects, kinds=("placed", "photo"))


def test_a_row_shows_level_3_with_its_pictures_and_figures(made: Made):
    one = rows_of(made, "draft")[1][0]
    assert list(one.words) == ["CD 0.1000", "F@0.05 0.500", "V-IoU 0.400", "amodal IoU 0.900", "hidden 25%"]
    assert one.photo.shape == (PHOTO_PX, PHOTO_PX, 3)
    assert one.object_mask.sum() == 32 * 24 and one.occluder_mask.any()  # a quarter of 32 x 32 is hidden
    assert one.amodal_mask is not None and one.amodal_mask.sum() == 32 * 32
    assert one.completed is not None and one.completed[32, 32, 3] == 255
    assert len(one.pairs) == 3
    for true, view in one.pairs:
        assert true is not None and view is not None and true.shape == view.shape == (VIEW_PX, VIEW_PX, 4)
        assert not np.array_equal(true, view)
    assert one.crop == pytest.approx((1 / 4 - 0.175, 1 / 4 - 0.175, 3 / 4 + 0.175, 3 / 4 + 0.175), abs=0.01)
    assert one.attribution == "“a” by Zoë Müller (CC BY 4.0)"


def test_a_failure_has_its_sentence_and_no_pictures_of_its_own(made: Made):
    one = rows_of(made, "draft")[1][1]
    assert one.fault == "It broke on this one." and one.completed is None
    assert all(true is not None and view is None for true, view in one.pairs)


def test_where_level_3_is_missing_another_one_is_shown(made: Made):
    assert rows_of(made, "draft")[1][2].words[-1] == "hidden 5%"


def test_a_stand_in_is_shown_with_the_photo_that_it_saw(made: Made):
    one = rows_of(made, "hull")[1][0]
    assert one.words[-1] == "unoccluded photo" and not one.occluder_mask.any()
    assert one.completed is None and all(view is None for _, view in one.pairs)


def test_photos_have_sheets_of_their_own(made: Made):
    scores, rows = rows_of(made, "draft", "photo")
    assert rows[0].words[-1] == "hidden 15%"
    given = {name: facts.given for name, facts in made.run.methods.items()}
    assert list(gallery.contact_sheets(made.out, made.bench, scores, given)) == ["sheet-photo-draft.jpg"]


def test_of_many_objects_every_kth_is_shown_and_that_is_said(made: Made, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gallery, "MOST_ROWS", 2)
    heard = {}
    monkeypatch.setattr(
        gallery, "compose", lambda title, _sub, rows, _words: heard.update({title: rows}) or b""
    )
    gallery._sheet(made.out, made.bench, rows_of(made, "hull")[0], "hull", ("photo",))
    ((title, rows),) = heard.items()
    assert title.startswith("hull: 2 of 3 objects (every 2nd)")
    assert [row.name for row in rows] == ["a", "c"]


def test_a_licence_that_the_attribution_names_is_not_said_twice():
    one = replace(subject("a"), attribution="YCB, CC BY 4.0", licence="CC-BY-4.0")
    assert gallery._attribution(one) == "YCB, CC BY 4.0"
    assert gallery._attribution(replace(one, attribution="")) == ""


def test_a_photo_that_is_gone_is_named(made: Made):
    (made.bench / "objects" / "a" / "placed-3" / "photo.png").unlink()
    with pytest.raises(InputFault, match=r"photo\.png can't be read"):
        rows_of(made, "draft")
