"""Tiny networks in the published formats on the whole way: command line, server, worker, job, package."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc.bench.speed_draft import synthetic_observation
from deocc.weights.folder import WeightsFolder
from tests.server_under_test import ServerUnderTest, wait_until
from tests.tiny.zero123plus import write_student

pytest.importorskip("torch")
QUICK = {"steps": 4, "texture_px": 256, "triangles": 1000}


@pytest.fixture(scope="module")
def server(tiny_weights: WeightsFolder, tmp_path_factory):
    # tiny networks gain nothing from threads, and lose minutes where other programs have the cores
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    made = ServerUnderTest(tmp_path_factory.mktemp("data"), "--weights-dir", str(tiny_weights.root))
    if before is None:
        del os.environ["OMP_NUM_THREADS"]
    else:
        os.environ["OMP_NUM_THREADS"] = before
    yield made
    made.stop()


@pytest.fixture(scope="module")
def images(server: ServerUnderTest) -> dict[str, str]:
    observation = synthetic_observation("mug", (320, 240))
    arrays = {
        "photo": observation.photo,
        "object_mask": observation.object_mask,
        "occluder_mask": observation.occluder_mask,
    }
    return {name: server.put_image(png_of(array)) for name, array in arrays.items()}


def png_of(array: np.ndarray) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(array if array.dtype == np.uint8 else array.astype(np.uint8) * 255).save(packed, "PNG")
    return packed.getvalue()


def package_of(server: ServerUnderTest, job_id: str, n: int) -> dict[str, bytes]:
    answer = server.http.get(f"/v1/jobs/{job_id}/variants/{n}/package")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_job_of_two_seeds_goes_from_pictures_to_two_packages(server, images, tiny_weights):
    cards = {card["name"]: card for card in server.http.get("/v1/backends").json()["backends"]}
    assert cards["deocc123"]["ready"] and cards["3drecon"]["ready"]
    job_id = server.put_job(
        {**images, "backend": "deocc123", "options": {**QUICK, "normals": True}, "seeds": [5, 6]}
    )
    events = list(server.events(job_id))
    job = server.job(job_id)
    assert job["state"] == "done", job["error"]

    looked = [event for event in events if event["stage"] == "looking at the photo"]
    assert {event["variant"] for event in looked} == {0}  # the second seed shares it
    shown = [event["picture"] for event in events if event["variant"] == 0 and event["kind"] == "picture"]
    assert shown.count("views/5.png") >= 2  # a preview while it was denoised, then the view itself

    first, second = package_of(server, job_id, 0), package_of(server, job_id, 1)
    assert {f"normals/{i}.png" for i in range(6)} < set(first)
    assert first["mesh.glb"] != second["mesh.glb"] and first["views/0.png"] != second["views/0.png"]
    about = json.loads(first["package.json"])
    assert about["mesh"]["watertight"] and 200 < about["mesh"]["triangles"] <= 1100
    assert about["recipe"]["weights"] == tiny_weights.hashes(("deocc123", "instant-mesh-large"))
    assert set(about["recipe"]["weights"]) == {"deocc123", "zero123plus-v1.1", "instant-mesh-large"}
    assert {"torch", "diffusers", "transformers"} < set(about["versions"])
    # the paper's cameras: the first one 30° above the horizon, at radius 2
    height = about["cameras"][0]["object_from_camera"][2][3]
    assert height == pytest.approx(2 * np.sin(np.radians(30)))


def test_the_same_recipe_gives_the_same_bytes_in_another_process(server, images):
    body = {**images, "backend": "3drecon", "options": QUICK, "seeds": [9]}
    made = []
    for _ in range(2):
        job_id = server.put_job(body)
        assert server.finish(job_id)["state"] == "done"
        made.append(package_of(server, job_id, 0))
        lost = server.put_job({**images, "backend": "puppet", "options": {"behaviour": "device_lost"}})
        assert server.finish(lost)["state"] == "failed"  # its worker ends with it
    first, second = made
    for name in set(first) - {"package.json"}:
        assert first[name] == second[name], name


def test_an_estimate_rests_on_this_machines_own_speed_before_the_first_job(tiny_weights, images, server):
    known = json.loads((tiny_weights.root / "calibration.json").read_text())
    assert known["tflops"] > 0
    card = next(
        card for card in server.http.get("/v1/backends").json()["backends"] if card["name"] == "deocc123"
    )
    assert card["estimate"]["seconds"] > 0


def test_views_of_a_job_that_fails_later_are_kept(server, images, tiny_weights, tmp_path):
    """The reconstructor's file is damaged after the door has let the job in."""
    file = tiny_weights.path("instant-nerf-base") / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:200] + bytes(len(whole) - 200))
    try:
        job_id = server.put_job(
            {**images, "backend": "3drecon", "options": {**QUICK, "reconstructor": "instant-nerf-base"}}
        )
        job = server.finish(job_id)
    finally:
        file.write_bytes(whole)
    assert (job["state"], job["error"]["code"]) == ("failed", "weights_wrong")
    assert job["variants"][0]["views"] == [0, 1, 2, 3, 4, 5]
    view = server.http.get(f"/v1/jobs/{job_id}/variants/0/views/0.png")
    assert view.status_code == 200 and Image.open(io.BytesIO(view.content)).size == (320, 320)


def test_deocc_run_does_the_same_without_a_server(tiny_weights: WeightsFolder, tmp_path: Path):
    observation = synthetic_observation("mug", (320, 240))
    for name, array in (("photo", observation.photo), ("object", observation.object_mask)):
        (tmp_path / f"{name}.png").write_bytes(png_of(array))
    words = [sys.executable, "-m", "deocc", "run", "photo.png", "--object", "object.png", "--out", "out"]
    words += ["--backend", "3drecon", "--steps", "4", "--texture-px", "256", "--triangles", "1000"]
    done = subprocess.run(
        words,
        cwd=tmp_path,
        env={**os.environ, "DEOCC_WEIGHTS_DIR": str(tiny_weights.root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "seed-0" / "mesh.glb").stat().st_size > 10_000


def test_a_lone_unet_comes_in_by_upload_with_the_sizes_of_its_base(server, images, tiny_weights, tmp_path):
    student = write_student(tmp_path / "another", "unet.unet.", seed=11)
    before = tiny_weights.installed("deocc123")
    answer = server.http.put("/v1/weights/deocc123", content=student.read_bytes(), params={"cameras": "v1.2"})
    assert answer.status_code == 202, answer.text
    wait_until(lambda: tiny_weights.installed("deocc123") != before, "the import")

    def row() -> dict:
        rows = server.http.get("/v1/weights").json()["weights"]
        return next(one for one in rows if one["name"] == "deocc123")

    wait_until(lambda: row()["state"] == "ready", "the row")
    assert row()["error"] is None
    job_id = server.put_job({**images, "backend": "deocc123", "options": QUICK})
    assert server.finish(job_id)["state"] == "done"
    about = json.loads(package_of(server, job_id, 0)["package.json"])
    held = tiny_weights.installed("deocc123")
    assert held is not None and about["recipe"]["weights"]["deocc123"] == held.sha256
    height = about["cameras"][0]["object_from_camera"][2][3]
    assert height == pytest.approx(2 * np.sin(np.radians(20)))  # the cameras it was imported with


def test_a_pipeline_is_no_single_file_and_the_upload_says_so_before_it_moves(server):
    answer = server.http.put("/v1/weights/zero123plus-v1.2", content=b"x" * 100)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "weights_wrong"
    assert "folder of files" in answer.json()["error"]["message"]
