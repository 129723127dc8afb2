"""A result beside the truth: the ceiling reaches the ceiling, frames turn, and nothing is invented."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deocc.bench.built import load_object, read_manifest
from deocc.bench.metrics import surface
from deocc.bench.running.measure import PHOTO, RANDOM, SHAPE, VIEWS, generator_of, measure, notes, rounded
from deocc.bench.running.methods import Call, Given, methods
from deocc.bench.running.result import as_result
from deocc.errors import DeoccError
from deocc.geometry.cameras import look_at_origin, view_cameras
from deocc.geometry.mesh import Mesh
from deocc.package import Reconstruction
from tests.bench.tiny import tiny_bench

Z_TURNS_DEG = (90.0, -40.0)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Given]:
    """The clean case of a closed and of an open solid, and a photo."""
    tiny = tiny_bench(tmp_path_factory.mktemp("bench"), ("ell", "sheet"), {}, with_photo=True)
    found = {}
    for entry in read_manifest(tiny.folder).objects:
        about, files = load_object(tiny.folder, entry)
        found[about.id] = Given(about, about.cases[0], files)
    return found


def measured(name: str, given: Given, alignment: str = "yaw") -> dict[str, float | None]:
    method = methods()[name]
    result = as_result(method.run(given, Call({}, 0, Path("none"))), given, method.frame)
    return measure(result, given, method.frame, (alignment,), name)[alignment]


def test_the_truth_reaches_the_ceiling(given):
    found, truth = measured("truth", given["ell"]), given["ell"].true_mesh()[0]
    floor = surface.sampling_floor(truth.vertices, truth.faces, generator_of("floor"))
    assert found["cd"] == pytest.approx(surface.chamfer(floor), rel=0.05)  # two draws of 100,000 points
    assert found["f@0.02"] is not None and found["f@0.02"] >= 0.99
    assert found["iou"] == 1.0 and found["silhouette_iou"] == 1.0 and found["amodal_iou"] == 1.0
    assert found["rotation_deg"] == pytest.approx(0, abs=0.2) and found["scale_error"] == pytest.approx(
        0, abs=2e-3
    )
    assert found["psnr"] == 100.0  # this benchmark's views were made as ours are


def test_no_floor_has_colours_and_no_measure_is_left_out(given):
    floor, truth = measured("extrude", given["ell"]), measured("truth", given["ell"])
    assert set(floor) == set(truth) == {*SHAPE, *VIEWS, *RANDOM, *PHOTO}
    assert floor["psnr"] is floor["ssim"] is floor["psnr_random"] is floor["ssim_random"] is None
    assert 0.3 < (floor["silhouette_iou"] or 0) < 1 and floor["cd"] and truth["cd"]
    assert floor["cd"] > 5 * truth["cd"]
    assert floor["psnr_photo"] == 100.0  # nothing hides it, so doing nothing completes it


def test_of_a_photo_only_what_is_known_is_measured(given):
    found = measured("extrude", given["photo-box"])
    known = {name for name, value in found.items() if value is not None}
    assert known == {*SHAPE, "amodal_iou"} - {"rotation_deg"}
    without = replace(given["photo-box"].object, mesh="")
    found = measured("extrude", replace(given["photo-box"], object=without))
    assert {name for name, value in found.items() if value is not None} == {"amodal_iou"}


@pytest.mark.parametrize("azimuth_deg", Z_TURNS_DEG)
def test_a_photo_from_another_azimuth_turns_the_result_along(given, azimuth_deg: float):
    """As Amodal3R's views at yaw 90 and so on: a method's azimuth 0 is where its photo was taken from."""
    one = given["ell"]
    assert one.case.camera is not None
    camera = replace(one.case.camera, object_from_camera=look_at_origin(azimuth_deg, 30.0, 2.0))
    turned_given = replace(one, case=replace(one.case, camera=camera))
    mesh = one.true_mesh()[0]
    angle = np.radians(-azimuth_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    as_seen = replace(mesh, vertices=(mesh.vertices @ turn.T).astype(np.float32))
    made = Reconstruction(as_seen, None, view_cameras(), (np.zeros((320, 320, 4), np.uint8),) * 6, EMPTY)
    result = as_result(made, turned_given, "upright")
    assert np.allclose(result.mesh.vertices, mesh.vertices, atol=1e-6)
    assert result.view_set == ""  # its six cameras stand where no true view was taken
    assert np.allclose(as_result(made, turned_given, "canonical").mesh.vertices, as_seen.vertices)


EMPTY = np.zeros((0, 0, 4), np.uint8)


@pytest.mark.parametrize("name", ["v1.1", "v1.2"])
def test_the_true_views_are_found_by_their_cameras(given, name: str):
    mesh = given["ell"].true_mesh()[0]
    true = tuple(given["ell"].picture(view.picture) for view in given["ell"].object.views[name])
    made = Reconstruction(mesh, None, view_cameras(name), true, EMPTY)
    result = as_result(made, given["ell"], "upright")
    assert result.view_set == name
    assert as_result(made, given["ell"], "canonical").view_set == ""
    found = measure(result, given["ell"], "upright", ("none",), "x")["none"]
    assert found["psnr"] == 100.0 and found["ssim"] == pytest.approx(1) and found["amodal_iou"] is None


def test_what_is_not_watertight_is_noted(given):
    truth = methods()["truth"].run(given["sheet"], Call({}, 0, Path("none")))
    told = notes(as_result(truth, given["sheet"], "upright"), given["sheet"])
    assert told == (
        "Volume by winding number: the result is not watertight.",
        "Volume by winding number: the truth is not watertight.",
    )
    closed = methods()["truth"].run(given["ell"], Call({}, 0, Path("none")))
    assert notes(as_result(closed, given["ell"], "upright"), given["ell"]) == ()


def test_a_result_without_a_surface_is_a_fault(given):
    none = np.zeros((0, 3), np.float32)
    nothing = Mesh(none, none.astype(np.int32), none[:, :2], none[:, 0])
    with pytest.raises(DeoccError, match="no surface"):
        as_result(Reconstruction(nothing, None, (), (), EMPTY), given["ell"], "upright")


def test_numbers_are_stored_rounded_and_what_is_no_number_is_none():
    stored = rounded({"yaw": {"cd": 0.123456789123, "f@0.02": float("nan"), "iou": None}})
    assert stored == {"yaw": {"cd": 0.123456789, "f@0.02": None, "iou": None}}


def test_randomness_depends_on_its_words_alone():
    assert generator_of("a").random() == generator_of("a").random() != generator_of("b").random()
