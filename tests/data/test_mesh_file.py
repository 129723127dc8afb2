"""Mesh files of six formats: places, colours and frames as each has them; faults in one sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.exchange.gltf import export_gltf
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial, SimpleMaterial

from deocc.data.mesh_file import MAX_BYTES, read_mesh
from deocc.data.textured import Textured
from deocc.errors import InputFault
from deocc.geometry.cameras import look_at_origin, pinhole
from deocc.geometry.glb import write_glb
from deocc.geometry.raycast import render_views
from deocc.png import png
from tests.data.simple_bodies import BLUE, GREEN, RED, YELLOW, ball, box, painted_box, quarters

Y_UP_FROM_OBJECT = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
SIZE = (1.0, 0.5, 2.0)  # three different sides, so that a turned reading shows
FRONT = pinhole(96, 96, 40.0, look_at_origin(0.0, 0.0, 4.0))


def _write(path: Path, scene: trimesh.Trimesh | trimesh.Scene) -> Path:
    scene.export(str(path))
    return path


def _solid(vertices: np.ndarray, **how) -> trimesh.Trimesh:
    return trimesh.Trimesh(vertices, box().faces, process=False, **how)


def _textured(texture: np.ndarray, uv: np.ndarray | None = None, **material) -> TextureVisuals:
    surface = PBRMaterial(baseColorTexture=Image.fromarray(texture), **material)
    return TextureVisuals(box().uv if uv is None else uv, material=surface)


def _seen(textured: Textured, at: tuple[int, int]) -> np.ndarray:
    """What the front camera sees, unlit, at a pixel (x, y): (3,)."""
    [picture] = render_views(textured.mesh, textured.texture, (FRONT,))
    assert picture[at[1], at[0], 3] == 255, "nothing is there"
    return picture[at[1], at[0], :3].astype(int)


@pytest.mark.parametrize("ending", ["glb", "gltf", "obj", "ply", "stl", "off"])
def test_every_format_is_read_in_object_axes(tmp_path: Path, ending: str):
    vertices = box(SIZE).vertices + 5.0
    if ending in ("glb", "gltf", "obj"):
        vertices = vertices @ Y_UP_FROM_OBJECT.T
    (tmp_path / "mesh").mkdir()
    path = tmp_path / "mesh" / f"solid.{ending}"
    if ending == "gltf":
        for name, data in export_gltf(_solid(vertices).scene()).items():
            (path.parent / name).write_bytes(data)
        path = path.parent / "model.gltf"
    else:
        _write(path, _solid(vertices))
    textured = read_mesh(path)
    low, high = textured.mesh.bounds()
    assert np.allclose(high - low, SIZE, atol=1e-5) and np.abs(low + high).max() < 1e-5
    assert textured.mesh.is_watertight() and textured.mesh.volume() > 0
    assert textured.texture is None and textured.mesh.colours is not None


def test_a_texture_stays_as_it_is_and_upright(tmp_path: Path):
    path = _write(
        tmp_path / "box.glb", _solid(box().vertices @ Y_UP_FROM_OBJECT.T, visual=_textured(quarters()))
    )
    textured = read_mesh(path)
    assert textured.texture is not None and np.array_equal(textured.texture, quarters())
    assert textured.notes == ()
    corners = {(38, 38): RED, (58, 38): GREEN, (38, 58): BLUE, (58, 58): YELLOW}
    assert all(np.abs(_seen(textured, at) - colour).max() <= 1 for at, colour in corners.items())


def test_an_obj_has_its_texture_and_a_ply_its_vertex_colours(tmp_path: Path):
    surface = SimpleMaterial(image=Image.fromarray(quarters()))
    visual = TextureVisuals(box().uv, material=surface)
    textured = read_mesh(
        _write(tmp_path / "a.obj", _solid(box().vertices @ Y_UP_FROM_OBJECT.T, visual=visual))
    )
    assert np.abs(_seen(textured, (38, 38)) - RED).max() <= 1
    painted = ball()
    as_ply = trimesh.Trimesh(
        painted.mesh.vertices, painted.mesh.faces, vertex_colors=painted.mesh.colours, process=False
    )
    read = read_mesh(_write(tmp_path / "b.ply", as_ply))
    assert np.array_equal(read.mesh.colours, painted.mesh.colours)  # type: ignore[arg-type]


def test_vertex_colours_of_a_gltf_are_light_and_come_back_as_srgb(tmp_path: Path):
    painted = ball()
    assert painted.mesh.colours is not None
    (tmp_path / "a.glb").write_bytes(write_glb(painted.mesh, None))
    read = read_mesh(tmp_path / "a.glb")
    assert read.mesh.colours is not None
    assert np.array_equal(read.mesh.colours, painted.mesh.colours)
    assert np.allclose(read.mesh.vertices, painted.mesh.vertices, atol=1e-6)


def test_our_own_packages_mesh_is_read_back(tmp_path: Path):
    painted = painted_box(SIZE)
    assert painted.texture is not None
    (tmp_path / "a.glb").write_bytes(write_glb(painted.mesh, png(painted.texture)))
    read = read_mesh(tmp_path / "a.glb")
    assert np.allclose(read.mesh.vertices, painted.mesh.vertices, atol=1e-6)
    assert np.allclose(read.mesh.uv, painted.mesh.uv, atol=1e-6)


def test_places_of_nodes_are_applied_and_a_mirror_turns_nothing_inside_out(tmp_path: Path):
    scene = trimesh.Scene()
    vertices = box((0.5, 0.5, 0.5)).vertices
    scene.add_geometry(_solid(vertices), transform=np.diag([2.0, 1.0, 1.0, 1.0]))
    mirror = np.diag([1.0, -1.0, 1.0, 1.0])
    mirror[1, 3] = 3.0  # glTF's y is up
    scene.add_geometry(_solid(vertices), transform=mirror)
    mesh = read_mesh(_write(tmp_path / "two.glb", scene)).mesh
    low, high = mesh.bounds()
    assert np.allclose(high - low, (1.0, 0.5, 3.5), atol=1e-5)
    assert abs(mesh.volume() - 0.375) < 1e-5 and mesh.is_watertight()


def test_several_materials_are_packed_on_one_texture_and_it_is_said(tmp_path: Path):
    scene = trimesh.Scene()
    one = np.full((40, 30, 3), 90, np.uint8)
    flat = PBRMaterial(baseColorFactor=[255, 55, 0, 255])
    visuals = [
        _textured(quarters()),
        _textured(one),
        TextureVisuals(box().uv, material=flat),
    ]
    for i, visual in enumerate(visuals):  # side by side
        move = np.eye(4)
        move[0, 3] = i - 1.0
        vertices = box((0.9, 0.9, 0.9)).vertices @ Y_UP_FROM_OBJECT.T
        scene.add_geometry(_solid(vertices, visual=visual), transform=move)
    textured = read_mesh(_write(tmp_path / "three.glb", scene))
    assert any("3 materials" in note for note in textured.notes)
    assert textured.texture is not None and textured.mesh.colours is None
    assert np.abs(_seen(textured, (10, 40)) - RED).max() <= 2
    assert np.abs(_seen(textured, (30, 56)) - YELLOW).max() <= 2
    assert np.abs(_seen(textured, (48, 48)) - 90).max() <= 1
    assert (
        np.abs(_seen(textured, (80, 48)) - (255, 129, 0)).max() <= 2
    )  # the factor is light: 55/255 is sRGB 129


def test_a_repeating_texture_is_laid_out(tmp_path: Path):
    """Three times across and from −1 on: what is seen repeats, though the mesh's uv stay in the square."""
    uv = box().uv * (3, 2) - (1, 0)
    path = _write(
        tmp_path / "tiles.glb", _solid(box().vertices @ Y_UP_FROM_OBJECT.T, visual=_textured(quarters(), uv))
    )
    textured = read_mesh(path)
    assert textured.texture is not None and textured.texture.shape == (128, 192, 3)
    assert textured.mesh.uv.min() >= 0 and textured.mesh.uv.max() <= 1
    tile = 38 / 3  # px: the front side is 38 wide, from 29 on
    for i in range(3):
        assert np.abs(_seen(textured, (int(29 + (i + 0.25) * tile), 33)) - RED).max() <= 2, i
        assert np.abs(_seen(textured, (int(29 + (i + 0.75) * tile), 61)) - YELLOW).max() <= 2, i


