"""The draft backend's card and options, as the command line and the panel will read them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from deocc.backends.base import option_fields, parse_options
from deocc.backends.draft.card import CARD, DraftOptions
from deocc.errors import InputFaults


def test_every_option_has_words_and_a_range_or_choices():
    for field in option_fields(DraftOptions):
        assert field.title and field.help.endswith(".")
        assert field.choices or field.minimum is not None


def test_defaults_are_within_their_ranges():
    defaults = {field.name: field.default for field in option_fields(CARD.options)}
    assert parse_options(DraftOptions, defaults) == DraftOptions()


def test_a_wrong_choice_is_named():
    with pytest.raises(InputFaults, match="inside-out"):
        parse_options(DraftOptions, {"completion": "inside-out"})


def test_the_card_needs_no_heavy_library():
    code = (
        "import sys, deocc.backends.draft.card; "
        "print([m for m in ('cv2', 'scipy', 'trimesh', 'torch') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == "[]"
