"""Fills a region with patches of what is known around it, coarse to fine: texture goes on, nothing smears.

Every unknown pixel's neighbourhood looks for the known neighbourhood most like it, and pixels take the mean
of what their neighbours found; repeated from a small picture to a larger one. At the end each pixel knows
from where it is copied, so the full-size picture is filled with full-size pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import blurred, inside, nearest, resized

LEVELS_PX = (26, 52, 104)  # longest side of the pictures worked on
ROUNDS = (6, 3, 2)
SMOOTH_PX = 256
FOLD_SHARE = 0.2  # of the object's size
HALF = 2  # patches of 5 × 5
GRAIN = 150.0  # squared colour levels that two patches of one surface differ by
STRIDES = (4, 2, 1, 1, 1)
BLEND = 3  # how fast one copied piece goes over into the next: slower, and the grain is averaged away
MOST_SOURCES = 2000  # a random choice of this many known patches: more look the same and cost time
WEAR = 20.0  # squared colour levels: a patch used often gives way to one as good, else one flat patch wins
NEARNESS = 8.0  # colour levels that a patch width of distance counts as: near texture fits the light better


def fill(
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """colours (h, w, 3) float32 with the wanted pixels filled from the known ones; both masks (h, w),
    disjoint."""
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
        small_wanted = (resized(wanted.astype(np.float32), size) > 0) & ~small_known
        if not small_known.any() or not small_wanted.any():
            continue
        first = _reflected(level, small_known) if filled is None else resized(filled, size)
        level = np.where(small_known[..., None], level, first)
        filled, shift = _match_and_mix(level, small_known, small_wanted, rounds, generator)
    if filled is None or shift is None:
        return np.where(wanted[..., None], smooth_fill(colours, known), colours)
    return _copy(colours, known, wanted, filled, shift)


def shrunk(
    colours: NDArray[np.float32], known: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means over the known pixels at `size` (width, height), and the share of them, (h, w) float32 0..1."""
    share = resized(known.astype(np.float32), size)
    value = resized(colours * known[..., None], size)
    return value / np.maximum(share, np.float32(1e-6))[..., None], share


