"""The demo's sheet shows what it says: object, hatched occluder, outlined hidden part, in every frame."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from demo.sheet import INVENTED_LINE, OBJECT_TINT, OCCLUDER_TINT, PAPER, WIDTH_PX, compose


def sheet_of(height: int, width: int) -> np.ndarray:
    """The sheet of a grey photo whose object's right half is hidden, touching the photo's border below."""
    photo = np.full((height, width, 3), 90, np.uint8)
    whole = np.zeros((height, width), bool)
    whole[height // 2 :, width // 4 : 3 * width // 4] = True
    occluder = np.zeros_like(whole)
    occluder[height // 2 :, width // 2 :] = True
    completed = np.dstack([photo, np.where(whole, 255, 0).astype(np.uint8)]).astype(np.uint8)
    sides = [Image.new("RGBA", (400, 320), (10, 20, 30, 255))] * 3
    views = [Image.new("RGBA", (320, 320), (0, 0, 0, 0))] * 6
    return np.asarray(compose(photo, whole & ~occluder, occluder, completed, sides, views))


def share_of(sheet: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(sheet.astype(int) - colour).max(axis=2) < 30).mean())


@pytest.mark.parametrize(("height", "width"), [(120, 160), (160, 120), (64, 256)])
def test_every_colour_of_the_legend_is_on_the_sheet(height: int, width: int) -> None:
    sheet = sheet_of(height, width)
    assert sheet.shape[1] == WIDTH_PX
    for line in (OBJECT_TINT, OCCLUDER_TINT, INVENTED_LINE):
        assert share_of(sheet, line) > 0.0002  # a line two pixels wide and some hundred long
    assert share_of(sheet, (10, 20, 30)) > 0.15  # three sides fill their row
    assert tuple(sheet[0, 0]) == PAPER
