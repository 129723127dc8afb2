"""The occlusions of an object: levels by what is hidden, masks that agree, and what happens at the limits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deocc.bench.building import cases
from deocc.bench.building.settings import LEVEL_RANGES, BuildSettings
from deocc.bench.building.subject import subject_of
from deocc.bench.built import level_of
from deocc.data.meshes import Textured, normalised
from deocc.data.occluders.solids import box

SETTINGS = BuildSettings(photo_px=160, view_px=64)
COLOUR = np.array([200, 90, 40], np.uint8)
BOX = Textured(box((0.4, 0.5, 0.6), COLOUR), None)
OTHERS = [("a tin", normalised(Textured(box((0.3, 0.3, 0.5), COLOUR), None)))]


@pytest.fixture(scope="module")
def subject():
    return subject_of("box", BOX, 0, SETTINGS)


def swollen(mask: np.ndarray, by_px: int) -> np.ndarray:
    """(H, W) bool, by as much to all eight sides."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * by_px + 1, 2 * by_px + 1), np.uint8)) > 0


def check(one: cases.Occlusion) -> None:
    """What holds of every occlusion."""
    amodal = one.look.amodal
    assert not (one.object_mask & one.occluder_mask).any(), "nothing is both seen and hidden"
    assert np.array_equal(one.object_mask | (one.occluder_mask & amodal), amodal)
    assert one.hidden_share == pytest.approx((one.occluder_mask & amodal).sum() / amodal.sum())


def test_another_object_stands_in_front_in_each_level(subject):
    found, notes = cases.placed(subject, OTHERS)
    assert not notes and [one.occlusion.name for one in found] == [f"placed-{i}" for i in range(1, 6)]
    for level, (one, (low, high)) in enumerate(zip(found, LEVEL_RANGES, strict=True), start=1):
        check(one.occlusion)
        assert low <= one.occlusion.hidden_share < high and level_of(one.occlusion.hidden_share) == level
        placed = one.body.textured.mesh.vertices @ one.body.object_from_mesh[:3, :3].T
        lowest = (placed + one.body.object_from_mesh[:3, 3])[:, 2].min()
        assert lowest == pytest.approx(subject.scene.ground.height, abs=1e-5), "it stands on the floor"


def test_a_level_that_nothing_reaches_is_told(subject, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cases, "LEVEL_RANGES", ((0.02, 0.1), (1.5, 2.0)))
    found, notes = cases.placed(subject, OTHERS)
    assert [one.occlusion.name for one in found] == ["placed-1"]
    assert len(notes) == 1 and notes[0].startswith("placed-2 is missing: ")


def test_pasted_cutouts_change_the_photo_inside_their_mask_alone(subject):
    clean = np.full((160, 160, 3), 90, np.uint8)
    cutout = np.full((40, 30, 4), 255, np.uint8)
    found = list(cases.pasted(subject, clean, [("a tin", cutout)]))
    assert [one.name for one, _ in found] == ["pasted-deocc", "pasted-zeroshape"]
    for one, photo in found:
        check(one)
        assert one.hidden_share > 0 and set(one.occluder.split(", ")) == {"a tin"}
        assert np.array_equal((photo != clean).any(axis=2), one.occluder_mask)


def test_a_cutout_that_shows_nothing_costs_no_more_than_itself(subject):
    """A flat mesh from its edge; the object before which it would be pasted is not to blame."""
    clean = np.full((160, 160, 3), 90, np.uint8)
    cutout, nothing = np.full((40, 30, 4), 255, np.uint8), np.zeros((40, 30, 4), np.uint8)
    found = list(cases.pasted(subject, clean, [("a sheet", nothing), ("a tin", cutout)]))
    assert {one.occluder for one, _ in found} <= {"a tin", "a tin, a tin"} and len(found) == 2
    assert list(cases.pasted(subject, clean, [("a sheet", nothing)])) == []


def test_shapes_and_contact_hide_a_part_but_never_nearly_all(subject):
    for one in (*cases.shapes(subject), *cases.contact(subject)):
        check(one)
        assert cases.HIDDEN_LEAST <= one.hidden_share <= cases.HIDDEN_MOST
    photo = np.full((160, 160, 3), 90, np.uint8)
    [one] = cases.contact(subject)
    assert not cases.blackened(one, photo)[one.occluder_mask].any()
    assert (cases.blackened(one, photo)[~one.occluder_mask] == 90).all()
    rim = one.occluder_mask & ~one.look.amodal
    on_it = one.occluder_mask & one.look.amodal
    assert not (rim & ~swollen(on_it, cases.RIM_PX)).any(), "it lies on the object"
    beside = swollen(on_it, 1) & ~one.look.amodal
    assert (one.occluder_mask[beside]).all(), "no mixed pixel tells the hidden outline"


def test_amodal3rs_four_views_hide_the_same_faces_and_shapes_of_their_own(
    subject, monkeypatch: pytest.MonkeyPatch
):
    names = [one.name for one in cases.quarters(subject)]
    assert names == [f"amodal3r-{i}" for i in range(4)]
    for one in cases.quarters(subject):
        check(one)
    monkeypatch.setattr(cases, "_over", lambda look, drawn: np.zeros(look.amodal.shape, bool))
    hidden, seen = set(), set()
    for one in cases.quarters(subject):
        hidden |= set(one.look.triangle[one.occluder_mask].tolist())
        seen |= set(one.look.triangle[one.object_mask].tolist())
    assert hidden and seen and not hidden & seen, "a face is hidden in every view or in none"


def test_what_no_draw_can_do_is_left_out(subject, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cases, "_over", lambda look, drawn: np.ones(look.amodal.shape, bool))
    assert list(cases.shapes(subject)) == [] and list(cases.quarters(subject)) == []


def test_the_same_seed_draws_the_same_and_another_does_not(subject):
    again, other = (subject_of("box", BOX, seed, SETTINGS) for seed in (0, 1))
    for make in (cases.shapes, cases.contact):
        [one], [same], [different] = make(subject), make(again), make(other)
        assert np.array_equal(one.occluder_mask, same.occluder_mask)
        assert not np.array_equal(one.occluder_mask, different.occluder_mask)