def smooth_fill(colours: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The known pixels carried on smoothly to all others: means of ever larger blocks, then back down. At
    most SMOOTH_PX fine: what varies faster is not smooth."""
    height, width = known.shape
    factor = min(1.0, SMOOTH_PX / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    value, weight = shrunk(colours, known, size)
    levels = [(value, weight)]
    while max(levels[-1][1].shape) > 2:
        value, weight = levels[-1]
        half = (max(1, (weight.shape[1] + 1) // 2), max(1, (weight.shape[0] + 1) // 2))
        below = resized(weight, half)
        levels.append((resized(value * weight[..., None], half) / np.maximum(below, 1e-6)[..., None], below))
    result = levels[-1][0]
    for value, weight in reversed(levels[:-1]):
        below = resized(result, (weight.shape[1], weight.shape[0]))
        share = np.minimum(weight, 1)[..., None]
        result = value * share + below * (1 - share)
    return resized(result.astype(np.float32), (width, height))


def _reflected(colours: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The known pixels turned over along their border, to and fro, no deeper than FOLD_SHARE: what lies deep
    inside has nothing to do with what lies far outside."""
    border, away = nearest(known)  # (h, w, 2) row, column of the nearest known pixel
    outward = np.indices(known.shape).transpose(1, 2, 0) - border
    outward = outward / np.maximum(np.linalg.norm(outward, axis=2), 1e-6)[..., None]
    deepest = max(2.0, FOLD_SHARE * float(np.sqrt(known.sum())))
    depth = deepest - np.abs(away % (2 * deepest) - deepest)
    out = np.where(known[..., None], colours, smooth_fill(colours, known))
    left = ~known
    for share in (1.0, 0.5, 0.25):  # where the object is thinner than the fold
        source = np.rint(border - outward * (share * depth)[..., None]).astype(int)
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
    inner = inside(known, HALF)
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
        described = np.concatenate(
            [patches[sources[:, 0], sources[:, 1]], sources * weight], axis=1, dtype=np.float32
        )
        asked = np.concatenate(
            [patches[targets[:, 0], targets[:, 1]], targets * weight], axis=1, dtype=np.float32
        )
        lengths = (described**2).sum(axis=1) / 2 + used
        for begin in range(0, len(targets), 1024):  # in parts: a whole table would be 100 MB
            part = asked[begin : begin + 1024] @ described.T
            found[begin : begin + 1024] = (part - lengths).argmax(axis=1)
        often = np.bincount(found, minlength=len(sources)) * (len(sources) / len(targets))
        used = (WEAR * len(offsets) * np.minimum(often, 8)).astype(np.float32)
        picture = _vote(picture, known, targets, sources[found], offsets)
    shift = np.zeros((height, width, 2), np.int64)
    shift[targets[:, 0], targets[:, 1]] = sources[found] - targets
    shift = _cohere(shift, targets, wanted, inner, _patches(picture, offsets))
    picture = _vote(picture, known, targets, targets + shift[targets[:, 0], targets[:, 1]], offsets)
    return picture, shift[..., ::-1].astype(np.float32)


def _cohere(
    shift: NDArray[np.int64],
    targets: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    inner: NDArray[np.bool_],
    patches: NDArray[np.float32],
) -> NDArray[np.int64]:
    """(h, w, 2) shifts row, column; pixels take over a neighbour's shift that is more common than their own
    and fits nearly as well, so that whole pieces are copied: one flat patch over and over would draw a
    grid."""
    height, width = wanted.shape
    shift = shift.copy()
    rows, columns = targets.T

    def cost(of: NDArray[np.int64]) -> NDArray[np.float32]:
        at = targets + of
        held: NDArray[np.bool_] = (at >= 0).all(axis=1) & (at < (height, width)).all(axis=1)
        at[~held] = 0
        held &= inner[at[:, 0], at[:, 1]]
        far = ((patches[rows, columns] - patches[at[:, 0], at[:, 1]]) ** 2).mean(axis=1)
        return np.where(held, far, np.inf).astype(np.float32)

    own = cost(shift[rows, columns])
    for stride in STRIDES:
        for step in ((0, stride), (stride, 0), (0, -stride), (-stride, 0)):
            code = (shift[..., 0] + height) * (4 * width) + shift[..., 1] + width
            common = np.bincount(code[rows, columns])
            near = np.clip(targets + step, 0, (height - 1, width - 1))
            offered = shift[near[:, 0], near[:, 1]]
            better = (
                common[code[near[:, 0], near[:, 1]] * wanted[near[:, 0], near[:, 1]]]
                > common[code[rows, columns]]
            )
            theirs = cost(offered)
            taken = better & wanted[near[:, 0], near[:, 1]] & (theirs < own * 1.5 + GRAIN)
            shift[rows[taken], columns[taken]] = offered[taken]
            own[taken] = theirs[taken]
    return shift


def _patches(picture: NDArray[np.float32], offsets: NDArray[np.int64]) -> NDArray[np.float32]:
    """(h, w, 3 * patch): every pixel's neighbourhood."""
    height, width = picture.shape[:2]
    wide = np.pad(picture, ((HALF, HALF), (HALF, HALF), (0, 0)), mode="symmetric")
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
    filled: NDArray[np.float32],
    shift: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Full-size pixels from where the small picture `filled` says by `shift`, brought to its colours: the
    grain of what is copied, the smooth course of what was found."""
    height, width = known.shape
    small_height, small_width = shift.shape[:2]
    scale = np.array([width / small_width, height / small_height], np.float32)
    rows, columns = np.nonzero(wanted)
    place = np.stack([columns, rows], 1).astype(np.float32) + 0.5  # (N, 2)
    grid = place / scale - 0.5
    base = np.floor(grid)
    part = grid - base
    total, sum_weights = np.zeros((len(rows), 3), np.float32), np.zeros(len(rows), np.float32)
    for dx in (0, 1):
        for dy in (0, 1):
            x = np.clip(base[:, 0] + dx, 0, small_width - 1).astype(int)
            y = np.clip(base[:, 1] + dy, 0, small_height - 1).astype(int)
            weight = (np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])) ** BLEND
            source = np.floor(place + shift[y, x] * scale).astype(int)
            sx, sy = np.clip(source[:, 0], 0, width - 1), np.clip(source[:, 1], 0, height - 1)
            weight = weight * (known[sy, sx] & shift[y, x].any(axis=1))
            total += colours[sy, sx] * weight[:, None]
            sum_weights += weight
    out = np.where(wanted[..., None], resized(filled, (width, height)), colours)
    held = sum_weights > 1e-6
    out[rows[held], columns[held]] = total[held] / sum_weights[held, None]
    mean, _ = shrunk(out, wanted | known, (small_width, small_height))
    off = blurred(filled - mean, 1.2)  # block by block it would draw the small picture's grid
    return np.where(wanted[..., None], out + resized(off, (width, height)), colours)
