"""Photo and masks together: of one size, disjoint, and refused in one sentence where they can't be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc.errors import InputFault, InputFaults
from deocc.observation import load_masks, load_observation
from tests import pictures

PHOTO = np.asarray(pictures.photo())  # (64, 96, 3)


def observe(photo: bytes | Path, **masks: bytes | Path | None):
    return load_observation(photo, **{"object_mask": pictures.object_file(), **masks})  # type: ignore[arg-type]


def fault_of(call, *arguments, **named) -> InputFault:
    with pytest.raises(InputFault) as caught:
        call(*arguments, **named)
    fault = caught.value
    assert fault.message.endswith(".") and len(fault.message) < 200
    return fault


def test_a_png_comes_through_unchanged_from_memory_and_from_disk(tmp_path: Path):
    (tmp_path / "photo").write_bytes(pictures.photo_file())
    for source in (pictures.photo_file(), tmp_path / "photo"):
        seen = observe(source)
        assert np.array_equal(seen.photo, PHOTO) and seen.scale == 1.0
    left, top, right, bottom = pictures.OBJECT_BOX
    assert seen.object_mask[top:bottom, left:right].all()
    assert seen.object_mask.sum() == (right - left) * (bottom - top)
    assert not seen.occluder_mask.any() and not seen.keep_mask.any()


def test_what_is_larger_than_the_working_size_is_scaled_photo_and_masks_alike(monkeypatch):
    monkeypatch.setattr("deocc.picture_file.WORKING_PIXELS", 96 * 64 // 4)
    seen = observe(pictures.photo_file(), occluder_mask=pictures.occluder_file())
    assert seen.photo.shape == (32, 48, 3) and seen.scale == 0.5
    assert seen.object_mask.shape == seen.occluder_mask.shape == (32, 48)
    left, top, right, bottom = pictures.OBJECT_BOX
    assert seen.object_mask.mean() == (right - left) * (bottom - top) / (96 * 64)  # covers what it covered


def test_a_mask_may_be_grey_or_alpha():
    left, top, right, bottom = pictures.OBJECT_BOX
    cut_out = pictures.photo().convert("RGBA")
    cut_out.putalpha(pictures.mask(pictures.OBJECT_BOX))
    one_bit = pictures.mask(pictures.OBJECT_BOX).convert("1")
    deep = Image.fromarray(np.asarray(pictures.mask(pictures.OBJECT_BOX), np.uint16) * 257)
    opaque = pictures.mask(pictures.OBJECT_BOX).convert("RGBA")
    for image in (cut_out, one_bit, deep, opaque):
        seen = observe(pictures.photo_file(), object_mask=pictures.file_of(image)).object_mask
        assert seen.sum() == (right - left) * (bottom - top) and seen[top, left], image.mode


def test_a_little_overlap_goes_to_the_occluder():
    left, top, right, bottom = pictures.OBJECT_BOX
    occluder = pictures.file_of(pictures.mask((right - 5, top, right + 20, bottom)))  # 5 of 30 columns: 17 %
    seen = observe(pictures.photo_file(), occluder_mask=occluder)
    assert not (seen.object_mask & seen.occluder_mask).any()
    assert seen.object_mask.sum() == (right - 5 - left) * (bottom - top)


@pytest.mark.parametrize(
    ("seen_box", "hiding_box", "code"),
    [
        (None, None, "object_mask_empty"),
        ((0, 0, 96, 64), None, "object_mask_full"),
        ((20, 10, 50, 50), (0, 0, 96, 64), "object_all_hidden"),
        ((20, 10, 50, 50), (20, 10, 30, 50), "masks_overlap"),
        ((20, 10, 27, 19), None, "object_too_small"),
    ],
)
def test_masks_that_cannot_be_are_told_by_code(seen_box, hiding_box, code: str):
    masks = {"object_mask": pictures.file_of(pictures.mask(seen_box))}
    if hiding_box:
        masks["occluder_mask"] = pictures.file_of(pictures.mask(hiding_box))
    fault = fault_of(observe, pictures.photo_file(), **masks)
    assert (fault.code, fault.action) == (code, "edit_masks")


def test_masks_of_other_sizes_are_all_told_with_both_sizes():
    small = pictures.file_of(pictures.mask((2, 2, 20, 20), (32, 32)))
    given = {"object mask": small, "occluder mask": small, "keep mask": None}
    with pytest.raises(InputFaults) as caught:
        load_masks(pictures.SIZE, given)
    assert [one.code for one in caught.value.faults] == ["mask_size", "mask_size"]
    assert "32×32" in caught.value.faults[1].message and "96×64" in caught.value.faults[1].message
    assert "occluder mask" in caught.value.faults[1].message
