"""Hides a drawn share of the object of a scene: pasted objects, shapes, contacts, the photo's border."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy import count_nonzero
from numpy.typing import NDArray

from deocc.data.draws import stamps
from deocc.data.draws.layer import Layer, Mask, Pixels, box, only, paste, shade, warped
from deocc.data.draws.place import beside, over
from deocc.data.draws.sample import KINDS
from deocc.data.draws.scene import FRAME, Scene, Views, other
from deocc.data.occluders.pasted import RULES as PASTE_RULES
from deocc.data.occluders.pasted import VISIBLE_PX

UNOCCLUDED = 0.12  # share of the pairs (row D25)
SHARE = (0.02, 0.8)  # of the object that is hidden in half of the others, drawn evenly;
COMMON = (2.4, 7.6)  # in the other half by this beta distribution, near DeOcc-1-to-3's Table 1: mean 0.24
EVEN = 0.5
LARGE = (
    0.6  # share of occluders of a size that says nothing of how much they hide: else a network learns that
)
MOST_LARGE = 2.2  # it does, and completes too much behind what is large; in longest sides of the object
MOST = 0.88  # is never hidden more: what would hide more is left out
MISSED = 0.04  # so much short of the wanted share another occluder is pasted
WAYS = (0.13, 0.15, 0.17, 0.55)  # shares of border, contact, shapes, pasted objects
TWO_KINDS = 0.3  # share of the occluded pairs with a second kind
BORDER_MOST = 0.6  # of the object beyond the border; a photo shows more of what it is taken of
CLOSE = 0.3  # share of the photos whose border runs near the object without cutting it
NEAR = 0.5  # share of the unoccluded pairs with an occluder beside the object


@dataclass(frozen=True)
class Hidden:
    """A scene with its occluders. photo: (FRAME, FRAME, 3) uint8.  hides: (FRAME, FRAME) bool, all occluders'
    pixels.  inside: left, top, right, bottom of the photo in the frame; what is beyond is unknown.
    visible: bool, what is seen of the object.  share: hidden of the whole object, 0..1.  kind: of KINDS."""

    photo: Pixels
    hides: Mask
    inside: tuple[int, int, int, int]
    visible: Mask
    share: float
    kind: str


def hide(
    scene: Scene,
    view: np.void,
    views: Views,
    backdrops: NDArray[np.uint8],
    rng: np.random.Generator,
) -> Hidden:
    """Hides a part of the view that the scene shows; other bodies' views are what hides."""
    work = _Work(scene, view, views, backdrops, rng)
    if rng.random() < UNOCCLUDED:
        if rng.random() < NEAR:
            work.near()
        return work.done()
    wanted = rng.uniform(*SHARE) if rng.random() < EVEN else max(rng.beta(*COMMON), SHARE[0])
    ways = (work.border, work.contact, work.shapes, work.pasted)  # what lies on top comes last
    drawn = np.sort(rng.choice(len(ways), 2 if rng.random() < TWO_KINDS else 1, False, WAYS))
    if len(drawn) == 2:
        ways[drawn[0]](wanted * rng.uniform(0.3, 0.7))
    if wanted > work.share():
        ways[drawn[-1]](wanted - work.share())
    for _ in range(3):
        if wanted - work.share() > MISSED:
            work.pasted(wanted - work.share())
    return work.done()


