"""Contact occlusions: how many triangles, connected how, and the same ones from every side."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, shortest_path

from deocc.data.occluders.contact import RULES, face_mask, face_masks, growths, walk_over
from deocc.geometry.cameras import look_at_origin, pinhole
from deocc.geometry.mesh import Mesh
from tests.data.occluders.bodies import as_mesh, ball, joined

SIDES = [pinhole(200, 200, 40.0, look_at_origin(yaw, 30, 2.0)) for yaw in (0, 90, 180, 270)]


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def sharing_edges(mesh: Mesh) -> csr_matrix:
    """(M, M) by trimesh's own adjacency over vertices merged by place."""
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    pairs = solid.face_adjacency
    return csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(mesh.faces),) * 2)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("ratio", [0.001, 0.2, 0.5, 0.77, 1.0])
def test_the_share_of_triangles_is_exact_and_they_are_one_piece(rule, ratio):
    mesh = ball()  # 1,280 triangles
    chosen = walk_over(mesh, ratio, draw(), rule)
    assert chosen.sum() == max(int(ratio * 1280), 1)
    inside = sharing_edges(mesh)[chosen][:, chosen]
    assert connected_components(inside, directed=False)[0] == 1


def test_breadth_takes_the_triangles_nearest_to_one_of_them():
    mesh = ball(subdivisions=2)  # 320 triangles
    steps = shortest_path(sharing_edges(mesh), directed=False, unweighted=True)
    for seed in range(5):
        chosen = walk_over(mesh, 0.4, draw(seed), "breadth")
        farthest, nearest_left = steps[:, chosen].max(axis=1), steps[:, ~chosen].min(axis=1)
        assert (farthest[chosen] <= nearest_left[chosen]).any()


def test_a_walk_strays_where_breadth_stays_together():
    mesh = ball()
    seams = {}
    for rule in RULES:
        chosen = walk_over(mesh, 0.4, draw(3), rule)
        rows, columns = sharing_edges(mesh).nonzero()
        seams[rule] = int((chosen[rows] != chosen[columns]).sum())
    assert seams["walk"] > 2 * seams["breadth"]  # edges between hidden and seen triangles


@pytest.mark.parametrize("rule", RULES)
def test_growth_crosses_seams_of_texture_and_starts_anew_in_the_next_piece(rule):
    cube = joined(((1, 1, 1), (0, 0, 0)))  # six sides that share no vertices
    assert walk_over(cube, 0.99, draw(), rule).sum() == 11
    for seed in range(20):
        chosen = walk_over(cube, 0.34, draw(seed), rule)  # 4 of 12: two sides in part or wholly
        inside = sharing_edges(cube)[chosen][:, chosen]
        assert connected_components(inside, directed=False)[0] == 1
    two = joined(((1, 1, 1), (-2, 0, 0)), ((1, 1, 1), (2, 0, 0)))
    chosen = walk_over(two, 0.75, draw(2), rule)
    assert sorted((int(chosen[:12].sum()), int(chosen[12:].sum()))) == [6, 12]  # one used up, then the other


@pytest.mark.parametrize("rule", RULES)
def test_loose_triangles_and_long_tubes_take_no_longer_than_others(rule):
    soup = Mesh(
        draw().random((30_000, 3), np.float32),
        np.arange(30_000, dtype=np.int32).reshape(-1, 3),
        np.zeros((30_000, 2), np.float32),
        np.zeros(30_000, np.float32),
    )
    count = 20_000
    zigzag = np.stack([np.arange(count) * 0.001, np.arange(count) % 2, np.zeros(count)], axis=1)
    corners = np.arange(count - 2)[:, None] + (0, 1, 2)
    strip = as_mesh(trimesh.Trimesh(zigzag, corners, process=False))
    for mesh in (soup, strip):
        # a walk along the strip that never goes back would take minutes
        assert walk_over(mesh, 0.5, draw(), rule).sum() == len(mesh.faces) // 2


def test_a_triangle_hidden_from_one_side_is_hidden_from_every_side():
    mesh = ball(subdivisions=1)  # 80 triangles, each some hundred pixels
    chosen = walk_over(mesh, 0.45, draw(7))
    middles = mesh.vertices[mesh.faces].mean(axis=1)
    looked_at = np.zeros(80, int)
    for camera, hidden in zip(SIDES, face_masks(mesh, chosen, SIDES), strict=True):
        towards = camera.centre - middles
        facing = (towards * middles).sum(axis=1) / np.linalg.norm(towards, axis=1) > 0.1  # not edge-on
        pixels = np.floor(camera.project(middles[facing])[0]).astype(int)
        assert np.array_equal(hidden[pixels[:, 1], pixels[:, 0]], chosen[facing])
        looked_at[facing] += 1
    assert (looked_at >= 2).sum() > 20  # so many were looked at from two sides at least


def test_what_another_part_covers_does_not_count_as_hidden_by_contact():
    mesh = joined(((0.4, 0.1, 0.4), (0, -0.3, -0.2)), ((0.4, 0.1, 0.4), (0, 0.3, -0.2)))
    rear = np.arange(24) >= 12
    camera = pinhole(100, 100, 40.0, look_at_origin(0, 0, 2.0))
    assert face_mask(mesh, rear, camera).sum() == 0
    side_px = 0.4 / 1.65 * camera.fx  # of the front box, which stands 1.65 away
    assert face_mask(mesh, ~rear, camera).sum() == pytest.approx(side_px**2, rel=0.06)  # a row of pixels


@pytest.mark.parametrize("rule", RULES)
def test_one_seed_hides_the_same_triangles(rule):
    first, again, other = (walk_over(ball(), 0.3, draw(seed), rule) for seed in (5, 5, 6))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_a_growth_has_every_triangle_once_and_its_beginning_is_one_patch():
    mesh = ball()  # 1,280 triangles
    steps = shortest_path(sharing_edges(mesh), directed=False, unweighted=True)
    drawn = growths(mesh, draw())
    starts = set()
    for _ in range(5):
        order = next(drawn)
        np.testing.assert_array_equal(np.sort(order), np.arange(1280))
        from_start = steps[order[0]][order]
        assert (np.diff(from_start) >= 0).all()  # breadth first: never nearer again
        inside = sharing_edges(mesh)[order[:400]][:, order[:400]]
        assert connected_components(inside, directed=False)[0] == 1
        starts.add(int(order[0]))
    assert len(starts) == 5


def test_a_growth_uses_up_one_component_before_it_goes_to_another():
    mesh = joined(((1, 1, 1), (0, 0, 0)), ((0.2, 0.2, 0.2), (2, 0, 0)), ((0.3, 0.3, 0.3), (4, 0, 0)))
    _, piece = connected_components(sharing_edges(mesh), directed=False)
    drawn = growths(mesh, draw())
    firsts = set()
    for _ in range(20):
        pieces = piece[next(drawn)]
        assert (np.diff(pieces) != 0).sum() == 2
        firsts.add(int(pieces[0]))
    assert firsts == {0, 1, 2}
