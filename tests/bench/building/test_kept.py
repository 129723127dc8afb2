"""Objects on disk: whole or absent, and kept only where nothing of them or of their recipe has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from deocc.bench.building.kept import kept_files, write_object

FILES = {"object.json": b"{}", "clean/photo.png": b"pixels"}


def test_what_was_written_is_kept_for_its_recipe_alone(tmp_path: Path):
    hashes = write_object(tmp_path / "mug", FILES, "a recipe")
    assert set(hashes) == set(FILES)
    assert kept_files(tmp_path / "mug", "a recipe") == kept_files(tmp_path / "mug") == hashes
    assert kept_files(tmp_path / "mug", "another") is None
    assert kept_files(tmp_path / "none", "a recipe") is None


@pytest.mark.parametrize("name", ["object.json", "clean/photo.png", "built.json"])
def test_a_changed_or_lost_file_is_noticed(tmp_path: Path, name: str):
    folder = tmp_path / "mug"
    hashes = write_object(folder, FILES, "a recipe")
    (folder / name).write_bytes(b"other")
    assert kept_files(folder, "a recipe") is None
    (folder / name).unlink()
    assert kept_files(folder, "a recipe") is None
    assert write_object(folder, FILES, "a recipe") == hashes, "it is put there again"
    assert kept_files(folder, "a recipe") == hashes
