"""Volume IoU: closed forms, meshes with holes, and that the short way finds what the long one does."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("igl")
from scipy.spatial.transform import Rotation

from deocc.bench.metrics.similarity import moved, similarity
from deocc.bench.metrics.volume import INSIDE, _corners, _winding, inside, joint_grid, volume_iou
from tests.bench.metrics.solids import Solid, ball, box, chair, joined, square


def iou(a: Solid, b: Solid, cells: int = 64) -> float | None:
    return volume_iou(*a, *b, cells)


def test_unit_cubes_shifted_by_a_quarter_share_three_fifths():
    # 60 cells over 1.25: the cubes' faces lie between cells, so the count is exact
    assert iou(box(), box(at=(0.25, 0, 0)), 60) == pytest.approx(0.75 / 1.25)
    assert iou(box(), box(at=(2, 0, 0)), 60) == 0


def test_a_ball_in_a_ball_fills_the_cube_of_its_radius():
    assert iou(ball(0.8), ball(1.0)) == pytest.approx(
        0.8**3, abs=0.003
    )  # 140,000 cells, 0.5 % at the surface


def test_a_mesh_beside_itself_is_one_in_any_frame():
    vertices, faces = chair()
    move = similarity(Rotation.from_euler("xyz", [0.3, 1, 2]).as_matrix(), 7.0, np.array([1, 2, 3]))
    assert iou((vertices, faces), (vertices, faces)) == 1
    assert iou((moved(vertices, move), faces), (moved(vertices, move), faces)) == 1


def test_moving_both_together_changes_no_more_than_the_grid_does():
    a, b = chair(), box((0.6, 0.6, 0.9), (0, 0, 0.2))
    still = iou(a, b)
    move = similarity(Rotation.from_euler("xyz", [0.3, 1, 2]).as_matrix(), 7.0, np.array([1, 2, 3]))
    assert iou((moved(a[0], move), a[1]), (moved(b[0], move), b[1])) == pytest.approx(still, abs=0.01)
    assert iou(a, b, 128) == pytest.approx(still, abs=0.01)


def test_moving_one_alone_is_noticed():
    a = chair()
    assert 0 < (iou((a[0] * 1.1, a[1]), a) or 0) < 0.8
    assert 0 < (iou((a[0] + (0.05, 0, 0), a[1]), a) or 0) < 0.8


def test_a_box_without_its_lid_has_the_box_s_volume_and_so_has_one_inside_out():
    vertices, faces = box()
    centres = vertices[faces].mean(axis=1)
    open_box = (vertices, faces[centres[:, 2] < 0.49])
    # the lid is seen from inside under less than half of all directions, so the number stays above a half
    assert len(open_box[1]) == 10 and iou(open_box, box()) == 1
    assert iou((vertices, faces[:, ::-1]), box()) == 1


def test_what_has_no_volume():
    assert iou(box(), square()) is None  # no truth to compare with
    assert iou(square(), box()) == 0
    nothing = (np.zeros((0, 3)), np.zeros((0, 3), int))
    assert iou(nothing, box()) == 0 and iou(box(), nothing) is None
    assert iou((np.zeros((3, 3)), np.array([[0, 1, 2]])), (np.zeros((3, 3)), np.array([[0, 1, 2]]))) is None


def test_vertices_that_no_face_uses_do_not_stretch_the_grid():
    vertices, faces = box()
    assert iou((np.concatenate([vertices, [[50.0, 0, 0]]]), faces), box()) == 1


@pytest.mark.parametrize("hole", [0.0, 0.25, 0.5])
@pytest.mark.parametrize(
    "solid", [chair(), ball(1, 3), joined(box(), square(0.7))], ids=["chair", "ball", "sheet"]
)
def test_blocks_that_are_answered_as_one_hold_what_their_cells_would_say(solid, hole):
    vertices, faces = solid
    centres = vertices[faces].mean(axis=1)
    corners = _corners(vertices, faces[np.linalg.norm(centres - centres[7], axis=1) >= hole])
    grid = joint_grid(corners.reshape(-1, 3), 40)
    at = np.moveaxis(np.indices(grid.counts), 0, -1).reshape(-1, 3)
    one_by_one = np.abs(_winding(corners)(grid.low + (at + 0.5) * grid.side)) > INSIDE
    assert np.array_equal(inside(corners, grid).reshape(-1), one_by_one)
