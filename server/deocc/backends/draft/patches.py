"""Fills a region with patches of what is known around it, coarse to fine: texture goes on instead of smearing.

Every unknown pixel's neighbourhood looks for the known neighbourhood most like it, and pixels take the mean of what
their neighbours found; repeated from a small picture to a larger one. At the end each pixel knows from where it is
copied, so the full-size picture is filled with full-size pixels.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LEVELS_PX = (26, 52, 104)  # longest side of the pictures worked on
ROUNDS = (6, 3, 2)
SMOOTH_PX = 256
FOLD_SHARE = 0.2  # of the object's size
HALF = 2  # patches of 5 × 5
MOST_SOURCES = 3000  # a random choice of this many known patches: more look the same and cost time
WEAR = 120.0  # squared colour levels: a patch used often gives way to one nearly as good, else one flat patch wins
NEARNESS = 6.0  # colour levels per patch width of distance (root mean square): near texture fits the light better


def fill(
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """colours (h, w, 3) float32 with the wanted pixels filled from the known ones; both masks (h, w), disjoint."""
    if not wanted.any() or not known.any():
        return colours
    height, width = known.shape
    shift: NDArray[np.float32] | None = None
    filled: NDArray[np.float32] | None = None
    for longest, rounds in zip(LEVELS_PX, ROUNDS, strict=True):
        factor = min(1.0, longest / max(height, width))
        size = (max(2 * HALF + 1, round(width * factor)), max(2 * HALF + 1, round(height * factor)))
        level, share = shrunk(colours, known, size)
        small_known = share > 0.6
        small_wanted = (cv2.resize(wanted.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0) & ~small_known
        if not small_known.any() or not small_wanted.any():
            continue
        first = _reflected(level, small_known) if filled is None else cv2.resize(filled, size)
        level = np.where(small_known[..., None], level, first)
        filled, shift = _match_and_mix(level, small_known, small_wanted, rounds, generator)
    if filled is None or shift is None:
        return np.where(wanted[..., None], smooth_fill(colours, known), colours)
    return _copy(colours, known, wanted, cv2.resize(filled, (width, height)), shift)


def shrunk(
    colours: NDArray[np.float32], known: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means over the known pixels at `size` (width, height), and the share of them, (h, w) float32 0..1."""
    share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    value = cv2.resize(colours * known[..., None], size, interpolation=cv2.INTER_AREA)
    return value / np.maximum(share, 1e-6)[..., None], share


