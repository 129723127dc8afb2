"""The crop that the draft backend works on: what it allows, where it ends, and the way back to the photo."""

from __future__ import annotations

import numpy as np

from deocc.backends.draft.canvas import make_canvas, paste_back
from deocc.observation import Observation


def observation(seen: np.ndarray, occluder: np.ndarray, keep: np.ndarray | None = None) -> Observation:
    photo = np.random.default_rng(1).integers(0, 256, (*seen.shape, 3)).astype(np.uint8)
    return Observation(photo, seen, occluder, np.zeros_like(seen) if keep is None else keep)


def box(shape: tuple[int, int], rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[rows, columns] = True
    return mask


def test_only_occluder_and_gap_may_hide_where_the_photo_goes_on():
    seen = box((100, 140), np.s_[40:70], np.s_[50:80])
    occluder = box((100, 140), np.s_[20:90], np.s_[82:110])  # two pixels of background between
    canvas = make_canvas(observation(seen, occluder))
    hides = paste_back(canvas, canvas.picture, canvas.may_hide)[..., 3] > 0
    allowed = occluder | box((100, 140), np.s_[40:70], np.s_[80:82])
    assert not (hides & ~allowed).any()
    assert hides[40:70, 80:82].mean() > 0.9  # the strip; its two ends are rounded off
    assert not (canvas.may_hide & canvas.seen).any()


def test_a_wide_gap_is_background():
    seen = box((100, 140), np.s_[40:70], np.s_[50:80])
    occluder = box((100, 140), np.s_[20:90], np.s_[90:110])  # ten pixels, a third of the object
    canvas = make_canvas(observation(seen, occluder))
    hides = paste_back(canvas, canvas.picture, canvas.may_hide)[..., 3] > 0
    assert not hides[:, 80:90].any()


def test_an_object_at_the_border_may_go_on_beyond_it():
    seen = box((100, 140), np.s_[40:70], np.s_[0:40])
    canvas = make_canvas(observation(seen, np.zeros_like(seen)))
    assert canvas.left < -20  # REACH: three quarters of its 40 pixels
    assert canvas.may_hide[:, : -canvas.left].any()
    assert canvas.top >= 0  # the background is seen above it


def test_nothing_touching_the_border_stays_inside():
    seen = box((60, 60), np.s_[20:40], np.s_[20:40])
    canvas = make_canvas(observation(seen, box((60, 60), np.s_[10:50], np.s_[40:50])))
    height, width = canvas.seen.shape
    assert canvas.left >= 0 and canvas.top >= 0
    assert canvas.left + width <= 60 and canvas.top + height <= 60


def test_kept_pixels_never_hide():
    seen = box((80, 80), np.s_[20:60], np.s_[20:40])
    occluder = box((80, 80), np.s_[10:70], np.s_[40:70])
    keep = box((80, 80), np.s_[0:35], np.s_[0:80])
    canvas = make_canvas(observation(seen, occluder, keep))
    assert canvas.may_hide.any()
    assert not (canvas.may_hide & canvas.keep).any()


def test_seen_pixels_come_back_exactly():
    seen = box((50, 70), np.s_[0:30], np.s_[20:50])  # touches the upper border
    given = observation(seen, np.zeros_like(seen))
    canvas = make_canvas(given)
    back = paste_back(canvas, canvas.picture, canvas.seen)
    assert back.shape == (50, 70, 4)
    assert np.array_equal(back[..., 3] == 255, seen)
    assert np.array_equal(back[seen][:, :3], given.photo[seen])
