"""From values per object to what a table says: means over levels, bootstrap intervals, spread over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.bench.built import LEVEL_SHARES

RESAMPLES = 10_000
CONFIDENCE = 0.95
FEWEST = 10  # objects: below, a bootstrap says more than it knows
CHUNK = 1_000  # resamples at a time: memory stays small for hundreds of objects


@dataclass(frozen=True)
class Interval:
    """A mean over objects and the bounds of its 95 % interval, all in the measure's unit."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class LevelMean:
    """A mean over levels by Table 1's shares. missing: levels without a value, whose shares went to the
    others in proportion."""

    mean: float
    missing: tuple[int, ...]


@dataclass(frozen=True)
class Seeds:
    """One measure over the seeds of one case. best: the largest or smallest, as asked.  spread: standard
    deviation with n - 1, None for one seed."""

    best: float
    mean: float
    spread: float | None


def bootstrap(
    values: Sequence[float] | NDArray, generator: np.random.Generator, resamples: int = RESAMPLES
) -> Interval | None:
    """Percentile bootstrap over objects of the mean of values (n,); None below FEWEST objects."""
    known = np.asarray(values, np.float64)
    if len(known) < FEWEST:
        return None
    means = np.concatenate(
        [
            known[generator.integers(0, len(known), (min(CHUNK, resamples - done), len(known)))].mean(axis=1)
            for done in range(0, resamples, CHUNK)
        ]
    )
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(known.mean()), float(low), float(high))


def paired(
    a: Sequence[float] | NDArray,
    b: Sequence[float] | NDArray,
    generator: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """The interval of the mean difference a - b over the same objects, (n,) each in one order: every
    resample draws the same objects for both."""
    return bootstrap(np.asarray(a, np.float64) - np.asarray(b, np.float64), generator, resamples)


def level_mean(values: Mapping[int, float]) -> LevelMean | None:
    """Values by level 1..5 -> their mean weighted by the shares of DeOcc-1-to-3 Table 1, renormalised over
    the levels there are; None without any."""
    if not values:
        return None
    shares = {level: LEVEL_SHARES[level - 1] for level in sorted(values)}
    total = sum(shares.values())
    mean = sum(share * values[level] for level, share in shares.items()) / total
    missing = tuple(level for level in range(1, len(LEVEL_SHARES) + 1) if level not in values)
    return LevelMean(mean, missing)


def over_seeds(values: Sequence[float], larger_is_better: bool) -> Seeds:
    """Best of k, mean and spread of one case's values, k ≥ 1."""
    known = np.asarray(values, np.float64)
    best = known.max() if larger_is_better else known.min()
    spread = float(known.std(ddof=1)) if len(known) > 1 else None
    return Seeds(float(best), float(known.mean()), spread)
