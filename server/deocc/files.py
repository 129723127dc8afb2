"""The data folder's files: images by their hash, pictures and packages by job and variant."""

from __future__ import annotations

import hashlib
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from deocc.errors import InputFault, is_disk_full
from deocc.package import put_in_place, write_beside
from deocc.picture_file import MAX_FILE_BYTES, image_size

RESERVE_BYTES = 2**20  # an end takes some pages of 4 kB in the database and its log
UNUSED_IMAGE_S = 24 * 3600.0  # an image that no job has named for so long is removed at the next start


class Files:
    """Paths below the data folder, made of job ids and hashes that were checked at the door alone."""

    def __init__(self, data_dir: Path):
        self.images, self.jobs = data_dir / "images", data_dir / "jobs"
        self.images.mkdir(parents=True, exist_ok=True)
        self.jobs.mkdir(parents=True, exist_ok=True)
        self._reserve = data_dir / "reserve"
        self.keep_reserve()

    def keep_reserve(self) -> None:
        """Holds some room on the disk, so that on a full one a job's end can still be written down."""
        if self._reserve.exists():
            return
        try:
            write_beside(bytes(RESERVE_BYTES), self._reserve)
        except OSError as error:
            if not is_disk_full(error):
                raise

    def free_reserve(self) -> bool:
        """Gives that room back to the disk; whether there was any."""
        held = self._reserve.exists()
        self._reserve.unlink(missing_ok=True)
        return held

    def image(self, sha256: str) -> Path:
        return self.images / sha256

    def variant(self, job_id: str, n: int) -> Path:
        return self.jobs / job_id / str(n)

    def clear_variant(self, job_id: str, n: int) -> Path:
        """Makes a variant's folder anew, without what an attempt before left there."""
        folder = self.variant(job_id, n)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def package(self, job_id: str, n: int) -> Path:
        return self.variant(job_id, n) / "package.zip"

    def remove_job(self, job_id: str) -> None:
        shutil.rmtree(self.jobs / job_id, ignore_errors=True)

    def remove_strays(self, jobs: Iterable[str], images: Iterable[str], older_than_s: float) -> None:
        """Removes what a killed server or a broken upload left: files of no job in `jobs`, and images that
        are not in `images` and older than so long."""
        known, kept, limit = set(jobs), set(images), time.time() - older_than_s
        for path in self.jobs.iterdir():
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)
        for path in self.images.iterdir():
            if path.name not in kept and path.stat().st_mtime <= limit:
                path.unlink(missing_ok=True)


class Upload:
    """An image on its way in: written beside its place, checked, then renamed there."""

    def __init__(self, files: Files, sha256: str):
        self.size_bytes = 0
        self._sha256, self._path = sha256, files.image(sha256)
        self._beside = files.images / f".{sha256}.{uuid.uuid4().hex}"
        self._digest = hashlib.sha256()
        self._file: BinaryIO = open(self._beside, "wb")

    def write(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        if self.size_bytes > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 2**20
            raise InputFault(
                "file_too_large", f"The picture is over {limit} MB.", "Save it smaller.", "open_photo", 413
            )
        self._digest.update(chunk)
        self._file.write(chunk)

    def finish(self) -> None:
        """Checks the hash and that it is a picture, then puts it in its place."""
        self._file.close()
        if self._digest.hexdigest() != self._sha256:
            raise InputFault(
                "wrong_hash", "The picture changed on its way to the server.", "Try again.", "retry"
            )
        image_size(self._beside, "file")
        put_in_place(self._beside, self._path)

    def abandon(self) -> None:
        """Leaves nothing behind; harmless after finish."""
        try:
            self._file.close()
        except OSError as error:
            if not is_disk_full(error):  # the last bytes found no room either: they go with the file
                raise
        self._beside.unlink(missing_ok=True)
