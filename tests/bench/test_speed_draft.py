"""The draft backend's speed: the photos are what they claim, and every kind is told with its goal."""

from __future__ import annotations

import math

import pytest

from deocc.backends.draft.backend import Draft
from deocc.backends.draft.card import DraftOptions
from deocc.bench.silent_tick import SilentTick
from deocc.bench.speed_draft import (
    KINDS,
    MEMORY_GOAL_GB,
    PASS_GOAL_S,
    PHOTO_SIZE,
    SECONDS_GOAL,
    measure_draft,
    synthetic_observation,
)


def test_the_photos_have_one_megapixel():
    assert PHOTO_SIZE[0] * PHOTO_SIZE[1] == 1_000_000
    assert synthetic_observation("mug").photo.shape == (PHOTO_SIZE[1], PHOTO_SIZE[0], 3)


@pytest.mark.parametrize(("kind", "shape"), [("mug", "revolve"), ("carton", "box"), ("gourd", "inflate")])
def test_each_kind_of_shape_is_measured_with_a_part_hidden(kind: str, shape: str):
    assert kind in KINDS
    observation = synthetic_observation(kind, (500, 320))
    drafted = Draft().draft(observation, DraftOptions(), 0, SilentTick())
    assert drafted.solid.kind == shape
    gained = drafted.completion.whole.sum() / observation.object_mask.sum() - 1
    assert gained > 0.05  # the post hides at least this much of each


def test_figures_stand_beside_their_goals_and_come_from_a_process_of_their_own():
    one_pass, seconds, memory, alone_s, _ = measure_draft(kinds=("gourd",), size=(320, 200), runs=1)
    assert (one_pass.unit, one_pass.goal) == ("s", PASS_GOAL_S) and "pass" in one_pass.name
    assert math.isnan(one_pass.value) or 0 < one_pass.value < 60
    assert alone_s.name == "draft by geometry: gourd, 1 megapixel" and alone_s.goal == SECONDS_GOAL
    assert (seconds.unit, seconds.goal) == ("s", SECONDS_GOAL)
    assert (memory.unit, memory.goal) == ("GB", MEMORY_GOAL_GB)
    assert "gourd" in seconds.name and "gourd" in memory.name
    assert 0 < seconds.value < 60  # a sanity check of the unit, not of the speed
    assert 0.05 < memory.value < 4  # numpy, SciPy and OpenCV alone hold 0.1
