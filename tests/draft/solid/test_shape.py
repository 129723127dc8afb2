"""Silhouette -> solid: the right kind, and a sound mesh that covers the silhouette, whatever the mask."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import trimesh

from deocc.backends.draft.canvas import make_canvas
from deocc.backends.draft.card import DraftOptions
from deocc.backends.draft.silhouette.hypotheses import Completion, choose, hypotheses
from deocc.backends.draft.solid.shape import LEAST_TRIANGLES, MOST_TRIANGLES, Solid, build
from deocc.bench.metrics.masks import iou
from deocc.contract import PhotoCamera
from deocc.geometry.raycast import Caster
from deocc.observation import Observation
from tests.draft.solids import ball, box, camera, crossing_edges, mug, outline, speckled, vase

BOTTLE = vase([(0.2, -0.5), (0.2, 0.1), (0.07, 0.25), (0.07, 0.5)])
KNOWN = {
    "box": (box((0.8, 0.4, 0.6)), "box"),
    "can": (vase([(0.3, -0.4), (0.3, 0.4)]), "revolve"),
    "bucket": (vase([(0.3, -0.4), (0.45, 0.4)]), "revolve"),
    "bottle": (BOTTLE, "revolve"),
    "mug": (mug(), "revolve"),
    "ball": (ball(), "revolve"),
}


def star(mask: np.ndarray) -> None:
    turn = np.arange(10) * np.pi / 5
    radius = np.where(np.arange(10) % 2, 100, 35)
    points = np.stack([160 + radius * np.cos(turn), 120 + radius * np.sin(turn)], axis=1)
    cv2.fillPoly(mask, [points.astype(np.int32)], (1,))


def chair(mask: np.ndarray) -> None:
    """A thick seat on legs two pixels thin."""
    mask[110:130, 110:220] = 1
    for x in (110, 140, 190, 217):
        mask[30:220, x : x + 2] = 1


def spiral(mask: np.ndarray) -> None:
    turn = np.linspace(0, 6 * np.pi, 600)
    points = np.stack([160 + (8 + 5 * turn) * np.cos(turn), 120 + (8 + 5 * turn) * np.sin(turn)], axis=1)
    cv2.polylines(mask, [points.astype(np.int32)], False, (1,), 6)


def drawn(name: str) -> np.ndarray:
    """(240, 320) bool, masks as nasty as brushes and programs make them."""
    mask = np.zeros((240, 320), np.uint8)
    generator = np.random.default_rng(4)
    if name == "one pixel":
        mask[120, 160] = 1
    elif name == "line":
        cv2.line(mask, (10, 10), (300, 220), (1,), 1)
    elif name == "specks":
        mask[generator.random(mask.shape) < 0.02] = 1
    elif name == "ring":
        cv2.circle(mask, (160, 120), 80, (1,), 20)
    elif name == "full":
        mask[:] = 1
    elif name == "all borders":
        mask[100:140], mask[:, 140:180] = 1, 1
    elif name == "holes":
        cv2.circle(mask, (160, 120), 100, (1,), -1)
        mask[generator.random(mask.shape) < 0.02] = 0
    elif name == "corner to corner":
        mask[40:120, 60:160], mask[120:200, 160:260] = 1, 1
    else:
        {"star": star, "chair": chair, "spiral": spiral}[name](mask)
    return mask > 0


NASTY = ("one pixel", "line", "specks", "ring", "full", "all borders", "holes", "corner to corner")
BENT = ("star", "chair", "spiral")


def solid_of(
    mask: np.ndarray, known: PhotoCamera | None = None, **options: str | float
) -> tuple[Solid, np.ndarray]:
    """What is built of a fully visible object, and its mask in the photo."""
    nothing = np.zeros_like(mask)
    canvas = make_canvas(Observation(speckled(mask), mask, nothing, nothing))
    completion = Completion(canvas.seen, "seen", None, 1.0)
    chosen = replace(DraftOptions(), **options)
    return build(canvas, completion, canvas.picture, known, chosen), mask


def assert_sound(solid: Solid) -> None:
    """Watertight, the right way round, 5 to 40 thousand triangles, in the sphere, met by itself nowhere."""
    mesh = solid.mesh
    assert mesh.is_watertight()
    assert mesh.volume() > 0
    assert LEAST_TRIANGLES <= len(mesh.faces) <= MOST_TRIANGLES
    assert np.linalg.norm(mesh.vertices, axis=1).max() == pytest.approx(0.5, abs=1e-5)  # float32
    assert np.isfinite(mesh.uv).all() and mesh.uv.min() >= 0 and mesh.uv.max() <= 1
    assert set(np.unique(mesh.seen)) <= {0.0, 1.0}
    assert crossing_edges(mesh) == 0


def covered(solid: Solid) -> np.ndarray:
    return Caster(solid.mesh.vertices, solid.mesh.faces).covers(solid.photo_camera)


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_solid_gives_its_kind_and_its_outline(name: str):
    form, kind = KNOWN[name]
    solid, mask = solid_of(outline(form, camera(20.0, 30.0 if name == "box" else 0.0)))
    assert solid.kind == kind
    assert_sound(solid)
    assert iou(covered(solid), mask) > 0.94  # of 8000 pixels the outermost row is 5 %


@pytest.mark.parametrize("name", BENT)
def test_what_is_neither_turned_nor_a_box_is_inflated_and_keeps_its_outline(name: str):
    solid, mask = solid_of(drawn(name))
    assert solid.kind == "inflate"
    assert_sound(solid)
    assert iou(covered(solid), mask) > (0.85 if name == "chair" else 0.95)  # thin legs grow by a pixel


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("shape", ["auto", "inflate", "box"])
def test_any_mask_gives_a_sound_mesh(name: str, shape: str):
    solid, _ = solid_of(drawn(name), shape=shape)
    assert_sound(solid)


@pytest.mark.parametrize("triangles", [5_000, 40_000])
@pytest.mark.parametrize("shape", ["inflate", "revolve", "box"])
def test_the_shape_asked_for_is_built_within_the_limits(shape: str, triangles: int):
    solid, _ = solid_of(outline(mug(), camera(20.0)), shape=shape, triangles=triangles)
    assert solid.kind == shape
    assert_sound(solid)
    assert len(solid.mesh.faces) == pytest.approx(triangles, rel=0.12)  # rings come whole


@pytest.mark.parametrize(
    ("name", "triangles"), [("one pixel", 5_000), ("specks", 5_000), ("line", 40_000), ("chair", 40_000)]
)
def test_grids_that_miss_the_number_are_made_again(name: str, triangles: int):
    """Of hairs and dust the first try is up to twenty times off."""
    solid, _ = solid_of(drawn(name), shape="inflate", triangles=triangles)
    assert_sound(solid)


@pytest.mark.parametrize(
    ("fov_deg", "elevation_deg"), [(5, None), (120, None), (60, 89), (60, -89), (5, -45)]
)
@pytest.mark.parametrize("name", ["bottle", "star"])
def test_extreme_cameras_keep_the_outline(name: str, fov_deg: float, elevation_deg: float | None):
    mask = drawn("star") if name == "star" else outline(BOTTLE, camera(20.0))
    solid, _ = solid_of(mask, PhotoCamera(fov_deg=fov_deg, elevation_deg=elevation_deg))
    assert_sound(solid)
    assert iou(covered(solid), mask) > 0.85  # a bottle from straight above is what no bottle looks like


def test_seen_is_what_the_photo_shows():
    """The side towards the camera where the occluder leaves it free, nothing of the back."""
    whole = outline(BOTTLE, camera(20.0))
    occluder = np.zeros_like(whole)
    occluder[110:130] = True
    canvas = make_canvas(Observation(speckled(whole), whole & ~occluder, occluder, np.zeros_like(whole)))
    completion = choose(hypotheses(canvas), 0, DraftOptions())
    solid = build(canvas, completion, canvas.picture, None, DraftOptions())
    pixels, _ = solid.photo_camera.project(solid.mesh.vertices)
    behind = occluder[np.clip(pixels[:, 1].astype(int), 0, 239), np.clip(pixels[:, 0].astype(int), 0, 319)]
    assert (solid.mesh.seen[behind] == 0).all()
    away = solid.mesh.vertices[:, 1] > 0.05  # the camera stands at -Y
    assert (solid.mesh.seen[away] == 0).all()
    front = ~behind & (solid.mesh.vertices[:, 1] < -0.05)
    assert solid.mesh.seen[front].mean() > 0.5  # copies of vertices along chart borders are not the photo's


def test_a_silhouette_of_a_box_is_no_can():
    """Seen from the front a box and a can differ in the corners alone: sharp ones make a box."""
    sharp = outline(trimesh.creation.box(extents=(0.6, 0.4, 0.8)), camera(15.0, 20.0))
    assert solid_of(sharp)[0].kind == "box"
