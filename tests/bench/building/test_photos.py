"""The second set: real photos with masks, their true meshes, and what lacks a mask."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc.bench.building.photos import build_photo, list_photos
from deocc.bench.built import read_object
from deocc.data.meshes import load_mesh
from deocc.errors import InputFault
from deocc.observation import load_observation
from tests import pictures
from tests.bench.building.meshes_folder import meshes_folder

WHOLE_BOX = (20, 10, 60, 50)  # 1,600 px; OBJECT_BOX is 1,200 of them, so a quarter is hidden


def photos_folder(folder: Path, photo: bytes | None = None, **changes) -> Path:
    """photos.json with one target, its files, and its true mesh with its list; returns the folder."""
    (folder / "photos").mkdir(parents=True)
    (folder / "photos/mug.png").write_bytes(photo or pictures.photo_file())
    boxes = {"visible": pictures.OBJECT_BOX, "amodal": WHOLE_BOX, "occluder": pictures.OCCLUDER_BOX}
    for what, box in boxes.items():
        (folder / f"photos/{what}.png").write_bytes(pictures.file_of(pictures.mask(box)))
    meshes_folder(folder, "box")
    entry = {
        "id": "mug",
        "image": "photos/mug.png",
        **{f"{what}_mask": f"photos/{what}.png" for what in boxes},
        "occluder": ["a jar", "a book"],
        "mask_origin": "drawn by hand",
        "gt_mesh": "meshes/box.ply",
        "source": "somebody's kitchen",
        "licence": "CC BY 4.0",
    }
    bare = {"id": "bare", "image": "photos/mug.png", "visible_mask": None}
    (folder / "photos.json").write_text(json.dumps([{**entry, **changes}, bare]))
    return folder


def test_a_masked_photo_becomes_an_object_of_its_own_kind(tmp_path: Path):
    [one], missing = list_photos(photos_folder(tmp_path))
    files = build_photo(one)
    told = read_object(files["object.json"])
    assert (told.id, told.category, told.group) == ("photo_mug", "box", "packaging")
    assert told.watertight is True and not told.photo_frame and not told.views
    assert told.attribution == "photo: somebody's kitchen, CC BY 4.0; mesh: box by nobody"
    [case] = told.cases
    assert (case.kind, case.level, case.occluder, case.camera) == ("photo", 3, "a jar, a book", None)
    assert case.hidden_share == pytest.approx(0.25)
    assert [(gone.id, gone.reason) for gone in missing] == [
        ("photo_bare", "It has no visible mask, no amodal mask, no occluder mask.")
    ]


def test_png_files_are_stored_as_they_are_and_the_mesh_is_normalised(tmp_path: Path):
    [one], _ = list_photos(photos_folder(tmp_path))
    files = build_photo(one)
    told = read_object(files["object.json"])
    [case] = told.cases
    assert files[case.photo] == (tmp_path / "photos/mug.png").read_bytes()
    assert files[case.object_mask] == (tmp_path / "photos/visible.png").read_bytes()
    vertices = load_mesh(files[told.mesh]).mesh.vertices
    assert np.linalg.norm(vertices, axis=1).max() == pytest.approx(0.5)
    assert vertices.min(axis=0) + vertices.max(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_photo_that_is_no_png_is_made_one_upright_with_its_masks(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°: its rows are the picture's columns
    lying = pictures.photo().transpose(Image.Transpose.ROTATE_90)
    folder = photos_folder(tmp_path, photo=pictures.file_of(lying, "JPEG", exif=exif, quality=95))
    [one], _ = list_photos(folder)
    files = build_photo(one)
    [case] = read_object(files["object.json"]).cases
    observed = load_observation(files[case.photo], files[case.object_mask], files[case.occluder_mask])
    assert observed.photo.shape == (64, 96, 3)
    assert all(data.startswith(b"\x89PNG") for name, data in files.items() if name.endswith(".png"))
    gone = np.abs(observed.photo.astype(int) - np.asarray(pictures.photo(), int)).mean()
    assert gone < 3, "JPEG's loss; a wrong turn is above 50"


def test_it_reads_the_list_from_the_folder_or_beside_it(tmp_path: Path):
    folder = photos_folder(tmp_path)
    assert list_photos(folder) == list_photos(folder / "photos")
    with pytest.raises(InputFault, match=r"no photos\.json"):
        list_photos(folder / "meshes/none")


def test_a_photo_without_its_true_mesh_has_none(tmp_path: Path):
    [one], _ = list_photos(photos_folder(tmp_path, gt_mesh=None))
    told = read_object(build_photo(one)["object.json"])
    assert (told.mesh, told.watertight, told.category, told.group) == ("", None, "", "other")


@pytest.mark.parametrize("content", ["{", "[1]", '[{"image": "x"}]', '{"a": 1}'])
def test_a_broken_list_is_one_sentence(tmp_path: Path, content: str):
    (tmp_path / "photos.json").write_text(content)
    with pytest.raises(InputFault, match="can't be read as a list of photos"):
        list_photos(tmp_path)


@pytest.mark.parametrize("name", ["../mug", "a\\b", "bare"])
def test_an_id_that_leaves_the_folder_or_comes_twice_is_refused(tmp_path: Path, name: str):
    with pytest.raises(InputFault, match="can't be a photo's id"):
        list_photos(photos_folder(tmp_path, id=name))


def test_a_lost_true_mesh_costs_its_own_photo_alone(tmp_path: Path):
    [one], _ = list_photos(photos_folder(tmp_path, gt_mesh="nowhere/mug.glb"))
    with pytest.raises(InputFault, match=r"“mug\.glb” can't be read"):
        build_photo(one)


def test_a_lost_or_wrong_file_is_told_without_its_folder(tmp_path: Path):
    folder = photos_folder(tmp_path)
    [one], _ = list_photos(folder)
    (folder / "photos/amodal.png").write_bytes(pictures.file_of(pictures.mask((1, 1, 9, 9), (32, 32))))
    with pytest.raises(InputFault, match="amodal mask is 32×32"):
        build_photo(one)
    (folder / "photos/amodal.png").unlink()
    with pytest.raises(InputFault, match=r"“amodal\.png” can't be read") as caught:
        build_photo(one)
    assert str(tmp_path) not in str(caught.value)
