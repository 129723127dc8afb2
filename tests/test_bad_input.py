"""What a person may send by mistake, to a real server: one clear sentence with its code, or it is read."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from deocc.picture_file import WORKING_PIXELS
from tests import pictures
from tests.server_under_test import ServerUnderTest

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n"
NO_PICTURE = "The file can't be read as a picture."


def mask(box: tuple[int, int, int, int] | None, size: tuple[int, int] = pictures.SIZE) -> bytes:
    return pictures.file_of(pictures.mask(box, size))


def only_fault(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The one fault of an answer; its parts read as a person would want them."""
    assert answer.status_code == status, answer.text
    [fault] = answer.json()["faults"]
    assert fault == answer.json()["error"]
    for part in ("message", "hint"):
        assert fault[part][:1].isupper() and fault[part].endswith("."), fault
    return fault


# -- files that can't be used --


@pytest.mark.parametrize(
    ("data", "status", "code", "message"),
    [
        (b"a letter to grandmother", 400, "not_an_image", NO_PICTURE),
        (b"", 400, "not_an_image", NO_PICTURE),
        (POSTSCRIPT, 400, "not_an_image", NO_PICTURE),  # a program; Pillow alone would have it run
        (pictures.png_header(0, 0), 400, "not_an_image", NO_PICTURE),
        (
            pictures.file_of(pictures.photo((1, 1))),
            400,
            "photo_too_small",
            "The file is 1×1 pixels; each side needs at least 16.",
        ),
        (
            pictures.file_of(Image.new("1", (20_000, 20_000))),  # 50 kB that would unpack to 1.2 GB
            413,
            "photo_too_large",
            "The file has 400 megapixels; 300 is the most.",
        ),
    ],
    ids=["no image", "nothing", "a program", "0×0", "1×1", "a decompression bomb"],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    server: ServerUnderTest, data: bytes, status: int, code: str, message: str
):
    before = set((server.data_dir / "images").iterdir())
    fault = only_fault(server.send_image(data), status)
    assert (fault["code"], fault["message"], fault["action"]) == (code, message, "open_photo")
    assert set((server.data_dir / "images").iterdir()) == before


def test_a_file_that_breaks_off_fails_its_job_in_one_sentence(server: ServerUnderTest, puppet_request):
    whole = pictures.file_of(pictures.photo((640, 480)), "JPEG")
    masks = {"object_mask": server.put_image(mask((100, 100, 300, 300), (640, 480))), "occluder_mask": None}
    photo = server.put_image(whole[: len(whole) // 2])
    job = server.finish(server.put_job(puppet_request(server, photo=photo, **masks)))
    assert job["state"] == "failed"
    assert job["error"] == {
        "code": "broken_image",
        "message": "The photo's file is damaged or incomplete.",
        "hint": "Save it again.",
        "action": "open_photo",
    }


# -- odd files that are read --


def sixteen_bit() -> bytes:
    ramp = np.linspace(0, 65535, pictures.SIZE[0]).astype(np.uint16)
    return pictures.file_of(Image.fromarray(np.tile(ramp, (pictures.SIZE[1], 1))))


def animated() -> bytes:
    black = Image.new("RGB", pictures.SIZE)
    return pictures.file_of(pictures.photo(), "WEBP", save_all=True, append_images=[black], lossless=True)


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it right by a quarter to look at it
    return pictures.file_of(pictures.photo().transpose(Image.Transpose.ROTATE_90), exif=exif)


PHOTO = np.asarray(pictures.photo()).astype(int)  # (64, 96, 3)
GREY = np.asarray(pictures.photo().convert("L").convert("RGB")).astype(int)
RAMP = np.broadcast_to(np.linspace(0, 255, 96)[None, :, None], (64, 96, 3))


@pytest.mark.parametrize(
    ("data", "wanted", "tolerance"),
    [
        (sixteen_bit(), RAMP, 1),  # rounding
        (pictures.file_of(pictures.photo().convert("L")), GREY, 0),
        (pictures.file_of(pictures.photo().convert("CMYK"), "JPEG", quality=95), PHOTO, 12),  # JPEG's loss
        (animated(), PHOTO, 0),
        (turned(), PHOTO, 0),
    ],
    ids=["16-bit", "grey", "CMYK", "animated", "EXIF-rotated"],
)
def test_an_odd_photo_comes_through_as_a_person_sees_it(server, puppet_request, data, wanted, tolerance: int):
    job_id = server.put_job(puppet_request(server, photo=server.put_image(data)))
    assert server.finish(job_id)["state"] == "done"
    packed = server.http.get(f"/v1/jobs/{job_id}/variants/0/completed.png").content
    completed = np.asarray(Image.open(io.BytesIO(packed)))[..., :3]
    assert completed.shape == wanted.shape
    assert np.abs(completed - wanted).max() <= tolerance


def test_a_photo_of_a_hundred_megapixels_is_scaled_not_refused(server: ServerUnderTest, puppet_request):
    size = (12_000, 8_400)
    photo = server.put_image(pictures.file_of(Image.new("RGB", size, (10, 200, 30)), "JPEG"))
    masks = {
        "object_mask": server.put_image(mask((3000, 3000, 6000, 6000), size)),
        "occluder_mask": server.put_image(mask((6000, 3000, 9000, 6000), size)),
    }
    job_id = server.put_job(puppet_request(server, photo=photo, **masks))
    assert server.finish(job_id)["state"] == "done"
    packed = server.http.get(f"/v1/jobs/{job_id}/variants/0/completed.png").content
    width, height = Image.open(io.BytesIO(packed)).size
    assert width * height == pytest.approx(WORKING_PIXELS, rel=0.01)  # whole pixels on either side


# -- masks that can't be --


@pytest.mark.parametrize(
    ("seen", "hiding", "code", "message"),
    [
        (
            mask((5, 5, 40, 40), (64, 48)),
            None,
            "mask_size",
            "The object mask is 64×48 pixels, the photo 96×64.",
        ),
        (
            mask((20, 10, 50, 50)),
            mask((5, 5, 40, 40), (64, 48)),
            "mask_size",
            "The occluder mask is 64×48 pixels, the photo 96×64.",
        ),
        (mask(None), None, "object_mask_empty", "The object mask is empty."),
        (mask((0, 0, 96, 64)), None, "object_mask_full", "The object mask covers the whole photo."),
        (
            mask((20, 10, 50, 50)),
            mask((10, 5, 60, 60)),
            "object_all_hidden",
            "The occluder mask covers the whole object mask, so nothing of the object is seen.",
        ),
        (
            mask((20, 10, 50, 50)),
            mask((20, 10, 40, 50)),
            "masks_overlap",
            "The occluder mask covers 67% of the object mask.",
        ),
        (
            mask((20, 10, 23, 13)),
            None,
            "object_too_small",
            "The object mask has 9 pixels; 64 is the least.",
        ),
    ],
    ids=[
        "of another size",
        "occluder of another size",
        "empty",
        "full",
        "entirely occluder",
        "overlapping",
        "too small",
    ],
)
def test_masks_that_cannot_be_are_refused_in_one_sentence(
    server, puppet_request, seen, hiding, code: str, message: str
):
    masks = {"object_mask": server.put_image(seen), "occluder_mask": hiding and server.put_image(hiding)}
    job_id = str(uuid.uuid4())
    fault = only_fault(server.send_job(puppet_request(server, **masks), job_id), 400)
    assert (fault["code"], fault["message"], fault["action"]) == (code, message, "edit_masks")
    assert server.http.get(f"/v1/jobs/{job_id}").status_code == 404  # nothing was queued


# -- values and names --


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ([2**63], "The seed 9223372036854775808 is not between 0 and 2^63 - 1."),
        ([-1], "The seed -1 is not between 0 and 2^63 - 1."),
        ([], "A job has 1 to 16 different seeds, not 0."),
        ([1, 1], "A job has 1 to 16 different seeds; two of these are the same."),
        (list(range(17)), "A job has 1 to 16 different seeds, not 17."),
    ],
)
def test_seeds_outside_the_rules_are_refused_in_one_sentence(server, puppet_request, seeds, message: str):
    fault = only_fault(server.send_job(puppet_request(server, seeds=seeds)), 400)
    assert (fault["code"], fault["message"]) == ("bad_seed", message)


