"""Faults keep all their parts on every way they take."""

from __future__ import annotations

import copy
import pickle

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
