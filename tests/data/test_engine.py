"""engine.each: one function over many values, here and on Ray; what fails, fails alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deocc.data import engine
from deocc.data.engine import IN_FLIGHT, ONE_THREAD, Done, each
from deocc.errors import DeoccError, InputFault

MISHAPS = ("fine", "die", "bug", "fault", "exit", "hang", "memory", "after")
TIMEOUT_S = 5.0  # a process of a busy machine has started by then
ROOT = Path(__file__).resolve().parents[2]


def act(what: str) -> tuple[str, int, dict[str, str | None]]:
    """A task that ends as it is told to."""
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "exit":
        os._exit(3)
    elif what == "bug":
        raise ZeroDivisionError("a bug")
    elif what == "fault":
        raise DeoccError("told", "It was told to fail.", "Tell it otherwise.")
    elif what == "memory":
        raise MemoryError
    elif what == "hang":
        time.sleep(600)
    elif what == "nap":
        time.sleep(0.3)
    return what, os.getpid(), {name: os.environ.get(name) for name in ONE_THREAD}


def unpicklable(_what: str) -> object:
    return lambda: None


def checked_mishaps(found: list[Done]) -> dict[str, Done]:
    """What must hold of MISHAPS wherever they ran; by task."""
    by_task = {MISHAPS[one.index]: one for one in found}
    assert sorted(by_task) == sorted(MISHAPS)
    for what in ("fine", "after"):
        value = by_task[what].value
        assert value and value[0] == what and by_task[what].fault is None
        assert value[1] != os.getpid()
        assert set(value[2].values()) == {"1"}, "each process has one thread"
    faults = {what: one.fault for what, one in by_task.items() if one.fault}
    assert {what: fault.code for what, fault in faults.items()} == {
        "die": "process_died",
        "bug": "unexpected",
        "fault": "told",
        "exit": "process_died",
        "hang": "timeout",
        "memory": "out_of_memory",
    }
    assert faults["bug"].message == "ZeroDivisionError: a bug"
    assert faults["bug"].hint.startswith("In test_engine.py, line ")
    assert faults["fault"].message == "It was told to fail." and faults["fault"].hint == "Tell it otherwise."
    assert faults["hang"].message == f"It took over {TIMEOUT_S:g} seconds."
    return by_task


def test_every_mishap_is_its_own_tasks_fault_and_the_others_go_on():
    before = dict(os.environ)
    found = checked_mishaps(list(each(act, MISHAPS, workers=2, timeout_s=TIMEOUT_S)))
    assert found["die"].fault and "SIGKILL" in found["die"].fault.message
    assert found["exit"].fault and "exit code 3" in found["exit"].fault.message
    assert dict(os.environ) == before


def test_what_can_not_come_back_is_a_fault():
    [one] = each(unpicklable, ["x"], workers=1)
    assert one.value is None and one.fault is not None


def test_results_come_as_they_are_done_not_in_order():
    first, *_ = each(act, ["nap", "fine"], workers=2)
    assert first.index == 1


def test_items_are_taken_as_there_is_room_for_them():
    taken = 0

    def items() -> Iterator[str]:
        nonlocal taken
        for _ in range(40):
            taken += 1
            yield "fine"

    for number, _ in enumerate(each(act, items(), workers=2), 1):
        assert taken <= number + 2 * IN_FLIGHT
    assert taken == 40


def test_closing_ends_all_that_runs():
    running = each(act, ["fine", "hang", "hang"], workers=2)
    one = next(running)
    assert one.index == 0
    began = time.monotonic()
    running.close()
    assert time.monotonic() - began < 10  # not the 600 s that they would hang


KILLED = """
import sys
from deocc.data.engine import each
from tests.data.test_engine import act
if __name__ == "__main__":
    for one in each(act, ["fine", "hang", "hang"], workers=2):
        print(one.value[1], flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are found by /proc or signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_parent(how: signal.Signals, tmp_path: Path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        start_new_session=True,
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert is_alive(worker)
    if how == signal.SIGINT:
        os.killpg(parent.pid, how)  # as a terminal does
    else:
        parent.kill()
    parent.wait(20)
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(worker)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_without_ray_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputFault, match="not installed: ray") as caught:
        list(each(act, ["fine"], workers=1, ray_address="auto"))
    assert "pip install" in caught.value.hint


@pytest.mark.slow
def test_a_ray_cluster_does_the_same(cluster: str):
    checked_mishaps(list(each(act, MISHAPS, workers=1, ray_address=cluster, timeout_s=TIMEOUT_S)))
    again = list(each(act, ["fine"] * 20, workers=1, ray_address=cluster))
    assert sorted(one.index for one in again) == list(range(20))


@pytest.mark.slow
def test_closing_ends_what_runs_on_the_cluster(cluster: str):
    running = each(act, ["fine", "hang", "hang", "hang"], workers=1, ray_address=cluster)
    next(running)
    running.close()
    [one] = each(act, ["fine"], workers=1, ray_address=cluster, timeout_s=60)
    assert one.fault is None  # both cores are free again


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_told_in_a_sentence(cluster: str):
    with pytest.raises(InputFault, match="no Ray cluster"):
        list(each(act, ["fine"], workers=1, ray_address="127.0.0.1:1"))


def test_a_death_without_a_code_is_told_too():
    assert engine._death(None).message == "Its process ended for no known reason."
