"""The atlas: what the photo shows is the photo to the pixel, the rest is made of it without a seam."""

from __future__ import annotations

import functools
from itertools import pairwise

import numpy as np
import pytest

from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.silhouette.hypotheses import Completion
from deocc.backends.draft.solid.shape import Solid, build
from deocc.backends.draft.solid.texture import (
    BAND_PX,
    PADDING_PX,
    Chart,
    Surface,
    bake,
    photo_chart,
    photographed,
)
from deocc.geometry.cameras import look_at_origin, pinhole
from deocc.geometry.raycast import render_views
from tests.draft.solids import box, camera, canvas, outline, vase

KINDS = ("inflate", "revolve", "box")


def noise(shape: tuple[int, ...]) -> np.ndarray:
    """Every pixel another colour: whatever shifts, blurs or shrinks it by a pixel is off by 50 levels."""
    return np.random.default_rng(3).integers(40, 216, (*shape, 3)).astype(np.uint8)


def waves(shape: tuple[int, ...]) -> np.ndarray:
    """Soft colours that differ everywhere."""
    y, x = np.indices(shape)
    bands = [128 + 80 * np.sin(x / 23), 128 + 80 * np.sin(y / 17), 128 + 60 * np.sin((x + y) / 31)]
    return np.stack(bands, axis=-1).astype(np.uint8)


@functools.cache
def solid(kind: str, look: str = "waves") -> tuple[Solid, np.ndarray, np.ndarray]:
    """Built as `kind`, with its silhouette and its photo."""
    bodies = {
        "inflate": vase([(0.1, -0.4), (0.6, 0), (0.1, 0.4)]),
        "revolve": vase([(0.3, -0.5), (0.45, 0.5)]),
    }
    if kind == "box":
        mask = outline(box((0.9, 0.6, 0.8)), camera(20.0, azimuth_deg=30.0))
    else:
        mask = outline(bodies[kind], camera(20.0))
    picture = noise(mask.shape) if look == "noise" else waves(mask.shape)
    options = DraftOptions(shape=kind, triangles=8000)
    whole = Completion(mask, "seen", None, 1.0)
    return build(canvas(mask, picture), whole, picture, None, options), mask, picture


