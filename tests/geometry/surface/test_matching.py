"""Levels: what two sources differ by is carried on to where only one of them knows anything."""

from __future__ import annotations

import numpy as np

from deocc.geometry.surface.matching import DARK, carried_on, levels, relit

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.uniform(-0.5, 0.5, (4000, 3)).astype(np.float32)


def test_a_lamps_colour_is_carried_on_to_what_it_was_not_seen_to_shine_on():
    below = RANDOM.uniform(20, 150, (4000, 3)).astype(np.float32)
    lamp = np.log([1.3, 1.0, 0.8])
    above = relit(below, np.broadcast_to(lamp, below.shape))
    weight = (POINTS[:, 0] > 0.2).astype(np.float32)  # known in a third of the space
    found = relit(below, levels(POINTS, below, above, weight, POINTS))
    assert np.abs(found - above).max() < 0.1  # one factor everywhere: smoothing changes nothing


def test_black_stays_black_in_coloured_light():
    black = np.zeros((4000, 3), np.float32)
    bright = np.full((4000, 3), 100, np.float32)
    carried = levels(POINTS, bright, bright * 1.3, np.ones(4000, np.float32), POINTS)
    assert relit(black, carried).max() < 0.35 * DARK


def test_near_a_border_the_borders_difference_counts_and_far_away_the_mean():
    value = np.where(POINTS[:, :1] > 0, 1.0, -1.0).astype(np.float32)
    known = (np.abs(POINTS[:, 1]) < 0.1).astype(np.float32)
    right = np.array([[0.3, 0.15, 0], [0.3, 0, 0]], np.float32)
    assert (carried_on(POINTS, value, known, right) > 0.9).all()


def test_nothing_known_changes_nothing():
    assert not carried_on(POINTS, np.ones((4000, 3), np.float32), np.zeros(4000, np.float32), POINTS).any()
