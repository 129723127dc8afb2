"""What decides a part's bytes: equal for equal recipes, files and libraries, "" for what is not there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from deocc import __version__
from deocc.data.recipe import library_versions, recipe_digest, sha256_of


def test_equal_recipes_have_equal_digests_whatever_their_order():
    assert recipe_digest({"a": 1, "b": [2]}) == recipe_digest({"b": [2], "a": 1})
    assert recipe_digest({"a": 1}) != recipe_digest({"a": 2})


def test_versions_are_of_the_package_its_recipe_and_what_is_installed():
    told = library_versions(3, ("numpy", "no-such-library"))
    assert told == {"deocc": __version__, "recipe": "3", "numpy": np.__version__, "no-such-library": ""}


def test_a_file_has_its_sha256_and_one_that_is_not_there_none(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()
    assert sha256_of(tmp_path / "b") == "" and sha256_of(tmp_path) == ""