def colours_at(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """(N, 3) of the texels at uv, bilinear."""
    height, width = texture.shape[:2]
    x, y = uv[:, 0] * width - 0.5, (1 - uv[:, 1]) * height - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    found = np.zeros((len(uv), 3))
    for dx in (0, 1):
        for dy in (0, 1):
            weight = np.abs(1 - dx - (x - left)) * np.abs(1 - dy - (y - top))
            row, column = np.clip(top + dy, 0, height - 1), np.clip(left + dx, 0, width - 1)
            found += texture[row, column] * weight[:, None]
    return found


def shallow(mask: np.ndarray, by: int) -> np.ndarray:
    """The mask without its outermost pixels."""
    inner = mask.copy()
    for axis in (0, 1):
        for step in range(1, by + 1):
            inner &= np.roll(mask, step, axis) & np.roll(mask, -step, axis)
    return inner


@pytest.mark.parametrize("kind", KINDS)
def test_the_photos_camera_sees_the_photo_to_the_pixel(kind: str):
    made, mask, picture = solid(kind, "noise")
    (view,) = render_views(made.mesh, made.texture, (made.photo_camera,))
    compared = shallow(mask & (view[..., 3] == 255), 4)  # at the outline the body may face away or fall short
    assert compared.sum() > 0.75 * mask.sum()
    off = np.abs(view[..., :3].astype(int) - picture)[compared]
    # uv run straight within a triangle where the photo's pixels do not quite: a fraction of a pixel of 50
    assert np.median(off) <= 2
    assert off.mean() < 4


def test_a_large_object_keeps_single_pixels():
    view = pinhole(1200, 1000, 45.0, look_at_origin(30.0, 20.0, 1.75))
    mask = outline(box((0.9, 0.6, 0.8)), view)
    columns = np.flatnonzero(mask.any(axis=0))
    assert columns[-1] - columns[0] > 900
    picture = noise(mask.shape)
    made = build(
        canvas(mask, picture), Completion(mask, "seen", None, 1.0), picture, None, DraftOptions(shape="box")
    )
    assert max(made.texture.shape) <= DraftOptions().texture_px
    code = np.array([1 << 16, 1 << 8, 1])
    rows, columns = np.nonzero(shallow(mask, 12))
    kept = np.isin(picture[rows, columns] @ code, made.texture.reshape(-1, 3) @ code).mean()
    # a colour of 5 million possible ones comes back only where the pixel itself is there; all but the faces
    # that look past the camera
    assert kept > 0.9


@pytest.mark.parametrize("limit", [256, 700])
def test_no_side_is_longer_than_wished(limit: int):
    mask = outline(box((0.9, 0.6, 0.8)), pinhole(1200, 1000, 45.0, look_at_origin(30.0, 20.0, 1.75)))
    options = DraftOptions(shape="box", texture_px=limit)
    picture = waves(mask.shape)
    made = build(canvas(mask, picture), Completion(mask, "seen", None, 1.0), picture, None, options)
    assert 0.6 * limit < max(made.texture.shape) <= limit


@pytest.mark.parametrize("kind", ["inflate", "revolve"])
def test_no_seam_shows_on_round_bodies(kind: str):
    made, _, _ = solid(kind)
    _, place = made.mesh.weld()
    colours = colours_at(made.texture, made.mesh.uv)
    order = np.argsort(place, kind="stable")
    pairs = [(a, b) for a, b in pairwise(order) if place[a] == place[b]]
    # the rims of the end discs are edges of the body, where the side ends and another surface begins
    low, high = made.mesh.bounds()
    smooth = [(a, b) for a, b in pairs if low[2] + 0.02 < made.mesh.vertices[a, 2] < high[2] - 0.02]
    assert len(smooth) > 40
    step = np.abs(colours[[a for a, _ in smooth]] - colours[[b for _, b in smooth]]).max(axis=1)
    assert np.mean(step) < 4  # of waves 160 levels high
    assert np.percentile(step, 95) < 16


def test_sides_of_a_box_that_are_seen_share_the_photo():
    made, _, _ = solid("box")
    faces = made.mesh.faces
    corners = made.mesh.vertices[faces].astype(float)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    towards = made.photo_camera.centre - corners.mean(axis=1)
    shown = (normal * towards).sum(axis=1) > 0.2 * np.linalg.norm(normal, axis=1) * np.linalg.norm(
        towards, axis=1
    )
    used = np.unique(faces[shown])
    _, place = made.mesh.weld()
    order = used[np.argsort(place[used], kind="stable")]
    twice = place[order[1:]] == place[order[:-1]]
    apart = np.abs(made.mesh.uv[order[1:]] - made.mesh.uv[order[:-1]])[twice]
    assert apart.max(initial=0) < 1e-5  # no place has two texels: there is no seam


def test_the_back_of_a_box_is_its_front_turned_around():
    made, _, _ = solid("box")
    mesh, colours = made.mesh, colours_at(made.texture, made.mesh.uv)
    off = []
    for i in np.flatnonzero(mesh.seen > 0)[::17]:
        away = np.linalg.norm(mesh.vertices - mesh.vertices[i] * (-1, -1, 1), axis=1)
        j = int(away.argmin())
        if away[j] < 1e-3 and abs(mesh.vertices[i, 2]) < 0.9 * mesh.vertices[:, 2].max():
            off.append(np.abs(colours[i] - colours[j]).max())
    assert len(off) > 40
    assert np.median(off) < 8  # resampled once


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_not_seen_is_flat(kind: str):
    made, _, _ = solid(kind)
    colours = colours_at(made.texture, made.mesh.uv)
    seen = made.mesh.seen > 0
    assert 0.2 < seen.mean() < 0.8
    assert colours[~seen].std(axis=0).min() > 0.5 * colours[seen].std(axis=0).min()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_behind_the_object_gets_on_it(kind: str):
    _, mask, _ = solid(kind)
    picture = np.where(mask[..., None], 100, (255, 0, 255)).astype(np.uint8)
    whole = Completion(mask, "seen", None, 1.0)
    made = build(canvas(mask, picture), whole, picture, None, DraftOptions(shape=kind, triangles=8000))
    colours = colours_at(made.texture, made.mesh.uv)
    assert np.abs(colours - 100).max() < 1


def test_charts_lie_apart_in_the_atlas():
    charts = tuple(
        Chart(size, np.zeros((2, 2, 2), np.float32)) for size in ((90, 40), (30, 80), (50, 50), (7, 3))
    )
    corners = np.array([(0, 0), (1, 0), (0, 1), (1, 1)], float)
    surface = Surface(
        points=np.zeros((16, 3)),
        point=np.arange(16),
        chart=np.repeat(np.arange(4), 4),
        place=np.tile(corners, (4, 1)),
        faces=np.zeros((0, 3), np.int64),
        charts=charts,
    )
    whole = np.ones((20, 20), bool)
    uv, atlas = bake(surface, (np.zeros((20, 20, 3), np.uint8),), whole, 256)
    pixels = uv * atlas.shape[1::-1]
    low, high = pixels.reshape(4, 4, 2).min(axis=1), pixels.reshape(4, 4, 2).max(axis=1)
    assert low.min() >= PADDING_PX - 1e-3
    for i in range(4):
        for j in range(i):
            gap = np.maximum(low[i] - high[j], low[j] - high[i]).max()
            assert gap >= 2 * PADDING_PX - 1e-3


def test_each_chart_has_the_colours_of_its_own_picture():
    square = np.array([[(10, 20), (40, 20)], [(10, 50), (40, 50)]], np.float32)
    charts = tuple(Chart((30, 30), square, picture=i) for i in (0, 1, 0, 2))
    corners = np.array([(0, 0), (1, 0), (0, 1), (1, 1)], float)
    points, chart = np.zeros((16, 3)), np.repeat(np.arange(4), 4)
    faces = np.zeros((0, 3), np.int64)
    surface = Surface(points, np.arange(16), chart, np.tile(corners, (4, 1)), faces, charts)
    grey = tuple(np.full((60, 50, 3), level, np.uint8) for level in (50, 100, 150))
    uv, atlas = bake(surface, grey, np.ones((60, 50), bool), 256)
    middle = uv.reshape(4, 4, 2).mean(axis=1)
    assert colours_at(atlas, middle)[:, 0].tolist() == [50, 100, 50, 150]


def test_a_chart_higher_than_a_band_is_painted_without_a_step():
    ramp = np.broadcast_to(np.arange(200, dtype=np.uint8)[:, None, None], (200, 40, 3))
    chart, place = photo_chart(np.array([(1.5, 1.5), (38.5, 198.5)]))
    surface = Surface(
        np.zeros((2, 3)), np.arange(2), np.zeros(2, int), place, np.zeros((0, 3), np.int64), (chart,)
    )
    uv, atlas = bake(surface, (ramp,), np.ones((200, 40), bool), 256)
    assert atlas.shape[0] > 3 * BAND_PX
    column = colours_at(atlas, np.linspace(uv[0], uv[1], 150))[:, 0]
    assert column == pytest.approx(np.linspace(1, 198, 150), abs=0.51)


def test_a_photo_chart_lies_on_whole_pixels():
    chart, place = photo_chart(np.array([(10.3, 20.7), (50.2, 80.1)]))
    assert chart.photo
    assert chart.source[0, 0].tolist() == [9, 19] and chart.source[1, 1].tolist() == [52, 82]
    assert chart.size_px == (43, 63)
    assert place[0] == pytest.approx(((10.3 - 9) / 43, (20.7 - 19) / 63))


def test_faces_that_look_away_keep_their_chart_and_nothing_is_left_over():
    view = camera(0.0)
    corners = np.array([(-0.2, -0.1, -0.2), (0.2, -0.1, -0.2), (0.2, -0.1, 0.2), (-0.2, -0.1, 0.2)])
    points = np.concatenate([corners, corners * (1.0, -1.0, 1.0)])
    front, back = np.array([(0, 1, 2), (0, 2, 3)]), np.array([(4, 6, 5), (4, 7, 6)])
    charts = (
        Chart((40, 40), np.zeros((2, 2, 2), np.float32)),
        Chart((40, 40), np.zeros((2, 2, 2), np.float32)),
    )
    place = np.tile(np.array([(0, 1), (1, 1), (1, 0), (0, 0)], float), (2, 1))
    surface = Surface(
        points, np.arange(8), np.repeat([0, 1], 4), place, np.concatenate([front, back]), charts
    )
    shown = photographed(surface, view, 0.2)
    assert [chart.photo for chart in shown.charts] == [False, True]
    assert shown.photo[shown.faces[:2]].all() and not shown.photo[shown.faces[2:]].any()
    assert len(shown.point) == 8 and len(np.unique(shown.faces)) == 8
    assert np.array_equal(shown.points[shown.point[shown.faces]], points[surface.faces])


@pytest.mark.parametrize("kind", KINDS)
def test_what_counts_as_seen_has_the_photos_own_colours(kind: str):
    made, mask, picture = solid(kind, "noise")
    seen = np.flatnonzero(made.mesh.seen > 0)
    pixels, _ = made.photo_camera.project(made.mesh.vertices[seen].astype(float))
    x, y = np.floor(pixels).astype(int).T
    assert mask[y, x].all()
    here = np.stack([pixels[:, 0] / mask.shape[1], 1 - pixels[:, 1] / mask.shape[0]], axis=1)
    inner = shallow(mask, 3)[y, x]  # the outermost pixels mix in what is behind
    off = np.abs(colours_at(made.texture, made.mesh.uv[seen]) - colours_at(picture, here))[inner]
    assert off.mean() < 2  # of noise that a pixel aside differs by 50
