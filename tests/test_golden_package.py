"""Both halves against the package that is checked in: a change of the format breaks one of these tests."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deocc.geometry.cameras import Camera
from deocc_blender import package as extension
from deocc_blender.package import read_package
from tests import golden_package
from tests.golden_package import GOLDEN


@pytest.fixture(scope="module")
def checked_in() -> dict[str, bytes]:
    with zipfile.ZipFile(GOLDEN) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def opened_glb(glb: bytes) -> tuple[dict[str, Any], list[np.ndarray], bytes]:
    """JSON without the sizes that hang on how PNG is packed; the arrays in its order; the picture."""
    size = struct.unpack_from("<I", glb, 12)[0]
    about, binary = json.loads(glb[20 : 20 + size]), glb[28 + size :]
    views = [binary[view["byteOffset"] :][: view["byteLength"]] for view in about["bufferViews"]]
    kinds = {5126: np.float32, 5125: np.uint32}
    arrays = [
        np.frombuffer(views[one["bufferView"]], kinds[one["componentType"]]) for one in about["accessors"]
    ]
    picture = about["images"][0]["bufferView"]
    del about["buffers"], about["bufferViews"][picture]["byteLength"]
    return about, arrays, views[picture]


# The server writes it


def test_the_server_still_writes_the_files_of_the_package(checked_in: dict[str, bytes]):
    assert list(golden_package.files()) == list(checked_in)


def test_the_server_still_says_the_same_about_it(checked_in: dict[str, bytes]):
    now, then = (json.loads(files["package.json"]) for files in (golden_package.files(), checked_in))
    assert now.pop("versions").keys() == then.pop("versions").keys()  # their values are this machine's
    cameras = [[*about.pop("cameras"), about.pop("photo_camera")] for about in (now, then)]
    assert now == then
    for one, other in zip(*cameras, strict=True):
        assert one.keys() == other.keys()
        for name in one:  # sines and cosines differ by rounding between machines, float64 has 16 digits
            np.testing.assert_allclose(one[name], other[name], rtol=0, atol=1e-12)


def test_the_server_still_paints_the_same_pictures(checked_in: dict[str, bytes]):
    now = golden_package.files()
    for name in (name for name in checked_in if name.endswith(".png")):
        assert np.array_equal(pixels(now[name]), pixels(checked_in[name])), name


def test_the_server_still_writes_the_same_mesh(checked_in: dict[str, bytes]):
    now, then = opened_glb(golden_package.files()["mesh.glb"]), opened_glb(checked_in["mesh.glb"])
    assert now[0] == then[0]
    for one, other in zip(now[1], then[1], strict=True):
        assert one.dtype == other.dtype
        # all but the normals are exact; those are rounded, and float32 has 7 digits
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    assert np.array_equal(pixels(now[2]), pixels(then[2]))


# The extension reads it


def test_the_extension_still_reads_what_the_package_is(checked_in: dict[str, bytes]):
    read, recipe = read_package(GOLDEN.read_bytes()), golden_package.RECIPE
    assert (read.name, read.seed, read.backend) == (recipe.name, recipe.seed, recipe.backend)
    said = json.loads(read.recipe)
    assert said["recipe"] == json.loads(checked_in["package.json"])["recipe"]
    assert said["versions"]["deocc"] == "0.1.0"
    assert read.notes == golden_package.NOTES and "onnxruntime" in said["versions"]
    assert read.completed == checked_in["completed.png"]
    assert read.views == tuple(checked_in[f"views/{i}.png"] for i in range(6))


def test_the_extension_still_reads_its_cameras():
    read, made = read_package(GOLDEN.read_bytes()), golden_package.result()
    assert made.photo_camera is not None and read.photo_camera is not None
    for mine, theirs in zip(
        (*read.cameras, read.photo_camera), (*made.cameras, made.photo_camera), strict=True
    ):
        assert numbers(mine) == numbers(theirs)
        # sines and cosines differ by rounding between machines, float64 has 16 digits
        np.testing.assert_allclose(mine.object_from_camera, theirs.object_from_camera, rtol=0, atol=1e-12)


def numbers(camera: Camera | extension.Camera) -> list[float]:
    return [camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy]


def test_the_extension_still_reads_its_mesh_in_the_objects_frame():
    read, made = read_package(GOLDEN.read_bytes()).mesh, golden_package.mesh()
    assert read.vertices.shape == (8, 3) and read.faces.shape == (12, 3)  # the seam is closed again
    places = read.vertices[read.faces.reshape(-1)]  # (36, 3), corner by corner
    assert np.array_equal(places, made.vertices[made.faces.reshape(-1)])
    # the way of v up to glTF's v down and back is rounded twice in float32
    assert read.loop_uv is not None and read.texture is not None
    np.testing.assert_allclose(read.loop_uv, made.uv[made.faces.reshape(-1)], rtol=0, atol=1e-6)
    by_place = {tuple(place): value for place, value in zip(read.vertices, read.seen, strict=True)}
    for place, value in zip(made.vertices, made.seen, strict=True):
        assert by_place[tuple(place)] >= value  # a split corner counts as seen where one of its sides was
    assert sorted(read.seen) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert np.array_equal(pixels(read.texture), golden_package.texture())
    assert (read.texture_type, read.roughness, read.metallic) == ("image/png", 1.0, 0.0)
