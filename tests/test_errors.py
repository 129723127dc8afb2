"""Faults keep all their parts on every way they take."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from pathlib import Path

from deocc.contract import Fault, as_fault
from deocc.errors import DeoccError, InputFault, InputFaults


def test_a_fault_survives_pickling_with_all_parts():
    fault = InputFault("code", "Message.", "Hint.", "retry", 413)
    again = pickle.loads(pickle.dumps(fault))
    assert type(again) is InputFault and again.status == 413
    assert as_fault(again) == Fault("code", "Message.", "Hint.", "retry")


def test_several_faults_read_as_the_first_and_keep_the_rest():
    several = InputFaults([InputFault("a", "A.", "do a", "open_photo", 413), InputFault("b", "B.")])
    assert (several.code, several.action, several.status, str(several)) == ("a", "open_photo", 413, "A. B.")
    again = copy.copy(several)
    assert [one.code for one in again.faults] == ["a", "b"]


def test_the_users_mistakes_are_400_and_ours_500():
    assert InputFault("x", "X.").status == 400 and DeoccError("x", "X.").status == 500


ROOT = Path(__file__).resolve().parents[1]
NOT_ON_THE_WIRE = {"bench", "data", "training", "cli.py", "demo.py", "run_photo.py", "command.py"}
FAULTS = {"DeoccError", "InputFault", "WeightsFault", "Fault", "_fault", "_mask_fault"}


def faults_in_the_code() -> list[tuple[str, str]]:
    """(code, action) of every fault that the server's files spell out."""
    found = []
    for path in sorted((ROOT / "server" / "deocc").rglob("*.py")):
        if path.relative_to(ROOT / "server" / "deocc").parts[0] in NOT_ON_THE_WIRE:
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        for call in calls:
            words = [one.value if isinstance(one, ast.Constant) else "" for one in call.args] + [""] * 4
            if getattr(call.func, "id", "") in FAULTS and words[0]:
                found.append((str(words[0]), str(words[3])))
    return [(code, action) for code, action in found if re.fullmatch("[a-z_]+", code)]


def test_every_code_and_every_action_is_in_the_wires_document():
    text = (ROOT / "docs" / "http.md").read_text("utf-8")
    table = text[text.index("| status | codes |") : text.index("## Backends")]
    told = set(re.findall("`([a-z_]+)`", table))
    spelled = {code for code, _ in faults_in_the_code()} - {"exists"}  # of `deocc run` alone
    assert len(spelled) > 40  # the search finds them
    assert spelled - told == set()
    assert told - spelled == {"token_missing", "token_wrong", "not_found", "wrong_method"}  # in variables
    actions = re.findall("`([a-z_]+)`", text[text.index("names the remedy") : text.index("A job that fails")])
    assert {action for _, action in faults_in_the_code() if action} <= set(actions)
