"""Arguments that commands share: numbers with a least one, and the machines."""

from __future__ import annotations

import argparse
import os

import pytest

from deocc.data.arguments import add_machines, number_from


@pytest.mark.parametrize(("least", "text"), [(1, "0"), (0, "-1"), (0, "two"), (1, "1.5"), (1, "")])
def test_less_than_the_least_and_what_is_no_number_is_refused(least: int, text: str):
    with pytest.raises(argparse.ArgumentTypeError, match=f"“{text}” is no number from {least} on"):
        number_from(least)(text)
    assert number_from(least)(str(least)) == least


def test_machines_are_all_cores_here_unless_told_otherwise():
    parser = argparse.ArgumentParser()
    add_machines(parser)
    plain = parser.parse_args([])
    assert (plain.workers, plain.ray, plain.json) == (os.cpu_count(), "", False)
    told = parser.parse_args(["--workers", "3", "--ray", "auto", "--json"])
    assert (told.workers, told.ray, told.json) == (3, "auto", True)
