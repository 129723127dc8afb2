"""A small built benchmark made without Blender: ray-cast pictures of a few simple solids."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import trimesh
from numpy.typing import NDArray

from deocc.bench.built import (
    DEPTH_UNIT,
    BenchObject,
    Case,
    Entry,
    Manifest,
    View,
    file_hashes,
    level_of,
    manifest_json,
    object_json,
)
from deocc.geometry.cameras import Camera, look_at_origin, pinhole, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster, render_views
from deocc.png import png

PHOTO_PX, PHOTO_FOV_DEG, PHOTO_RADIUS, PHOTO_ELEVATION_DEG = 128, 40.0, 2.2, 15.0
RANDOM_VIEWS = ((20.0, 40.0), (110.0, -15.0), (200.0, 10.0), (290.0, 55.0))  # azimuth, elevation in degrees
BACKGROUND, OCCLUDER = (205, 210, 215), (60, 90, 60)
SOLIDS = ("box", "cup", "ell")
HIDDEN = {"placed-2": 0.15, "placed-4": 0.35}  # by case, the share of the object's area


@dataclass(frozen=True)
class Tiny:
    """folder: the built benchmark.  meshes: the true ones by object, object frame."""

    folder: Path
    meshes: dict[str, Mesh]


def tiny_bench(
    folder: Path,
    solids: Sequence[str] = SOLIDS,
    hidden: dict[str, float] | None = None,
    with_photo: bool = False,
) -> Tiny:
    """Writes a valid benchmark: each solid `clean` and hidden as told, all views; a real photo if asked for.

    solids: of SOLIDS or "sheet", which is open.  hidden: by case; its kind is the name before the hyphen.
    with_photo: an object "photo-box" more, whose mesh is not in the photo's frame and that has no views.
    """
    meshes = {solid: solid_mesh(solid) for solid in solids}
    entries = [
        _write(folder, solid, *_solid(solid, mesh, HIDDEN if hidden is None else hidden))
        for solid, mesh in meshes.items()
    ]
    if with_photo:
        meshes["photo-box"] = solid_mesh("box")
        entries.append(_write(folder, "photo-box", *_photo(meshes["photo-box"])))
    manifest = Manifest(0, {"made": "without Blender"}, {}, tuple(entries))
    (folder / "manifest.json").write_bytes(manifest_json(manifest))
    return Tiny(folder, meshes)


def solid_mesh(solid: str) -> Mesh:
    """A solid in the object frame, coloured by place: closed but for "sheet"."""
    if solid == "box":
        raw = trimesh.creation.box((0.8, 0.3, 1.0)).subdivide().subdivide()
    elif solid == "cup":
        raw = trimesh.creation.revolve([(0, 0), (0.3, 0), (0.42, 1), (0.36, 1), (0.25, 0.08), (0, 0.08)])
    elif solid == "ell":
        outline = [(0, 0), (1, 0), (1, 0.35), (0.35, 0.35), (0.35, 0.9), (0, 0.9)]
        raw = _upright(_prism(np.array(outline), 0.4))
    else:
        raw = trimesh.creation.box((0.8, 0.3, 1.0)).subdivide().subdivide()
        raw.update_faces(raw.triangles_center[:, 2] < 0.4)  # no lid
        raw.remove_unreferenced_vertices()
    vertices = raw.vertices - (raw.vertices.min(0) + raw.vertices.max(0)) / 2
    vertices = (vertices * 0.5 / np.linalg.norm(vertices, axis=1).max()).astype(np.float32)
    colours = np.round(255 * (0.2 + 0.7 * (vertices + 0.5))).clip(0, 255).astype(np.uint8)
    count = len(vertices)
    faces = np.ascontiguousarray(raw.faces, np.int32)
    return Mesh(vertices, faces, np.zeros((count, 2), np.float32), np.ones(count, np.float32), colours)


def _prism(outline: NDArray, depth: float) -> trimesh.Trimesh:
    """The L of six corners, cut into two boxes' worth of triangles, `depth` thick."""
    cap = np.array([(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5)])
    corners = len(outline)
    low = np.c_[outline, np.zeros(corners)]
    high = np.c_[outline, np.full(corners, depth)]
    ring = np.arange(corners)
    after = (ring + 1) % corners
    walls = [np.c_[ring, after, after + corners], np.c_[ring, after + corners, ring + corners]]
    faces = np.concatenate([cap[:, ::-1], cap + corners, *walls])
    return trimesh.Trimesh(np.concatenate([low, high]), faces, process=False)


def _upright(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """y up to z up."""
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (1, 0, 0)))
    return mesh


