"""The box of last resort is a closed box of its size on the ground."""

from __future__ import annotations

import numpy as np
import pytest

from deocc.data.occluders.solids import box


def test_a_box_is_closed_outward_of_its_size_and_stands_on_its_middle():
    made = box((0.2, 0.3, 0.7), np.array([10, 20, 30], np.uint8))
    low, high = made.bounds()
    assert np.allclose(low, (-0.1, -0.15, 0.0)) and np.allclose(high, (0.1, 0.15, 0.7))
    assert made.is_watertight()
    assert made.volume() == pytest.approx(0.2 * 0.3 * 0.7, rel=1e-6)  # positive: its faces look outward
    assert made.colours is not None and (made.colours == (10, 20, 30)).all()
