"""The training's log: means since the last line, pictures a second, and no line twice after a kill."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from deocc.training import journal as journals
from deocc.training.journal import NAME, Journal


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(journals, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


def test_each_line_has_the_means_and_the_speed_since_the_one_before(tmp_path: Path, clock: Clock):
    said: list[dict[str, float]] = []
    journal = Journal(tmp_path, said.append, 0)
    for value in (1.0, 2.0, 6.0):
        clock.now += 2
        journal.add({"loss": torch.tensor(value), "edge": torch.tensor(10 * value)}, 8)
    journal.write_means(3, 64)
    clock.now += 4
    journal.add({"loss": torch.tensor(5.0)}, 2)
    journal.write_means(4, 128)
    journal.write({"step": 4, "iou": 0.5})
    assert said == [
        {"step": 3, "side": 64, "loss": 3.0, "edge": 30.0, "pictures_per_s": 4.0},
        {"step": 4, "side": 128, "loss": 5.0, "pictures_per_s": 0.5},
        {"step": 4, "iou": 0.5},
    ]
    assert [json.loads(line) for line in (tmp_path / NAME).read_text("utf-8").splitlines()] == said


def test_lines_of_steps_that_were_not_kept_go_and_so_does_what_a_kill_cut_short(tmp_path: Path):
    kept = ['{"step": 5, "loss": 3}', '{"step": 10, "loss": 2}', '{"step": 10, "iou": 0.5}']
    gone = ['{"step": 15, "loss": 1}', "[10]", '{"loss": 1}', '{"step": 5, "lo']
    (tmp_path / NAME).write_text("\n".join([*kept, *gone]), "utf-8")
    Journal(tmp_path, print, 10).write({"step": 20, "loss": 0})
    assert (tmp_path / NAME).read_text("utf-8").splitlines() == [*kept, '{"step": 20, "loss": 0}']
