"""The training loop: it learns, goes on to the same numbers, and never leaves half a state."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from deocc.errors import InputFault
from deocc.training import loop as loops
from deocc.training import state as states
from deocc.training.journal import NAME as LOG
from deocc.training.journal import Journal
from deocc.training.loop import Pace, train
from deocc.training.plan import Phase, Plan
from deocc.training.state import NAME, Spent, read_begun
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


class Looked(TinyTask):
    """Remembers what it was asked."""

    def __init__(self):
        super().__init__()
        self.seeds: list[int] = []
        self.chances: list[int] = []
        self.dtypes: set[torch.dtype] = set()
        self.looks: list[tuple[torch.nn.Module, bool, int]] = []

    def module(self, seed):
        self.seeds.append(seed)
        return super().module(seed)

    def samples(self, seed, start, count):
        self.seeds.append(seed)
        return super().samples(seed, start, count)

    def loss(self, module, rows, side, generator):
        self.chances.append(generator.initial_seed())
        self.dtypes.add((rows["x"] @ rows["x"].T).dtype)
        return super().loss(module, rows, side, generator)

    def validate(self, module, side):
        self.looks.append((module, module.training, side))
        return super().validate(module, side)

    def picture(self, module, side, path):
        self.looks.append((module, module.training, side))
        super().picture(module, side, path)


def test_a_look_is_at_the_average_in_the_size_of_the_steps_before_it_and_at_the_end(tmp_path: Path):
    task, plan = Looked(), Plan((Phase(4, 64, 2), Phase(3, 128, 2)))
    state = train(task, plan, tmp_path, Pace(log=4, save=9, look=4, readers=0), lambda line: None)
    assert task.looks == [(state.average, False, side) for side in (64, 64, 128, 128)]
    told = [(line["step"], "error" in line, "validated" in line) for line in lines(tmp_path)]
    assert told == [(4, True, False), (4, False, True), (7, True, False), (7, False, True)]


def test_every_seed_and_step_has_chances_of_its_own_in_half_precision(tmp_path: Path):
    chances = set()
    for seed in (5, 6):
        task = Looked()
        train(task, Plan((Phase(4, 64, 2),), seed=seed), tmp_path / str(seed), PACE, lambda line: None)
        assert set(task.seeds) == {seed} and task.dtypes == {torch.bfloat16}
        chances |= set(task.chances)
    assert len(chances) == 8


def test_a_wild_batch_moves_the_weights_by_the_rate_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """By plain descent the step is as long as the gradient, which is cut at 1; and the average follows."""
    asked: list[tuple[float, float]] = []

    def descent(module: torch.nn.Module, rate: float, weight_decay: float) -> torch.optim.Optimizer:
        asked.append((rate, weight_decay))
        return torch.optim.SGD(module.parameters(), rate)

    class Wild(TinyTask):
        def loss(self, module, rows, side, generator):
            error, told = super().loss(module, rows, side, generator)
            return 1e4 * error, told

    monkeypatch.setattr(loops, "optimizer_of", descent)
    plan = Plan((Phase(5, 64, 4),), rate=0.02, warmup=2, weight_decay=0.3)
    state = train(Wild(), plan, tmp_path, Pace(piece_s=0, readers=0), lambda line: None)
    assert asked == [(0.02, 0.3)] and state.step == 1

    def parts(module: torch.nn.Module) -> torch.Tensor:
        return torch.cat([one.detach().reshape(-1) for one in module.parameters()])

    began, now, average = (parts(one) for one in (Wild().module(0), state.module, state.average))
    assert (now - began).norm().item() == pytest.approx(0.01, rel=1e-3)  # half of the rate: it warms up
    assert (average - began).norm().item() == pytest.approx(0.009, rel=1e-2)  # keeps a tenth at first


def test_seconds_of_all_pieces_count_and_every_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ticks = count()
    pictures: list[int] = []
    monkeypatch.setattr(loops, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    monkeypatch.setattr(Journal, "add", lambda self, losses, several: pictures.append(several))
    pace = Pace(log=5, save=5, look=10, piece_s=0, readers=0)
    first = train(TinyTask(), PLAN, tmp_path, pace, lambda line: None)
    other = Plan((Phase(2, 64, 9),), seed=9)
    second = train(TinyTask(), other, tmp_path, pace, lambda line: None)
    assert second.plan == PLAN, "it goes on with the plan that it was begun with"
    assert second.seconds == 2 * first.seconds > 0
    assert pictures == [8, 8]


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
    more = TinyTask()
    more.about = lambda: {"task": "points", "device": "moon"}
    with pytest.raises(InputFault, match="another device"):
        train(more, PLAN, tmp_path, PACE, lambda line: None)
    train(more, PLAN, tmp_path / "more", Pace(piece_s=0, readers=0), lambda line: None)
    with pytest.raises(InputFault, match="another device"):
        train(TinyTask(), PLAN, tmp_path / "more", PACE, lambda line: None)
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


def test_a_new_training_begins_with_another_one_s_averaged_weights(tmp_path: Path):
    """It counts its steps from 0, its samples from where those of all trainings before ended: 20 × 8 + 10 × 4
    are 200, 3 × 4 more 212."""
    first = train(TinyTask(), PLAN, tmp_path / "first", PACE, lambda line: None)
    still = Plan((Phase(3, 64, 4),), seed=5, rate=0.0, weight_decay=0.0)
    task = TinyTask()
    begun = read_begun(tmp_path / "first", task.module(0))
    second = train(task, still, tmp_path / "second", PACE, lambda line: None, begun=begun)
    for ours, theirs in zip(second.average.parameters(), first.average.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)
    assert second.step == 3 and task.numbers == list(range(200, 212))
    begun = read_begun(tmp_path / "second", task.module(0))
    third = train(TinyTask(), still, tmp_path / "third", PACE, lambda line: None, begun=begun)
    assert third.before == Spent(212, first.seconds + second.seconds)
    again = train(TinyTask(), None, tmp_path / "third", PACE, lambda line: None)
    assert again.before == third.before  # kept in the state


def test_what_is_nothing_to_begin_with_is_refused(tmp_path: Path):
    module = TinyTask().module(0)
    with pytest.raises(InputFault, match="no training in"):
        read_begun(tmp_path / "nowhere", module)
    train(TinyTask(), PLAN, tmp_path / "first", Pace(piece_s=0, readers=0), lambda line: None)
    assert read_begun(tmp_path / "first", module).spent.pictures == 8
    with pytest.raises(InputFault, match="another network"):
        read_begun(tmp_path / "first", torch.nn.Linear(4, 1))
