"""A request at the door: names made harmless, values judged all at once."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deocc.backends.readiness import Readiness
from deocc.contract import JobRequest
from deocc.door import NAME_LENGTH, check_values, clean_name, read_request
from deocc.errors import InputFaults
from deocc.weights.folder import WeightsFolder

REQUEST = JobRequest("a" * 64, "b" * 64)
READY = Readiness(WeightsFolder(Path("nowhere")))  # what the draft backend needs: nothing


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("Chair", "Chair"),
        ("  a   red\tchair\n", "a red chair"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\chair.jpg", "chair.jpg"),
        ("", "Object"),
        ("...", "Object"),
        ("/", "Object"),
        ("\x00\x1b[31m", "[31m"),
        ("evil\u202egnp.exe", "evil gnp.exe"),  # the override that shows text backwards
        ("椅子 🪑", "椅子 🪑"),
        ("x" * 500, "x" * NAME_LENGTH),
    ],
)
def test_names_become_one_visible_line_without_a_path(given_name: str, cleaned: str):
    assert clean_name(given_name) == cleaned


@given(st.text())
def test_any_name_is_made_fit_and_stays_so(name: str):
    cleaned = clean_name(name)
    assert cleaned and cleaned.isprintable() and len(cleaned) <= NAME_LENGTH
    assert not set(cleaned) & {"/", "\\"} and cleaned not in (".", "..")
    assert clean_name(cleaned) == cleaned


@given(st.integers(0, 2**63 - 1), st.text(), st.floats(1, 170))
def test_a_request_survives_the_wire(seed: int, name: str, fov_deg: float):
    camera = {"fov_deg": fov_deg}
    body = {"photo": "a" * 64, "object_mask": "b" * 64, "seeds": [seed], "name": name, "camera": camera}
    read = read_request(json.dumps(body).encode())
    assert read.seeds == [seed] and read.name == clean_name(name)
    assert read.camera is not None and read.camera.fov_deg == fov_deg
    check_values(read, READY)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"seeds": []}, ["bad_seed"]),
        ({"seeds": [0, 0]}, ["bad_seed"]),
        ({"seeds": [2**63]}, ["bad_seed"]),
        ({"backend": "nope"}, ["unknown_backend"]),
        ({"backend": "nope", "seeds": [-1]}, ["bad_seed", "unknown_backend"]),
        ({"options": {"nope": 1, "triangles": 1}}, ["bad_option", "bad_option"]),
        ({"options": {"thickness": float("nan")}}, ["bad_option"]),
    ],
)
def test_every_fault_of_the_values_is_told(changes: dict, codes: list[str]):
    with pytest.raises(InputFaults) as caught:
        check_values(dataclasses.replace(REQUEST, **changes), READY)
    assert [fault.code for fault in caught.value.faults] == codes


@pytest.mark.parametrize(
    "camera", [{"fov_deg": 0}, {"fov_deg": 180}, {"fov_deg": 50, "cx": 9}, {"fov_deg": 1e400}]
)
def test_a_camera_that_cannot_be_is_told(camera: dict):
    body = json.dumps({"photo": "a" * 64, "object_mask": "b" * 64, "camera": camera})
    with pytest.raises(InputFaults) as caught:
        check_values(read_request(body.encode()), READY)
    assert caught.value.code in ("bad_camera", "bad_request")


def test_pictures_are_named_by_their_hash_alone(server, puppet_request):
    request = puppet_request(server, photo="../token", occluder_mask="A" * 64)
    faults = server.http.put("/v1/jobs/00000000-0000-4000-8000-000000000000", json=request).json()["faults"]
    assert [fault["code"] for fault in faults] == ["bad_image_name"]
