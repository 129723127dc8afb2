"""A checkpoint on its way in over the wire: a file of its own, which goes when its import is over."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import BinaryIO

from deocc.errors import is_disk_full
from deocc.weights.preparing import PrepareOptions

OLD_UPLOAD_S = 24 * 3600.0


class WeightsUpload:
    """folder: made for it alone.  options: of the import that follows."""

    def __init__(self, folder: Path, options: PrepareOptions):
        folder.mkdir(parents=True)
        self.options, self.path = options, folder / options.name  # as sentences about the file call it
        self._file: BinaryIO = open(self.path, "wb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def finish(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        """Leaves nothing behind."""
        try:
            self._file.close()
        except OSError as error:
            if not is_disk_full(error):  # the last bytes found no room either: they go with the file
                raise
        shutil.rmtree(self.path.parent, ignore_errors=True)


def remove_old_uploads(uploads: Path) -> None:
    """Removes what a killed server left there; another server may just be taking one in."""
    if uploads.is_dir():
        for left in uploads.iterdir():
            try:
                old = time.time() - left.stat().st_mtime > OLD_UPLOAD_S
            except FileNotFoundError:  # another server sweeps too
                continue
            if old:
                shutil.rmtree(left, ignore_errors=True)
