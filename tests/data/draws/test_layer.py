"""Cut-outs in a frame: where they are put, how they blend, what their shadows do."""

import numpy as np

from deocc.data.draws.layer import Layer, box, grown, only, paste, placed, shade, similarity, warped

SIDE = 96


def block(alpha: int = 255) -> np.ndarray:
    """(32, 32, 4) red in the middle 16 × 16, colours multiplied by alpha."""
    out = np.zeros((32, 32, 4), np.uint8)
    out[8:24, 8:24] = (200 * alpha // 255, 0, 0, alpha)
    return out


def test_a_shift_by_whole_pixels_changes_no_pixel() -> None:
    layer = placed(block(), similarity(1.0, 0.0, False, 16.0, (50.0, 40.0)))
    assert (layer.left, layer.top) == (42, 32)
    assert (layer.rgba == block()[8:24, 8:24]).all()


def test_a_mirror_and_a_quarter_turn_land_where_they_should() -> None:
    """The pixel at the block's upper left goes to the upper right, by a mirror as by 90° clockwise."""
    cutout = block()
    cutout[8, 8] = (0, 99, 0, 255)
    for matrix in (
        similarity(1.0, 0.0, True, 16.0, (50.0, 40.0)),
        similarity(1.0, 90.0, False, 16.0, (50.0, 40.0)),
    ):
        layer = placed(cutout, matrix)
        frame = np.zeros((SIDE, SIDE, 3), np.uint8)
        paste(frame, layer)
        assert frame[32, 57, 1] == 99


def test_doubling_keeps_the_middle_of_pixels() -> None:
    """A block of 16 becomes 32 wide about the same point: half-transparent pixels fall outside 127."""
    covers = placed(block(), similarity(2.0, 0.0, False, 16.0, (50.0, 40.0))).covers(SIDE)
    assert box(covers) == (34, 24, 66, 56)


def test_pasting_blends_by_alpha_and_is_cut_at_the_frame() -> None:
    """100 under 128 / 255 of red 200: 100 · 127 / 255 + 100, within one level of rounding."""
    frame = np.full((SIDE, SIDE, 3), 100, np.uint8)
    paste(frame, Layer(block(128)[8:24, 8:24], -8, 90))
    assert np.abs(frame[90:, :8].astype(int) - (150, 50, 50)).max() <= 1
    assert (frame[:90] == 100).all() and (frame[:, 8:] == 100).all()
    paste(frame, Layer(block()[8:24, 8:24], 300, 300))  # beside the frame: nothing


def test_a_shadow_only_darkens_and_by_no_more_than_its_strength() -> None:
    """Under the middle of a large shadow 40 % is gone, within two levels; 30 px beside it nothing is."""
    frame, covered = np.full((SIDE, SIDE, 3), 200, np.uint8), np.zeros((SIDE, SIDE), bool)
    covered[20:60, 20:60] = True
    shade(frame, covered, np.array([[1.0, 0, 8], [0, 1, 0]]), 2.0, 0.4)
    assert np.abs(frame[40, 48].astype(int) - 120).max() <= 2
    assert (frame[40, 8] == 200).all() and (frame <= 200).all()


def test_growing_is_by_a_disc_and_shrinking_undoes_it() -> None:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[40:56, 40:56] = True
    assert box(grown(mask, 5)) == (35, 35, 61, 61)
    assert not grown(mask, 5)[35, 35]
    assert (grown(grown(mask, 5), -5) == mask).all()
    assert not grown(mask, -8).any()
    corner = np.zeros_like(mask)
    corner[:4, :4] = True
    assert box(grown(corner, 3)) == (0, 0, 7, 7)
    assert not grown(np.zeros_like(mask), 3).any()


def test_only_keeps_what_the_mask_holds() -> None:
    mask = np.zeros((4, 4), bool)
    mask[1, 2] = True
    for dtype, channels in ((np.uint8, 3), (np.float32, 2)):
        out = only(np.full((4, 4, channels), 7, dtype), mask)
        assert out[1, 2].tolist() == [7] * channels and out.sum() == 7 * channels


def test_floats_are_warped_as_they_are() -> None:
    """A ramp moved by a whole pixel is the ramp one pixel further, 0 where nothing comes from."""
    ramp = np.arange(16, dtype=np.float32)[None].repeat(16, 0)
    out = warped(ramp, np.array([[1.0, 0, 1], [0, 1, 0]]), (16, 16))
    assert (out[:, 1:] == ramp[:, :-1]).all() and (out[:, 0] == 0).all()
