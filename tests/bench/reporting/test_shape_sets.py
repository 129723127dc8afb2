"""COV and MMD of hand-made runs: clouds and distances worked out here, in this process."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from deocc.bench.metrics.sets import CLOUD_POINTS
from deocc.bench.reporting import shape_sets
from deocc.bench.reporting.collect import collect
from deocc.bench.reporting.kept import Machines
from deocc.bench.reporting.shape_sets import CloudTask, cloud_of, distances_of
from deocc.bench.running.record import result_folder
from tests.bench.reporting.made_run import Made, Method, make_run, mesh_npz, subject

FINE = {"cd": 0.1}


pytestmark = pytest.mark.usefixtures("in_this_process")


def npy(points) -> bytes:
    data = io.BytesIO()
    np.save(data, np.asarray(points, np.float32))
    return data.getvalue()


def sets_of(made: Made) -> dict:
    scores = collect(made.run, made.objects, "placed", "yaw")
    return shape_sets.shape_sets(made.out, made.bench, scores, made.run.digest, Machines())


def test_a_cloud_lies_on_the_outside_of_its_mesh():
    box = trimesh.creation.box((0.4, 0.3, 0.6))
    data = cloud_of(CloudTask(mesh_npz(box.vertices, box.faces), b"", "none"))
    assert data is not None
    points = np.load(io.BytesIO(data))
    assert points.shape == (CLOUD_POINTS, 3) and points.dtype == np.float32
    off = np.abs(np.abs(points) / (0.2, 0.15, 0.3) - 1).min(axis=1)  # each lies on one of the six sides
    assert off.max() < 1e-4
    assert points[:, 2].min() > -0.2999, "the four cameras look from above: the bottom is not seen"


def test_a_cloud_is_aligned_to_its_own_truth_first():
    box = trimesh.creation.box((0.4, 0.3, 0.6))
    smaller = mesh_npz(box.vertices * 0.5 + 0.1, box.faces)
    truth = mesh_npz(box.vertices, box.faces)
    as_it_is, aligned, true = (
        cloud_of(CloudTask(mesh, beside, "yaw"))
        for mesh, beside in ((smaller, b""), (smaller, truth), (truth, b""))
    )
    assert as_it_is and aligned and true
    before, after = (json.loads(distances_of([one, true]))[0] for one in (as_it_is, aligned))
    assert after < 2e-4 < before  # squared; two clouds of one box stay about 0.007 apart


def test_a_mesh_that_no_camera_sees_has_no_cloud():
    far = trimesh.creation.box((0.1, 0.1, 0.1))
    assert cloud_of(CloudTask(mesh_npz(far.vertices + 50, far.faces), b"", "none")) is None


def test_distances_are_squared_and_the_mean_of_both_directions():
    one, other = npy([[0, 0, 0]]), npy([[0.1, 0, 0], [0.3, 0, 0]])
    # there 0.01; back (0.01 + 0.09) / 2 = 0.05; their mean 0.03
    assert json.loads(distances_of([one, other, one])) == pytest.approx([0.03, 0.0], abs=1e-7)


def test_true_shapes_cover_themselves_and_a_failure_covers_nothing(tmp_path: Path):
    objects = [subject(name) for name in ("a", "b", "c")]
    methods = {
        "truth": Method(lambda *_: FINE, sees="clean"),
        "draft": Method(lambda name, case, _: None if (name, case) == ("b", "placed-3") else FINE),
    }
    made = make_run(tmp_path, methods, objects)
    found = sets_of(made)
    assert found["truth"]["cov"] == 1.0 and found["truth"]["mmd"] < 1e-3
    assert (found["truth"]["cov_n"], found["draft"]["cov_n"]) == (3, 2)
    assert found["draft"]["cov_reference"] == 3
    assert found["draft"]["cov"] == pytest.approx(2 / 3)
    assert found["draft"]["mmd"] > found["truth"]["mmd"], "the shape that is not there is matched by another"


def test_a_second_report_reads_what_the_first_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = make_run(tmp_path, {"draft": Method(lambda *_: FINE)}, [subject("a"), subject("b")])
    first = sets_of(made)
    monkeypatch.setattr(shape_sets, "cloud_of", lambda _task: pytest.fail("a cloud was made again"))
    monkeypatch.setattr(shape_sets, "distances_of", lambda _task: pytest.fail("distances were found again"))
    assert sets_of(made) == first


def test_a_method_without_shapes_has_neither(tmp_path: Path):
    made = make_run(tmp_path, {"draft": Method(lambda *_: None)}, [subject("a")])
    found = sets_of(made)["draft"]
    assert found["cov"] is None and found["mmd"] is None and found["cov_n"] == 0


def test_a_result_made_anew_is_measured_anew(tmp_path: Path):
    made = make_run(tmp_path, {"draft": Method(lambda *_: FINE)}, [subject("a"), subject("b")])
    before = sets_of(made)
    folder = result_folder(made.out, ("draft", "a", "placed-3", 0))
    for path in folder.glob("*"):
        if path.is_file() and path.name not in ("record.json", "mesh.npz"):
            path.unlink()  # a run writes a result's folder as a whole
    ball = trimesh.creation.icosphere()
    (folder / "mesh.npz").write_bytes(mesh_npz(ball.vertices * 0.4, ball.faces))
    assert sets_of(made)["draft"]["mmd"] > before["draft"]["mmd"]