def test_a_seed_of_hundreds_of_digits_is_refused_too(server: ServerUnderTest, puppet_request):
    body = json.dumps(puppet_request(server, seeds=[10**400]))
    answer = server.http.put(f"/v1/jobs/{uuid.uuid4()}", content=body)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "bad_seed"


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_the_largest_seed_survives_the_way_there_and_back(server: ServerUnderTest, puppet_request, seed: int):
    job = server.finish(server.put_job(puppet_request(server, seeds=[seed])))
    assert job["state"] == "done" and job["variants"][0]["seed"] == seed


def test_a_path_in_a_name_makes_no_path(server: ServerUnderTest, puppet_request):
    job_id = server.put_job(puppet_request(server, name="../../etc/pass\x00wd\n"))
    assert server.finish(job_id)["name"] == "pass wd"
    assert server.send_image(pictures.photo_file(), "..%2F..%2Ftoken").status_code == 404
    for path in ("/v1/jobs/..%2F..%2Ftoken", "/v1/jobs/%2e%2e/variants/0/package", "/v1/jobs/token"):
        assert server.http.get(path).status_code in (404, 422)


def test_all_faults_of_a_request_come_together(server: ServerUnderTest, puppet_request):
    request = puppet_request(server, seeds=[2**63], options={"steps": -1, "colour": 1, "behaviour": "sing"})
    request["object_mask"] = server.put_image(mask((5, 5, 20, 20), (64, 48)))
    request["occluder_mask"] = "0" * 64
    request["camera"] = {"fov_deg": 500.0}
    answer = server.send_job(request)
    assert answer.status_code == 400
    codes = [fault["code"] for fault in answer.json()["faults"]]
    assert codes == ["bad_seed", "bad_camera", "bad_option", "bad_option", "bad_option", "image_missing"]


# -- the wrong token --


@pytest.mark.parametrize(
    ("token", "code", "message"),
    [
        (None, "token_missing", "The server's token is missing."),
        ("x", "token_wrong", "The token is not this server's."),
    ],
)
def test_a_missing_or_wrong_token_is_refused_in_one_sentence(server, token: str | None, code: str, message):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    fault = only_fault(httpx.get(f"{server.url}/v1/jobs", headers=headers, trust_env=False), 401)
    assert (fault["code"], fault["message"], fault["action"]) == (code, message, "edit_token")