def test_textures_beside_vertex_colours_become_vertex_colours_and_it_is_said(tmp_path: Path):
    scene = trimesh.Scene()
    scene.add_geometry(_solid(box().vertices, visual=_textured(np.full((8, 8, 3), 90, np.uint8))))
    colours = np.arange(24 * 4, dtype=np.uint8).reshape(24, 4) | 3
    move = np.eye(4)
    move[0, 3] = 2.0
    scene.add_geometry(_solid(box().vertices, vertex_colors=colours), transform=move)
    textured = read_mesh(_write(tmp_path / "mixed.glb", scene))
    assert textured.texture is None and textured.mesh.colours is not None
    assert any("vertex colours and textures" in note for note in textured.notes)
    assert (textured.mesh.colours == 90).all(axis=1).sum() == 24  # the textured box's corners


def test_faces_without_area_and_unused_vertices_are_left_out(tmp_path: Path):
    """The unused vertex is far away: kept, it would make the box around all ten times as large."""
    vertices = np.concatenate([box().vertices, [[50.0, 0, 0]]])
    faces = np.concatenate([box().faces, [[0, 0, 1], [2, 2, 2]]])
    path = _write(tmp_path / "a.ply", trimesh.Trimesh(vertices, faces, process=False))
    textured = read_mesh(path)
    assert len(textured.mesh.faces) == 12 and len(textured.mesh.vertices) == 24
    assert any("2 faces without area" in note for note in textured.notes)


