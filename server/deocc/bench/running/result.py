"""What a method made, as it is measured and stored: turned as its frame says, with all its pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deocc.bench.built import BenchObject, Case
from deocc.bench.running.floors import GREY
from deocc.bench.running.methods import Given
from deocc.errors import DeoccError
from deocc.geometry.cameras import Camera, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import render_views
from deocc.package import Reconstruction

VIEW_SETS = ("v1.2", "v1.1")
TURNED_DEG = 0.5  # a photo's camera this far from azimuth 0 shows the object turned
SAME_CAMERA = 1e-3  # object units and shares of the focal length


@dataclass(frozen=True)
class Result:
    """A reconstruction as it is measured and stored, in the object frame of the benchmark.

    mesh: with the texture, or colours; without either for floors.  cameras, views: six and their (H, W, 4)
    uint8 pictures; made from the mesh where the method makes none.  view_set: which true views these are, ""
    for none.  random: from the cameras of the object's random views, may be empty.  completed: (H, W, 4)
    uint8, None where the method has none.
    """

    mesh: Mesh
    coloured: bool
    view_set: str
    views: tuple[NDArray[np.uint8], ...]
    random: tuple[NDArray[np.uint8], ...]
    completed: NDArray[np.uint8] | None


def as_result(made: Reconstruction, given: Given, frame: str) -> Result:
    """What a method made, turned as its frame says, with the pictures it has not made itself.

    DeoccError where it has no surface, or one that is not finite.
    """
    mesh, texture = _checked(made.mesh), made.texture
    object_from_made = _object_from_made(given.case, frame)
    mesh = replace(mesh, vertices=(mesh.vertices @ object_from_made.T).astype(np.float32))
    coloured = texture is not None or mesh.colours is not None
    shown = mesh if coloured else replace(mesh, colours=np.full((len(mesh.vertices), 3), GREY, np.uint8))
    cameras, views = made.cameras, made.views
    if not views:
        cameras = view_cameras(VIEW_SETS[0])
        views = tuple(render_views(shown, texture, cameras))
        view_set = VIEW_SETS[0] if VIEW_SETS[0] in given.object.views else ""
    else:
        view_set = _view_set(cameras, object_from_made, given.object)
    random = tuple(one.camera for one in given.object.views.get("random", ()))
    if frame == "canonical":  # it stands as the method's own convention has it: no view can be compared
        view_set, random = "", ()
    return Result(
        mesh=mesh,
        coloured=coloured,
        view_set=view_set,
        views=tuple(views),
        random=tuple(render_views(shown, texture, random)),
        completed=made.completed if made.completed.size else None,
    )


def _checked(mesh: Mesh) -> Mesh:
    if len(mesh.faces) == 0:
        raise DeoccError("no_surface", "The result has no surface.")
    if not np.isfinite(mesh.vertices).all():
        raise DeoccError("no_surface", "The result's surface is not finite.")
    return mesh


def _object_from_made(case: Case, frame: str) -> NDArray[np.float64]:
    """(3, 3): how a result is turned about +Z, since its azimuth 0 is where its photo was taken from."""
    if case.camera is None or frame == "canonical":
        return np.eye(3)
    x, y, _ = case.camera.centre
    azimuth = math.atan2(x, -y)
    if abs(math.degrees(azimuth)) < TURNED_DEG:
        return np.eye(3)
    cosine, sine = math.cos(azimuth), math.sin(azimuth)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def _view_set(cameras: Sequence[Camera], object_from_made: NDArray, about: BenchObject) -> str:
    """Which of the object's true views were taken by these cameras; "" for none of them."""
    turn = np.eye(4)
    turn[:3, :3] = object_from_made
    turned = [replace(one, object_from_camera=turn @ one.object_from_camera) for one in cameras]
    for name in VIEW_SETS:
        true = [view.camera for view in about.views.get(name, ())]
        if len(true) == len(turned) and all(map(same_camera, turned, true)):
            return name
    return ""


def same_camera(a: Camera | None, b: Camera | None) -> bool:
    if a is None or b is None:
        return False
    numbers = [(one.width, one.height, one.fx, one.fy, one.cx, one.cy) for one in (a, b)]
    return bool(
        np.allclose(*numbers, rtol=SAME_CAMERA, atol=0)
        and np.allclose(a.object_from_camera, b.object_from_camera, rtol=0, atol=SAME_CAMERA)
    )
