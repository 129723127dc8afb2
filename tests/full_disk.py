"""A small disk is filled to its last byte."""

from __future__ import annotations

from pathlib import Path

import pytest


def fill(disk: Path) -> Path:
    """Takes all room on a disk; the file that holds it."""
    with open(disk / "filler", "wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(bytes(4096))
    return disk / "filler"
