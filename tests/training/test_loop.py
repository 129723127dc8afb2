"""The training loop: it learns, goes on to the same numbers, and never leaves half a state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from deocc.errors import InputFault
from deocc.training import state as states
from deocc.training.journal import NAME as LOG
from deocc.training.loop import Pace, train
from deocc.training.plan import Phase, Plan
from deocc.training.state import NAME
from tests.training.tiny_task import TinyTask

PLAN = Plan((Phase(20, 64, 8), Phase(10, 128, 4)), seed=5, rate=0.02, warmup=2)
PACE = Pace(log=5, save=5, look=10, readers=0)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / LOG).read_text("utf-8").splitlines()]


def timeless(folder: Path) -> list[dict[str, float]]:
    return [
        {name: value for name, value in line.items() if name not in ("seconds", "pictures_per_s")}
        for line in lines(folder)
    ]


def weights(state: states.State) -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in (*state.module.state_dict().values(),)] + [
        tensor.numpy().tobytes() for tensor in state.average.state_dict().values()
    ]


def test_it_learns_and_says_how_far_it_is(tmp_path: Path):
    said: list[dict[str, float]] = []
    plan = Plan((Phase(400, 64, 32),), rate=0.02, warmup=2)
    train(TinyTask(), plan, tmp_path, Pace(log=100, save=400, look=200, readers=0), said.append)
    errors = [line["error"] for line in said if "error" in line]
    assert len(errors) == 4 and errors[-1] < 0.05 * errors[0]
    assert said == lines(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("look-*")) == ["look-0000200.jpg", "look-0000400.jpg"]


def test_in_pieces_it_comes_to_the_same_numbers(tmp_path: Path):
    whole_task, whole = TinyTask(), tmp_path / "whole"
    end = train(whole_task, PLAN, whole, PACE, lambda line: None)
    pieces_task, pieces = TinyTask(), tmp_path / "pieces"
    for _ in range(PLAN.steps):  # each piece is one step long: its time is up at once
        piece = train(pieces_task, PLAN, pieces, Pace(log=5, save=5, look=10, piece_s=0, readers=0), print)
    assert piece.step == end.step == 30
    assert pieces_task.numbers == whole_task.numbers == list(range(20 * 8 + 10 * 4))
    assert pieces_task.sides == [64] * 20 + [128] * 10
    assert weights(piece) == weights(end)


def test_killed_between_saves_it_goes_on_from_the_last(tmp_path: Path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    end = train(TinyTask(), PLAN, whole, PACE, lambda line: None)

    class Killed(Exception):
        pass

    def die(line: dict[str, float]) -> None:
        if line["step"] >= 15 and "error" in line:
            raise Killed

    with pytest.raises(Killed):
        train(TinyTask(), PLAN, killed, PACE, die)
    again = train(TinyTask(), None, killed, PACE, lambda line: None)
    assert weights(again) == weights(end)
    assert timeless(killed) == timeless(whole)  # the lines of steps done twice are there once


def test_a_full_disk_leaves_the_state_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    train(TinyTask(), PLAN, tmp_path, Pace(log=5, save=5, look=10, piece_s=0, readers=0), lambda line: None)
    before = (tmp_path / NAME).read_bytes()

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        train(TinyTask(), None, tmp_path, PACE, lambda line: None)
    monkeypatch.undo()
    assert (tmp_path / NAME).read_bytes() == before
    assert train(TinyTask(), None, tmp_path, PACE, lambda line: None).step == PLAN.steps


def test_another_task_or_a_broken_state_is_refused(tmp_path: Path):
    train(TinyTask(), PLAN, tmp_path, Pace(piece_s=0, readers=0), lambda line: None)
    with pytest.raises(InputFault, match="another task"):
        train(TinyTask("lines"), PLAN, tmp_path, PACE, lambda line: None)
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes()[:500])
    with pytest.raises(InputFault, match="no training that can go on"):
        train(TinyTask(), PLAN, tmp_path, PACE, lambda line: None)


def test_readers_do_not_change_what_is_drawn(tmp_path: Path):
    plan = Plan((Phase(3, 64, 4),), seed=5)
    alone = train(TinyTask(), plan, tmp_path / "alone", PACE, lambda line: None)
    read = train(TinyTask(), plan, tmp_path / "read", Pace(readers=2), lambda line: None)
    assert weights(alone) == weights(read)


def test_a_finished_training_can_be_made_longer(tmp_path: Path):
    short = train(TinyTask(), PLAN, tmp_path, PACE, lambda line: None)
    assert train(TinyTask(), None, tmp_path, PACE, lambda line: None).step == short.step  # nothing to do
    longer = train(TinyTask(), None, tmp_path, PACE, lambda line: None, steps=40)
    assert longer.step == 40 and longer.plan.phases[-1] == Phase(20, 128, 4)
