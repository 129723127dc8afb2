"""Objects on disk: whole or absent, and whether one that is there is what would be built again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from deocc.bench.built import file_hashes
from deocc.package import write_folder

SEAL = "built.json"  # beside an object's files: of which recipe, and their sha256


def kept_files(folder: Path, digest: str = "") -> dict[str, str] | None:
    """sha256 of an object's files where all are there and unchanged, and of this recipe if one is given."""
    try:
        seal = json.loads((folder / SEAL).read_text("utf-8"))
        if digest and seal["recipe"] != digest:
            return None
        found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in seal["files"]}
        return found if found == seal["files"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_object(folder: Path, files: Mapping[str, bytes], digest: str) -> dict[str, str]:
    """Puts an object's folder there, in place of one that is no longer true; sha256 of its files. OSError."""
    hashes = file_hashes(files)
    seal = json.dumps({"recipe": digest, "files": hashes}, indent=1).encode()
    if folder.exists():
        shutil.rmtree(folder)  # of another recipe, or damaged; only what a build made lies here
    write_folder({**files, SEAL: seal}, folder)
    return hashes