class _Work:
    """A scene being hidden, part by part."""

    def __init__(
        self,
        scene: Scene,
        view: np.void,
        views: Views,
        backdrops: NDArray[np.uint8],
        rng: np.random.Generator,
    ):
        self._scene, self._view, self._rng, self._body = scene, view, rng, int(view["body"])
        self._views, self._backdrops = views, backdrops
        self._photo, self._visible = scene.photo.copy(), scene.whole.copy()
        self._hides = np.zeros_like(scene.whole)
        self._area = max(count_nonzero(scene.whole), 1)
        self._by: dict[str, int] = dict.fromkeys(KINDS, 0)
        self._inside = self._drawn_inside()

    def share(self) -> float:
        return 1 - count_nonzero(self._visible) / self._area

    def done(self) -> Hidden:
        kind = max(self._by, key=self._by.__getitem__)  # the first, "none", where nothing hides
        return Hidden(self._photo, self._hides, self._inside, self._visible, self.share(), kind)

    def pasted(self, share: float) -> None:
        """One other object by a rule of the papers, larger only where that could not hide enough."""
        rules = list(PASTE_RULES.values())
        low, high = rules[int(self._rng.integers(len(rules)))].scale
        least = 0.9 * np.sqrt(max(share, 0.0))  # of the object's size: a cut-out fills half of its box or so
        if self._rng.random() < LARGE:
            low, high = high, MOST_LARGE
        size = self._scene.longest_px * max(self._rng.uniform(low, high), least * self._rng.uniform(1.0, 1.5))
        for _ in range(2):
            layer = other(self._views, self._body, size, (0.0, 0.0), self._rng)
            stamp = layer.rgba[..., 3] > 127
            corner, hidden = over(self._visible, stamp, share * self._area, self._rng)
            if hidden > 0.8 * share * self._area:
                break
            size *= 1.35
        self._lay(layer.at(*corner), "pasted")

    def shapes(self, share: float) -> None:
        """Scattered shapes first, then single ones, until enough is hidden."""
        longest = self._scene.longest_px
        wanted = share + self.share()
        paint = self._paint()
        for i in range(4):
            share = wanted - self.share()
            if share < 0.015:
                return
            size = max(longest * np.sqrt(share) * self._rng.uniform(0.8, 1.5), 8)
            if self._rng.random() < LARGE / 2:
                size = max(size, longest * self._rng.uniform(0.5, MOST_LARGE))
            drawn = self._rng.random()
            if i == 0 and drawn < 0.5:
                stamp = stamps.scattered(round(longest * self._rng.uniform(0.9, 1.6)), self._rng)
            elif drawn < 0.75:
                stamp = stamps.single(round(size), self._rng)
            else:
                stamp, paint = stamps.fingers(round(1.4 * size), self._rng), stamps.skin
            left, top, right, bottom = box(stamp)
            stamp = stamp[top:bottom, left:right]
            corner, _ = over(self._visible, stamp, share * self._area, self._rng)
            self._lay(stamps.stamped(stamp, paint, corner, self._rng), "shapes")
            if self._rng.random() < 0.5:
                paint = self._paint()

    def contact(self, share: float) -> None:
        """What holds or touches the object: the first triangles of the growth."""
        swell_px = round(self._scene.longest_px * self._rng.uniform(0, 0.05))
        ranks = warped(self._view["contact"], self._scene.to_frame, (FRAME, FRAME), cv2.INTER_NEAREST)
        ranks = only(ranks, self._visible)
        mask = stamps.patch(ranks, min(share / (1 - self.share()), 0.9), swell_px)
        hand = self._rng.random() < 0.5
        if hand and self._rng.random() < 0.6 and mask.any():
            mask |= stamps.arm(mask, self._scene.whole, self._rng)
        if mask.any():
            left, top, right, bottom = box(mask)
            paint = stamps.skin if hand else self._paint()
            self._lay(stamps.stamped(mask[top:bottom, left:right], paint, (left, top), self._rng), "contact")

    def border(self, share: float) -> None:
        """The photo ends within the object, at one side or two."""
        share = min(share, BORDER_MOST)
        first = int(self._rng.integers(4))
        sides = [first, (first + 1) % 4] if self._rng.random() < 0.25 else [first]  # two meet at a corner
        inside = list(self._inside)
        for side in sides:
            along = np.cumsum(self._visible.sum(axis=0 if side in (0, 2) else 1))
            wanted = share / len(sides) * self._area
            if side < 2:  # left, top
                inside[side] = int(np.searchsorted(along, wanted)) + 1
            else:
                inside[side] = int(np.searchsorted(along, along[-1] - wanted))
        left, top, right, bottom = inside
        seen = np.zeros_like(self._visible)
        seen[top:bottom, left:right] = self._visible[top:bottom, left:right]
        if self._enough(seen):
            self._inside = left, top, right, bottom
            self._see(seen, "border")

    def near(self) -> None:
        """An occluder beside the object that hides nothing of it."""
        size = self._scene.longest_px * self._rng.uniform(0.3, 1.0)
        layer = other(self._views, self._body, size, (0.0, 0.0), self._rng)
        near_px = max(2, round(self._scene.longest_px * self._rng.uniform(0.01, 0.12)))
        corner = beside(self._scene.whole, layer.rgba[..., 3] > 0, near_px, self._rng)
        if corner is not None:
            self._lay(layer.at(*corner), "none")

    def _lay(self, layer: Layer, kind: str) -> None:
        """Lays it over photo and object, with a shadow at times, unless too little would be left to see."""
        covers = layer.covers(FRAME)
        visible = self._visible & ~covers
        if not self._enough(visible) or (kind == "none" and not np.array_equal(visible, self._visible)):
            return
        if self._rng.random() < 0.4:
            size = self._scene.longest_px
            dx, dy = self._rng.uniform(-0.06, 0.06) * size, self._rng.uniform(-0.02, 0.06) * size
            moved = np.array([[1, 0, dx], [0, 1, dy]])
            blur_px, strength = self._rng.uniform(0.01, 0.05) * size, self._rng.uniform(0.2, 0.6)
            shade(self._photo, covers, moved, blur_px, strength)
        paste(self._photo, layer)
        self._hides |= covers
        self._see(visible, kind)

    def _see(self, visible: Mask, kind: str) -> None:
        """Only so much of the object any more."""
        self._by[kind] += count_nonzero(self._visible) - count_nonzero(visible)
        self._visible = visible

    def _enough(self, visible: Mask) -> bool:
        return count_nonzero(visible) >= max(VISIBLE_PX, (1 - MOST) * self._area)

    def _paint(self) -> stamps.Paint:
        """A way to colour a mask: plain, or torn from a backdrop or from the photo itself."""
        drawn = self._rng.random()
        if drawn < 0.4:
            return stamps.plain
        picture = self._photo
        if drawn < 0.75:
            picture = self._backdrops[int(self._rng.integers(len(self._backdrops)))]
        return lambda mask, rng: stamps.torn(mask, np.asarray(picture), rng)

    def _drawn_inside(self) -> tuple[int, int, int, int]:
        """The photo's border around the whole object, close to it at one side at times."""
        left, top, right, bottom = box(self._scene.whole)
        room = self._scene.longest_px * self._rng.uniform(0.3, 2.5, 4)
        if self._rng.random() < CLOSE:
            room[int(self._rng.integers(4))] *= self._rng.uniform(0, 0.3)
        return (
            max(int(left - room[0]), 0),
            max(int(top - room[1]), 0),
            min(int(right + room[2]), FRAME),
            min(int(bottom + room[3]), FRAME),
        )
