"""Options are declared once: the wire, the command line and the checks read the same dataclass."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest

from deocc import backends
from deocc.backends.base import card_reply, option, option_fields, parse_options
from deocc.errors import InputFault, InputFaults


@dataclass(frozen=True)
class Options:
    kind: str = option("round", "Kind", "Its kind.", choices=("round", "flat"))
    count: int = option(3, "Count", "How many.", 1, 9)
    share: float = option(0.5, "Share", "How much.", 0.0, 1.0)
    smooth: bool = option(True, "Smooth", "Whether smooth.")


def test_fields_carry_type_default_range_and_words():
    kind, count, share, smooth = option_fields(Options)
    assert (kind.type, kind.choices, kind.default) == ("choice", ["round", "flat"], "round")
    assert (count.type, count.minimum, count.maximum, count.title) == ("int", 1, 9, "Count")
    assert (share.type, smooth.type, smooth.minimum) == ("float", "bool", None)


def test_what_is_left_out_has_its_default_and_whole_numbers_do_for_floats():
    assert parse_options(Options, {}) == Options()
    made = parse_options(Options, {"share": 1, "count": 9, "kind": "flat", "smooth": False})
    assert made == Options("flat", 9, 1.0, False) and isinstance(made.share, float)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "square"},
        {"kind": 1},
        {"count": 0},
        {"count": 10},
        {"count": 2.0},
        {"count": True},
        {"count": "3"},
        {"share": float("nan")},
        {"share": float("inf")},
        {"share": 10**400},
        {"share": 10**5000},
        {"count": -(10**5000)},
        {"kind": 10**5000},
        {"share": -0.1},
        {"smooth": 1},
        {"colour": 1},
        {"": 1},
    ],
)
def test_a_wrong_value_is_a_fault_with_words(values: dict):
    with pytest.raises(InputFaults) as caught:
        parse_options(Options, values)
    [fault] = caught.value.faults
    assert (fault.code, fault.action) == ("bad_option", "edit_options")
    assert fault.message.endswith(".") and len(fault.message) < 200


def test_every_wrong_value_is_told_at_once():
    with pytest.raises(InputFaults) as caught:
        parse_options(Options, {"kind": "square", "count": 99, "colour": 1})
    assert len(caught.value.faults) == 3


def test_every_backend_has_a_card_whose_options_have_words_and_sane_defaults():
    for name in backends.MODULES:
        card = backends.card(name)
        assert card.name == name and card.title and card.summary.endswith(".")
        for one in option_fields(card.options):
            assert one.title and one.help.endswith("."), one.name
        defaults = {one.name: one.default for one in option_fields(card.options)}
        assert parse_options(card.options, defaults) == card.options()
        reply = card_reply(card)
        assert reply.ready and not reply.estimate.measured and reply.estimate.seconds > 0


def test_a_stranger_is_told_with_the_names_there_are():
    with pytest.raises(InputFault, match="no backend “nope”") as caught:
        backends.card("nope")
    assert "draft" in caught.value.hint and caught.value.action == "choose_backend"


def test_reading_cards_loads_no_backend():
    code = (
        "import sys; from deocc import backends as b; [b.card(n) for n in b.MODULES]; print([*sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for library in ("torch", "cv2", "scipy", "trimesh", "skimage"):
        assert f"'{library}'" not in loaded, library