def _solid(name: str, mesh: Mesh, hidden: dict[str, float]) -> tuple[BenchObject, dict[str, bytes]]:
    camera = pinhole(
        PHOTO_PX, PHOTO_PX, PHOTO_FOV_DEG, look_at_origin(0.0, PHOTO_ELEVATION_DEG, PHOTO_RADIUS)
    )
    files = {"mesh.npz": mesh_npz(mesh), "depth.png": _depth(mesh, camera)}
    cases = tuple(_case(case, mesh, camera, share, files) for case, share in {"clean": 0.0, **hidden}.items())
    sets = {"v1.1": view_cameras("v1.1"), "v1.2": view_cameras("v1.2"), "random": random_cameras()}
    views = {}
    for set_name, cameras in sets.items():
        views[set_name] = []
        for i, (one, rgba) in enumerate(zip(cameras, render_views(mesh, None, cameras), strict=True)):
            path = f"views-{set_name}/{i}.png"
            files[path] = png(rgba)
            views[set_name].append(View(path, one))
    about = BenchObject(
        id=name,
        category=name,
        group="simple solids",
        source="made by the tests",
        licence="CC0",
        attribution="",
        cases=cases,
        mesh="mesh.npz",
        watertight=mesh.is_watertight(),
        views={set_name: tuple(several) for set_name, several in views.items()},
        notes=() if mesh.is_watertight() else ("The mesh is not watertight.",),
    )
    return about, files


def random_cameras() -> tuple[Camera, ...]:
    return tuple(pinhole(320, 320, 30.0, look_at_origin(*place, 2.0)) for place in RANDOM_VIEWS)


def _photo(mesh: Mesh) -> tuple[BenchObject, dict[str, bytes]]:
    """As the photo set's objects are: one case, nothing known of the camera."""
    camera = pinhole(PHOTO_PX, PHOTO_PX, PHOTO_FOV_DEG, look_at_origin(70.0, 20.0, PHOTO_RADIUS))
    files = {"mesh.npz": mesh_npz(mesh)}
    case = _case("photo", mesh, camera, 0.25, files)
    case = Case(**{**case.__dict__, "camera": None, "depth": ""})
    about = BenchObject(
        "photo-box", "box", "photos", "made by the tests", "CC0", "", (case,), "mesh.npz", "", True, False
    )
    return about, files


def _case(name: str, mesh: Mesh, camera: Camera, hidden: float, files: dict[str, bytes]) -> Case:
    """A flat occluder comes in from the left as far as hides that share; adds its pictures to files."""
    amodal = Caster(mesh.vertices, mesh.faces).covers(camera)
    rgba = next(iter(render_views(mesh, None, (camera,)))).astype(np.float32)
    alpha = rgba[..., 3:] / 255
    photo = np.round(rgba[..., :3] * alpha + np.array(BACKGROUND) * (1 - alpha)).astype(np.uint8)
    columns = np.sort(np.nonzero(amodal)[1])
    occluder = np.zeros_like(amodal)
    if hidden:
        occluder[:, : columns[round(hidden * len(columns))]] = True
    photo[occluder] = OCCLUDER
    seen = amodal & ~occluder
    share = 1 - float(seen.sum()) / float(amodal.sum())
    kind = name.split("-")[0]
    paths = {"photo": png(photo), "object_mask": _mask(seen), "amodal_mask": _mask(amodal)}
    if hidden:
        paths["occluder_mask"] = _mask(occluder)
    files.update({f"{name}/{what}.png": data for what, data in paths.items()})
    return Case(
        name=name,
        kind=kind,
        level=level_of(share) if hidden else None,
        hidden_share=round(share, 6),
        camera=camera,
        depth="depth.png",
        occluder="a flat one" if hidden else "",
        **{what: f"{name}/{what}.png" for what in paths},
    )


def mesh_npz(mesh: Mesh) -> bytes:
    assert mesh.colours is not None
    stream = io.BytesIO()  # the date in it is a fixed one
    np.savez_compressed(stream, vertices=mesh.vertices, faces=mesh.faces, colours=mesh.colours)
    return stream.getvalue()


def _mask(mask: NDArray[np.bool_]) -> bytes:
    return cv2.imencode(".png", np.where(mask, 255, 0).astype(np.uint8))[1].tobytes()


def _depth(mesh: Mesh, camera: Camera) -> bytes:
    origins, directions = camera.rays()
    distance = Caster(mesh.vertices, mesh.faces).cast(origins, directions).distance
    along = distance * (directions @ camera.object_from_camera[:3, 2])
    steps = np.where(np.isfinite(along), np.round(along / DEPTH_UNIT), 0).astype(np.uint16)
    return cv2.imencode(".png", steps.reshape(camera.height, camera.width))[1].tobytes()


def _write(folder: Path, name: str, about: BenchObject, files: dict[str, bytes]) -> Entry:
    files["object.json"] = object_json(about)
    for path, data in files.items():
        place = folder / "objects" / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return Entry(name, file_hashes(files))
