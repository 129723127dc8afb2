"""Images by hash: complete or not there, and gone when nobody names them."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from deocc.errors import InputFault
from deocc.files import Files, Upload
from tests import pictures


def upload(files: Files, data: bytes, name: str | None = None) -> str:
    name = name or hashlib.sha256(data).hexdigest()
    coming = Upload(files, name)
    try:
        for at in range(0, len(data), 1000):
            coming.write(data[at : at + 1000])
        coming.finish()
    finally:
        coming.abandon()
    return name


def test_an_image_appears_only_when_it_is_complete(tmp_path: Path):
    files, data = Files(tmp_path), pictures.photo_file()
    name = hashlib.sha256(data).hexdigest()
    coming = Upload(files, name)
    coming.write(data)
    assert not files.image(name).exists()
    coming.finish()
    coming.abandon()
    assert files.image(name).read_bytes() == data
    assert [path.name for path in files.images.iterdir()] == [name]


def test_a_wrong_hash_or_no_picture_leaves_nothing(tmp_path: Path):
    files = Files(tmp_path)
    for data, name, code in [
        (pictures.photo_file(), "0" * 64, "wrong_hash"),
        (b"no picture", None, "not_an_image"),
    ]:
        with pytest.raises(InputFault) as caught:
            upload(files, data, name)
        assert caught.value.code == code and list(files.images.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a file on a full disk (Linux)")
def test_a_disk_that_fills_up_during_an_upload_leaves_nothing(tmp_path: Path):
    coming = Upload(Files(tmp_path), "0" * 64)
    coming._file.close()
    coming._file = open("/dev/full", "wb")
    with pytest.raises(OSError) as caught:
        for _ in range(64):
            coming.write(bytes(2**16))
    assert caught.value.errno == errno.ENOSPC
    coming.abandon()
    assert list((tmp_path / "images").iterdir()) == []


def test_images_and_folders_that_no_job_names_go_and_others_stay(tmp_path: Path):
    files = Files(tmp_path)
    kept, unused = upload(files, pictures.photo_file()), upload(files, pictures.object_file())
    (files.images / f".{'0' * 64}.half").write_bytes(b"half an upload")
    for job in ("known", "removed"):
        (files.clear_variant(job, 0) / "completed.png").write_bytes(b"picture")
    files.remove_strays({"known"}, {kept}, older_than_s=3600)
    assert len(list(files.images.iterdir())) == 3  # too new to go
    files.remove_strays({"known"}, {kept}, older_than_s=0)
    assert [path.name for path in files.images.iterdir()] == [kept] and unused != kept
    assert [path.name for path in files.jobs.iterdir()] == ["known"]