def smooth_fill(colours: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The known pixels carried on smoothly to all others: means of ever larger blocks, then back down. At most
    SMOOTH_PX fine: what varies faster is not smooth."""
    height, width = known.shape
    factor = min(1.0, SMOOTH_PX / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    value, weight = shrunk(colours, known, size)
    levels = [(value, weight)]
    while max(levels[-1][1].shape) > 2:
        value, weight = levels[-1]
        half = (max(1, (weight.shape[1] + 1) // 2), max(1, (weight.shape[0] + 1) // 2))
        total = cv2.resize(value * weight[..., None], half, interpolation=cv2.INTER_AREA)
        below = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
        levels.append((total / np.maximum(below, 1e-6)[..., None], below))
    result = levels[-1][0]
    for value, weight in reversed(levels[:-1]):
        below = cv2.resize(result, (weight.shape[1], weight.shape[0]))
        share = np.minimum(weight, 1)[..., None]
        result = value * share + below * (1 - share)
    return cv2.resize(result, (width, height)).astype(np.float32)


def _reflected(colours: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The known pixels turned over along their border, to and fro, no deeper than FOLD_SHARE: what lies deep inside
    has nothing to do with what lies far outside."""
    away, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    at = np.zeros((int(labels.max()) + 1, 2), np.int64)
    at[labels[known]] = np.argwhere(known)
    nearest = at[labels]  # (h, w, 2) row, column of the nearest known pixel
    outward = np.stack(np.mgrid[0 : known.shape[0], 0 : known.shape[1]], axis=2) - nearest
    outward = outward / np.maximum(np.linalg.norm(outward, axis=2), 1e-6)[..., None]
    deepest = max(2.0, FOLD_SHARE * float(np.sqrt(known.sum())))
    depth = deepest - np.abs(away % (2 * deepest) - deepest)
    out = np.where(known[..., None], colours, smooth_fill(colours, known))
    left = ~known
    for share in (1.0, 0.5, 0.25):  # where the object is thinner than the fold
        source = np.rint(nearest - outward * (share * depth)[..., None]).astype(int)
        source = np.clip(source, 0, np.array(known.shape) - 1)
        good = left & known[source[..., 0], source[..., 1]]
        out[good] = colours[source[good][:, 0], source[good][:, 1]]
        left &= ~good
    return out.astype(np.float32)


def _match_and_mix(
    level: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    rounds: int,
    generator: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One level's picture filled, and from where each wanted pixel comes: (h, w, 2) float32 shift x, y."""
    height, width = known.shape
    inner = cv2.erode(known.astype(np.uint8), np.ones((2 * HALF + 1,) * 2, np.uint8)).astype(bool)
    sources = np.argwhere(inner if inner.sum() >= 8 else known)
    if len(sources) > MOST_SOURCES:
        sources = sources[generator.permutation(len(sources))[:MOST_SOURCES]]
    targets = np.argwhere(wanted)
    offsets = np.argwhere(np.ones((2 * HALF + 1,) * 2, bool)) - HALF
    weight = NEARNESS * len(offsets) ** 0.5 / (2 * HALF + 1)
    picture = level.astype(np.float32)
    found = np.zeros(len(targets), np.int64)
    used = np.zeros(len(sources), np.float32)
    for _ in range(rounds):
        patches = _patches(picture, offsets)
        described = np.concatenate([patches[sources[:, 0], sources[:, 1]], sources * weight], axis=1, dtype=np.float32)
        asked = np.concatenate([patches[targets[:, 0], targets[:, 1]], targets * weight], axis=1, dtype=np.float32)
        lengths = (described**2).sum(axis=1) / 2 + used
        for begin in range(0, len(targets), 1024):  # in parts: a whole table would be 100 MB
            part = asked[begin : begin + 1024] @ described.T
            found[begin : begin + 1024] = (part - lengths).argmax(axis=1)
        often = np.bincount(found, minlength=len(sources)) * (len(sources) / len(targets))
        used = (WEAR * len(offsets) * np.minimum(often, 8)).astype(np.float32)
        picture = _vote(picture, known, targets, sources[found], offsets)
    shift = np.zeros((height, width, 2), np.float32)
    shift[targets[:, 0], targets[:, 1]] = (sources[found] - targets)[:, ::-1]
    return picture, shift


def _patches(picture: NDArray[np.float32], offsets: NDArray[np.int64]) -> NDArray[np.float32]:
    """(h, w, 3 * patch): every pixel's neighbourhood."""
    height, width = picture.shape[:2]
    wide = cv2.copyMakeBorder(picture, HALF, HALF, HALF, HALF, cv2.BORDER_REFLECT)
    parts = [wide[HALF + dy : HALF + dy + height, HALF + dx : HALF + dx + width] for dy, dx in offsets]
    return np.concatenate(parts, axis=2)


def _vote(
    picture: NDArray[np.float32],
    known: NDArray[np.bool_],
    targets: NDArray[np.int64],
    partners: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Each wanted pixel becomes the mean of what the patches over it found for it."""
    height, width = known.shape
    total, count = np.zeros((height * width, 3)), np.zeros(height * width)
    for offset in offsets:
        to, at = targets + offset, partners + offset
        held = (np.minimum(to, at) >= 0).all(axis=1) & (np.maximum(to, at) < (height, width)).all(axis=1)
        to, at = to[held], at[held]
        good = known[at[:, 0], at[:, 1]]
        index, source = to[good] @ (width, 1), at[good]
        colours = picture[source[:, 0], source[:, 1]]
        for channel in range(3):
            total[:, channel] += np.bincount(index, colours[:, channel], height * width)
        count += np.bincount(index, minlength=height * width)
    out = picture.copy()
    rows, columns = targets[:, 0], targets[:, 1]
    index = rows * width + columns
    mean = total[index] / np.maximum(count[index], 1)[:, None]
    out[rows, columns] = np.where(count[index, None] > 0, mean, picture[rows, columns])
    return out


def _copy(
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    guess: NDArray[np.float32],
    shift: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Full-size pixels from where the small picture says: each the mix of the four nearest small pixels' finds, so
    that no block shows."""
    height, width = known.shape
    small_height, small_width = shift.shape[:2]
    scale = np.array([width / small_width, height / small_height], np.float32)
    rows, columns = np.nonzero(wanted)
    place = np.stack([columns, rows], 1) + 0.5  # (N, 2)
    grid = place / scale - 0.5
    base = np.floor(grid)
    part = grid - base
    total, sum_weights = np.zeros((len(rows), 3), np.float32), np.zeros(len(rows), np.float32)
    for dx in (0, 1):
        for dy in (0, 1):
            x = np.clip(base[:, 0] + dx, 0, small_width - 1).astype(int)
            y = np.clip(base[:, 1] + dy, 0, small_height - 1).astype(int)
            weight = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
            source = np.floor(place + shift[y, x] * scale).astype(int)
            sx, sy = np.clip(source[:, 0], 0, width - 1), np.clip(source[:, 1], 0, height - 1)
            weight = weight * (known[sy, sx] & shift[y, x].any(axis=1))
            total += colours[sy, sx] * weight[:, None]
            sum_weights += weight
    out = guess.copy()
    held = sum_weights > 1e-3
    out[rows[held], columns[held]] = total[held] / sum_weights[held, None]
    return out
