"""Solids of two depths: closed, true to the photo, as deep as they are said to be."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import trimesh
from scipy.spatial import KDTree

from deocc.backends.draft.canvas import Canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.learned.crop import SIDE, Square, resampled
from deocc.backends.draft.learned.passes import Prediction
from deocc.backends.draft.learned.solid import build_learned, plan_solid
from deocc.backends.draft.solid.shape import LEAST_TRIANGLES, MOST_TRIANGLES, Solid
from deocc.backends.draft.solid.viewpoint import elevation_of
from deocc.bench.metrics.masks import iou
from deocc.bench.metrics.surface import sample_surface
from deocc.contract import PhotoCamera
from deocc.geometry.cameras import Camera
from deocc.geometry.raycast import Caster
from tests.draft.learned.true_prediction import blank_prediction, true_prediction
from tests.draft.solids import ball, box, camera, canvas, crossing_edges, known_camera, mug, outline

OPTIONS = DraftOptions(triangles=8_000, texture_px=512)
SHAPE = (240, 320)


def built(
    before: Canvas,
    whole: np.ndarray,
    said: Prediction,
    known: PhotoCamera | None = None,
    options: DraftOptions = OPTIONS,
) -> Solid:
    back = np.full((*whole.shape, 3), 30, np.uint8)
    plan = plan_solid(before, whole, said, known, options)
    return build_learned(before, whole, (before.picture, back), said, plan, options)


def of_solid(solid: trimesh.Trimesh, elevation_deg: float = 20.0) -> Solid:
    view = camera(elevation_deg, 30.0)
    whole = outline(solid, view)
    return built(canvas(whole), whole, sure(true_prediction(solid, view)), known_camera(elevation_deg))


def sure(said: Prediction) -> Prediction:
    """It expects next to no error: no body of a few numbers is as good as its depths."""
    return replace(said, front_error=said.front_error / 10, back_error=said.back_error / 10)


def thin_parts() -> np.ndarray:
    """A table of lines: a top 6 px high, three legs, and a wire one pixel wide."""
    mask = np.zeros(SHAPE, np.uint8)
    mask[60:66, 40:280] = mask[66:200, 45:50] = mask[66:200, 270:274] = mask[66:190, 160:163] = 1
    cv2.line(mask, (50, 190), (270, 120), (1,), 1)
    return mask > 0


def distance_to(solid: trimesh.Trimesh, made: Solid, view: Camera) -> float:
    """Mean distance of the mesh's vertices from the solid's surface as seen from one camera, as a share of
    the solid's size; at the best of a few scales, since both are centred by their boxes, which differ a
    little."""
    angle = np.arctan2(view.centre[0], -view.centre[1])
    cos, sin = np.cos(angle), np.sin(angle)
    solid_from_object = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
    from_camera = (made.mesh.vertices - made.photo_camera.centre) @ solid_from_object.T
    same = np.linalg.norm(view.centre) / np.linalg.norm(made.photo_camera.centre)
    surface = KDTree(sample_surface(solid.vertices, solid.faces, 20_000, np.random.default_rng(0)).points)
    away = [
        surface.query(view.centre + from_camera * same * factor)[0].mean()
        for factor in (0.98, 0.99, 1, 1.01, 1.02)
    ]
    return float(min(away) / solid.extents.max())


SOLIDS = {"box": box((0.8, 0.5, 0.6)), "ball": ball(), "mug": mug()}
SOLIDS["mug"].apply_translation(-SOLIDS["mug"].bounds.mean(axis=0))  # as the object frame has it


@pytest.mark.parametrize("solid", SOLIDS.values(), ids=SOLIDS)
def test_true_depths_give_the_true_solid(solid: trimesh.Trimesh):
    made = of_solid(solid)
    assert made.kind == "learned"
    assert distance_to(solid, made, camera(20.0, 30.0)) < 0.02  # two of the network's pixels


@pytest.mark.parametrize("solid", SOLIDS.values(), ids=SOLIDS)
def test_the_mesh_is_sound_and_covers_the_outline_in_the_photo(solid: trimesh.Trimesh):
    made = of_solid(solid)
    whole = outline(solid, camera(20.0, 30.0))
    assert made.mesh.is_watertight() and made.mesh.volume() > 0
    assert crossing_edges(made.mesh) == 0
    assert LEAST_TRIANGLES <= len(made.mesh.faces) <= MOST_TRIANGLES
    covered = Caster(made.mesh.vertices, made.mesh.faces).covers(made.photo_camera)
    assert iou(covered, whole) > 0.97


def test_a_box_that_says_the_same_as_uncertain_depths_takes_their_place():
    solid, view = SOLIDS["box"], camera(20.0, 30.0)
    whole, said = outline(solid, view), true_prediction(solid, view)
    doubt = np.full((SIDE, SIDE), 0.2, np.float32)
    unsure = replace(said, front_error=doubt, back_error=2 * doubt)
    made = built(canvas(whole), whole, unsure, known_camera(20.0))
    assert made.kind == "box" and made.mesh.is_watertight()
    trusted = made.mesh.confidence
    assert trusted is not None
    pixels, depth = made.photo_camera.project(made.mesh.vertices)
    middle = made.photo_camera.project(np.zeros((1, 3)))[1][0]
    inner = np.hypot(*(pixels - pixels.mean(axis=0)).T) < 15
    for side, told in ((depth < middle, 0.296), (depth > middle, 0.174)):  # 1 / (1 + error / 0.084)
        assert trusted[inner & side] == pytest.approx(told, abs=0.005)
    assert built(canvas(whole), whole, sure(said), known_camera(20.0)).kind == "learned"
    other = replace(OPTIONS, shape="revolve")  # of the geometric draft's choices
    again = built(canvas(whole), whole, unsure, known_camera(20.0), other)
    assert again.kind == "box"
    assert again.texture.std() > 15  # the photo's speckle of 20 to 120, not the back's plain 30


def test_thin_parts_are_kept_and_closed():
    whole = thin_parts()
    square = Square(20, -20, 280)
    said = blank_prediction(square, resampled(whole, square) > 0.3)
    mesh = (made := built(canvas(whole), whole, said)).mesh
    assert mesh.is_watertight() and mesh.volume() > 0
    assert crossing_edges(mesh) == 0
    covered = Caster(mesh.vertices, mesh.faces).covers(made.photo_camera)
    missed = whole & ~(cv2.dilate(covered.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    assert missed.sum() < 0.02 * whole.sum()  # wires grow thicker and wobble by a pixel or two, none goes


def test_wild_depths_make_no_broken_mesh():
    whole = outline(ball(), camera(20.0))
    square = Square(80, 40, 160)
    noise = np.random.default_rng(1).normal(0, 3, (2, SIDE, SIDE)).astype(np.float32)
    said = replace(blank_prediction(square, resampled(whole, square) > 0.5), front=noise[0], back=noise[1])
    made = built(canvas(whole), whole, said)
    assert np.isfinite(made.mesh.vertices).all()
    assert made.mesh.is_watertight() and made.mesh.volume() > 0
    assert crossing_edges(made.mesh) == 0
    assert (np.linalg.norm(made.mesh.vertices - made.photo_camera.centre, axis=1) > 0.1).all()


def test_no_depth_reaches_farther_than_0_45_of_the_way_to_the_camera():
    whole = outline(ball(), camera(20.0))
    square = Square(80, 40, 160)
    deep = np.full((SIDE, SIDE), 50, np.float32)
    said = replace(blank_prediction(square, resampled(whole, square) > 0.5), front=deep, back=-deep)
    made = built(canvas(whole), whole, said)
    away = np.linalg.norm(made.mesh.vertices - made.photo_camera.centre, axis=1)
    assert away.max() / away.min() == pytest.approx(1.45 / 0.55, rel=0.05)  # rays aside are a little longer


def test_vertices_are_seen_where_the_photo_shows_them():
    solid, view = ball(), camera(20.0)
    whole = outline(solid, view)
    shown = canvas(whole)
    seen = whole.copy()
    seen[:, 170:] = False  # the right part is behind something
    part = Canvas(shown.picture, seen, whole & ~seen, shown.keep, 0, 0, shown.photo_size)
    made = built(part, whole, true_prediction(solid, view), known_camera(20.0))
    pixels, depth = made.photo_camera.project(made.mesh.vertices)
    middle = made.photo_camera.project(np.zeros((1, 3)))[1][0]
    facing = depth < middle - 0.1
    # all but some of those on the outline itself, which are looked at edge-on
    assert (made.mesh.seen[facing & (pixels[:, 0] < 168)] == 1).mean() > 0.98
    assert (made.mesh.seen[pixels[:, 0] > 172] == 0).all()
    assert (made.mesh.seen[depth > middle + 0.1] == 0).all()


def test_the_elevation_is_the_cameras_else_the_users_else_the_networks():
    solid, view = ball(), camera(50.0)
    whole = outline(solid, view)
    said = true_prediction(solid, view, elevation_deg=50.0)

    def elevation_deg(known: PhotoCamera | None, options: DraftOptions) -> float:
        return float(np.degrees(elevation_of(built(canvas(whole), whole, said, known, options).photo_camera)))

    assert elevation_deg(None, OPTIONS) == pytest.approx(50, abs=1)
    assert elevation_deg(None, replace(OPTIONS, elevation_deg=5.0)) == pytest.approx(5, abs=1)
    assert elevation_deg(known_camera(35.0), OPTIONS) == pytest.approx(35, abs=1)
    said = replace(said, elevation_deg=-50.0)  # the slider ends at -30
    assert elevation_deg(None, OPTIONS) == pytest.approx(-30, abs=1)


@pytest.mark.parametrize("left", [130, 255])
def test_depth_has_the_scale_of_the_picture_wherever_the_object_is(left: int):
    """A square of 60 px with front and back 0.2 halves apart is a fifth as deep as its crop is wide."""
    whole = np.zeros(SHAPE, bool)
    whole[90:150, left : left + 60] = True
    square = Square(left, 90, 60)
    made = built(canvas(whole), whole, blank_prediction(square))
    pixels, _ = made.photo_camera.project(made.mesh.vertices)
    from_camera = made.mesh.vertices - made.photo_camera.centre
    away = np.linalg.norm(from_camera, axis=1)
    inner = np.abs(pixels - (left + 30, 120)).max(axis=1) < 3
    corners = [
        np.argmin(np.abs(pixels - (left + dx, 90 + dy)).sum(axis=1)) for dx in (1, 59) for dy in (1, 59)
    ]
    rays = (from_camera / away[:, None])[corners]
    wide = np.mean([np.linalg.norm(rays[0] - rays[3]), np.linalg.norm(rays[1] - rays[2])]) / 58 * 60 / 2**0.5
    deep = np.ptp(away[inner]) / away[inner].mean()
    assert deep / wide == pytest.approx(0.1, rel=0.03)  # 0.2 of half a side; off the axis 1 / cos^1.5 is 1.14


def test_thickness_stretches_along_the_view():
    solid, view = ball(), camera(0.0)
    whole = outline(solid, view)
    said = true_prediction(solid, view, elevation_deg=0.0)
    plain, thick = (
        built(canvas(whole), whole, said, known_camera(0.0), replace(OPTIONS, thickness=one)).mesh.bounds()
        for one in (1.0, 2.0)
    )
    ratio = [(high - low)[1] / (high - low)[0] for low, high in (plain, thick)]
    assert ratio[0] == pytest.approx(1, abs=0.08) and ratio[1] / ratio[0] == pytest.approx(2, abs=0.1)


def test_confidence_falls_with_the_error_expected_and_where_nothing_may_be():
    solid, view = ball(), camera(20.0)
    whole = outline(solid, view)
    said = true_prediction(solid, view)
    right = np.broadcast_to(np.arange(SIDE) >= 64, (SIDE, SIDE))
    unsure = replace(said, logits=np.where(right, 0, said.logits).astype(np.float32))
    mesh = (made := built(canvas(whole), whole, unsure)).mesh
    assert mesh.confidence is not None and mesh.confidence.dtype == np.float32
    pixels, depth = made.photo_camera.project(mesh.vertices)
    middle = made.photo_camera.project(np.zeros((1, 3)))[1][0]
    inner = np.hypot(*(pixels - (160, 120)).T) < 30
    front, back = inner & (depth < middle), inner & (depth > middle)
    left, other = pixels[:, 0] < 155, pixels[:, 0] > 165
    assert mesh.confidence[front & left] == pytest.approx(1 / (1 + 0.02 / 0.084), abs=0.01)
    assert mesh.confidence[back & left] == pytest.approx(1 / (1 + 0.04 / 0.084), abs=0.01)
    assert mesh.confidence[front & other] == pytest.approx(0.5 / (1 + 0.02 / 0.084), abs=0.01)


def test_front_and_back_wear_their_own_pictures():
    solid, view = ball(), camera(20.0)
    whole = outline(solid, view)
    made = built(canvas(whole, np.full((*SHAPE, 3), 220, np.uint8)), whole, true_prediction(solid, view))
    height, width = made.texture.shape[:2]
    x = np.clip((made.mesh.uv[:, 0] * width).astype(int), 0, width - 1)
    y = np.clip(((1 - made.mesh.uv[:, 1]) * height).astype(int), 0, height - 1)
    colours = made.texture[y, x, 0].astype(int)
    depth = made.photo_camera.project(made.mesh.vertices)[1]
    middle = made.photo_camera.project(np.zeros((1, 3)))[1][0]
    assert np.abs(colours[depth < middle - 0.1] - 220).max() <= 1
    assert np.abs(colours[depth > middle + 0.1] - 30).max() <= 1
    assert len(np.unique(made.mesh.faces)) == len(made.mesh.vertices)  # none that no face needs
