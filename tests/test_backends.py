"""Options are declared once: the wire, the command line and the checks read the same dataclass."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from deocc import backends
from deocc.backends.base import option, option_fields, parse_options
from deocc.backends.readiness import Readiness
from deocc.errors import InputFault, InputFaults
from deocc.weights.folder import WeightsFolder
from tests import pictures
from tests.puppet.card import PuppetOptions
from tests.server_under_test import ROOT


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
        reply = Readiness(WeightsFolder(Path("nowhere"))).reply(card)
        assert reply.ready == (reply.blocked is None) == (name in ("draft", "puppet"))
        assert not reply.estimate.measured and reply.estimate.seconds > 0


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


def test_a_folder_and_one_line_are_a_whole_backend(server, puppet_request, tmp_path: Path):
    """The puppet of these tests is nowhere in the product: its folder, and one line in puppet_server.py."""
    for half in ("server", "deocc_blender"):
        for path in (ROOT / half).rglob("*.py"):
            assert "puppet" not in path.read_text("utf-8"), path
    cards = {card["name"]: card for card in server.http.get("/v1/backends").json()["backends"]}
    declared = [one.name for one in dataclasses.fields(PuppetOptions)]
    assert [one["name"] for one in cards["puppet"]["options"]] == declared and "step_s" in declared
    answer = server.send_job(puppet_request(server, options={"steps": 20_000}))  # checked by its dataclass
    assert answer.json()["error"]["message"] == "Steps is 20000, outside 0 to 10000."
    assert server.finish(server.put_job(puppet_request(server)))["state"] == "done"
    (tmp_path / "photo.png").write_bytes(pictures.photo_file())
    (tmp_path / "mask.png").write_bytes(pictures.object_file())
    words = [
        "run",
        "photo.png",
        "--object",
        "mask.png",
        "--backend",
        "puppet",
        "--steps",
        "5",
        "--out",
        "out",
    ]
    command = [sys.executable, "-m", "tests.puppet_server", *words]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    about = json.loads((tmp_path / "out" / "seed-0" / "package.json").read_text())
    assert about["recipe"]["options"]["steps"] == 5  # by a flag made of the same dataclass