def test_a_mesh_far_from_its_origin_keeps_all_its_faces(tmp_path: Path):
    """As maps have them. A float32 tells no places apart there that are less than 1 from each other."""
    away = _write(tmp_path / "far.obj", _solid(box(SIZE).vertices + np.array([1e7, 0, 0])))
    textured = read_mesh(away)
    assert len(textured.mesh.faces) == 12 and textured.mesh.is_watertight()
    sides = np.ptp(textured.mesh.vertices, axis=0)[[0, 2, 1]]
    assert sides == pytest.approx(SIZE, abs=1e-6)


def _nan(path: Path) -> Path:
    vertices = box().vertices.astype(float)
    vertices[3, 1] = np.nan
    return _write(path, trimesh.Trimesh(vertices, box().faces, process=False))


def _points(path: Path) -> Path:
    trimesh.PointCloud(box().vertices).export(str(path))
    return path


def _of(data: bytes):
    def write(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


def _large(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a hole: no disk is used
    return path


def _gltf(**parts) -> bytes:
    return json.dumps({"asset": {"version": "2.0"}, **parts}).encode()


_CLAIM = _gltf(accessors=[{"count": 2**31, "componentType": 5126, "type": "VEC3"}])
_LOOP = _gltf(scene=0, scenes=[{"nodes": [0]}], nodes=[{"children": [1]}, {"children": [0]}], meshes=[])
_DRACO = _gltf(extensionsRequired=["KHR_draco_mesh_compression"])
_STL = b"\0" * 80 + struct.pack("<I", 2**31) + b"\0" * 50
_SPECK = b"OFF\n3 1 0\n0 0 0\n0 0 0\n1 0 0\n3 0 1 2\n"
_VAST = b"OFF\n3 1 0\n0 0 0\n1e30 0 0\n0 1e30 0\n3 0 1 2\n"


@pytest.mark.parametrize(
    ("name", "write", "code"),
    [
        ("points.ply", _points, "mesh_empty"),
        ("nan.ply", _nan, "mesh_not_finite"),
        ("vast.off", _of(_VAST), "mesh_not_finite"),
        ("speck.off", _of(_SPECK), "mesh_empty"),
        ("nothing.glb", _of(b""), "mesh_empty"),
        ("large.stl", _large, "mesh_too_large"),
        ("claim.gltf", _of(_CLAIM), "mesh_too_large"),
        ("claim.stl", _of(_STL), "mesh_empty"),
        ("loop.gltf", _of(_LOOP), "mesh_empty"),
        ("draco.gltf", _of(_DRACO), "mesh_unreadable"),
        ("text.glb", _of(b"no mesh at all"), "mesh_unreadable"),
        ("text.obj", _of(b"no mesh at all"), "mesh_empty"),
        ("text.ply", _of(b"no mesh at all"), "mesh_unreadable"),
        ("text.off", _of(b"no mesh at all"), "mesh_unreadable"),
        ("scene.blend", _of(b"BLENDER"), "mesh_unreadable"),
        ("gone.glb", lambda path: path, "mesh_unreadable"),
    ],
)
def test_what_is_no_mesh_is_refused_in_one_sentence_that_names_it(tmp_path: Path, name, write, code: str):
    with pytest.raises(InputFault) as caught:
        read_mesh(write(tmp_path / name))
    assert caught.value.code == code, caught.value.message
    assert name in caught.value.message and str(tmp_path) not in caught.value.message
    assert caught.value.message.endswith(".") and caught.value.message.count(". ") == 0


def test_a_flat_mesh_is_read(tmp_path: Path):
    square = trimesh.Trimesh(
        [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]], process=False
    )
    textured = read_mesh(_write(tmp_path / "square.stl", square))
    assert np.ptp(textured.mesh.vertices[:, 2]) == 0 and len(textured.mesh.faces) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of numpy, about what trimesh hands it
def test_a_damaged_file_is_read_or_refused_but_never_anything_else(tmp_path: Path):
    """120 files cut short or with bytes changed, from a fixed seed."""
    draw = np.random.default_rng(4)
    sources = {}
    painted = painted_box()
    assert painted.texture is not None
    sources["glb"] = write_glb(painted.mesh, png(painted.texture))
    for ending in ("obj", "ply", "stl", "off"):
        sources[ending] = _write(tmp_path / f"whole.{ending}", _solid(box().vertices)).read_bytes()
    for i in range(120):
        ending = list(sources)[i % len(sources)]
        data = bytearray(sources[ending])
        if i % 2:
            del data[draw.integers(1, len(data)) :]
        for at in draw.integers(0, len(data), 6):
            data[at] = draw.integers(256)
        path = tmp_path / f"damaged{i}.{ending}"
        path.write_bytes(data)
        try:
            mesh = read_mesh(path).mesh
        except InputFault as fault:
            assert path.name in fault.message
        else:
            assert np.isfinite(mesh.vertices).all() and mesh.faces.max() < len(mesh.vertices)
