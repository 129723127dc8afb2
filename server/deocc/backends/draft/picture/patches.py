"""Fills a region with patches of what is known around it, coarse to fine: texture goes on, nothing smears.

Every unknown pixel's neighbourhood looks for the known neighbourhood most like it, and pixels take the mean
of what their neighbours found; repeated from a small picture to a larger one. At the end each pixel knows
from where it is copied, so the full-size picture is filled with full-size pixels, grain and all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.morphology import around, blurred, inside, resized
from deocc.backends.draft.picture.blending import evened, met, shrunk, smooth_fill
from deocc.backends.draft.picture.folding import folded
from deocc.backends.draft.picture.pieces import pieces

LEVELS_PX = (26, 52, 104)  # longest side of the pictures worked on
ROUNDS = (6, 3, 2)
HALF = 2  # patches of 5 × 5
BLEND = 3  # how fast one piece goes over into the next: slower, and the grain is averaged away
AROUND = 0.5  # of the wanted part's size: so much about it is looked at
MOST_SOURCES = 2000  # a random choice of this many known patches: more look the same and cost time
WEAR = 20.0  # squared colour levels: a patch used often gives way to one as good, else one flat patch wins
NEARNESS = 8.0  # colour levels that a patch width of distance counts as: near texture fits the light better


def fill(
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    generator: np.random.Generator,
    guess: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """colours (h, w, 3) float32 with the wanted pixels filled from the known ones; disjoint (h, w) masks.
    guess: (h, w, 3), what the wanted ones may look like from afar."""
    if not wanted.any() or not known.any():
        return colours
    window = _around(wanted, known)
    out = colours.copy()
    likely = None if guess is None else guess[window]
    out[window] = _fill(colours[window], known[window], wanted[window], generator, likely)
    return out


def _around(wanted: NDArray[np.bool_], known: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The wanted part and as much about it as tells how to go on; everything where that holds too little."""
    rows, columns = wanted.any(axis=1).sum(), wanted.any(axis=0).sum()
    window = around(wanted, round(AROUND * float(max(rows, columns))) + 4 * HALF)
    return window if known[window].sum() > wanted.sum() else np.s_[:, :]


def _fill(
    colours: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    generator: np.random.Generator,
    guess: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    height, width = known.shape
    found = None
    for longest, rounds in zip(LEVELS_PX, ROUNDS, strict=True):
        factor = min(1.0, longest / max(height, width))
        size = (max(2 * HALF + 1, round(width * factor)), max(2 * HALF + 1, round(height * factor)))
        level, share = shrunk(colours, known, size)
        small_known = share > 0.6
        small_wanted = (resized(wanted.astype(np.float32), size) > 0) & ~small_known
        if not small_known.any() or not small_wanted.any():
            continue
        if found is not None:
            first = resized(found[0], size)
        else:
            first = folded(level, small_known) if guess is None else resized(guess, size)
        level = np.where(small_known[..., None], level, first)
        filled, shift = _match_and_mix(level, small_known, small_wanted, rounds, generator)
        found = filled, shift, level, small_known, small_wanted
    if found is None:
        return np.where(wanted[..., None], smooth_fill(colours, known), colours)
    filled, shift, level, small_known, small_wanted = found
    shift = pieces(filled, small_known, _whole_patches(small_known), small_wanted, shift)
    filled = evened(level, small_known, small_wanted, shift, filled)
    return met(_copy(colours, known, wanted, filled, shift), known, wanted, max(height / len(filled), 2.0))


def _match_and_mix(
    level: NDArray[np.float32],
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    rounds: int,
    generator: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """One level's picture filled, and from where each wanted pixel comes: (h, w, 2) shift row, column."""
    height, width = known.shape
    sources = np.argwhere(_whole_patches(known))
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
    return picture, shift


def _whole_patches(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where all around is known; where that is nowhere, all that is known."""
    inner = inside(known, HALF)
    return inner if inner.sum() >= 8 else known


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
    shift: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Full-size pixels from where the small picture `filled` says by `shift`, brought to its colours: the
    grain of what is copied, the smooth course of what was found. One piece goes over into the next within a
    small pixel."""
    height, width = known.shape
    small = np.array(shift.shape[:2])
    scale = np.array([height, width]) / small
    places = np.argwhere(wanted)
    grid = (places + 0.5) / scale - 0.5
    base = np.floor(grid).astype(int)
    total, weights = np.zeros((len(places), 3), np.float32), np.zeros(len(places), np.float32)
    for step in ((0, 0), (0, 1), (1, 0), (1, 1)):
        block = np.clip(base + step, 0, small - 1)
        offset = shift[block[:, 0], block[:, 1]]
        source = np.clip(places + np.rint(offset * scale).astype(int), 0, (height - 1, width - 1))
        rows, columns = source.T
        weight = np.abs(1 - np.array(step) - (grid - base)).prod(axis=1) ** BLEND
        weight = (weight * (known[rows, columns] & offset.any(axis=1))).astype(np.float32)
        total += colours[rows, columns] * weight[:, None]
        weights += weight
    out = np.where(wanted[..., None], resized(filled, (width, height)), colours)
    held = weights > 1e-6
    out[places[held, 0], places[held, 1]] = total[held] / weights[held, None]
    mean, _ = shrunk(out, wanted | known, (int(small[1]), int(small[0])))
    off = blurred(filled - mean, 1.2)  # block by block it would draw the small picture's grid
    return np.where(wanted[..., None], out + resized(off, (width, height)), colours)
