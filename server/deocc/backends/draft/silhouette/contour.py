"""Carries the visible outline on across what hides it: junctions, tangents, pairs, curves.

The outline of the seen part alternates between true edge and cut, where something in front ends it. Each true
stretch leaves its end with a tangent; ends are matched with starts so that the curves between them turn
little, are short and stay where the object may hide. The same matching is drawn in several styles, rounded or
with straight edges carried on until they meet.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from deocc.backends.draft.morphology import grown, inside

STYLES = ("corner", "round", "shallow", "chord")
STRAIGHT_PX = 1.1  # an outline of whole pixels strays this far from the straight edge it draws
BENT_PX = 0.6  # an outline of whole pixels that stands out by more in its middle is an arc
SHORT_LINE = 0.2  # of the object's size: shorter straight pieces are as well the start of a curve
SKIP_PX = 2  # the last pixels before a junction bend with the brush
# an end that the outline must turn round by more than this has no corner to meet in
U_TURN_RAD = math.radians(140)
CORNER_REACH = 2.5  # straight edges are carried on this many gap widths, no further


@dataclass(frozen=True)
class Continued:
    """whole: (h, w) bool, the seen part with its outline carried on.  cost: the curves' turns and lengths per
    cut, 0 for a smooth and short way."""

    whole: NDArray[np.bool_]
    style: str
    cost: float


@dataclass(frozen=True)
class Stretch:
    """A true stretch of the outline between two cuts, in order, the object at one and the same hand.

    points: (N, 2) float64 x, y.  start, end: unit tangents there, both along the order.
    start_line, end_line: for how long the outline is straight there, px.
    """

    points: NDArray[np.float64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    start_line: float
    end_line: float


def continued(
    seen: NDArray[np.bool_],
    may_hide: NDArray[np.bool_],
    true_edge: NDArray[np.bool_] | None = None,
    styles: tuple[str, ...] = STYLES,
) -> list[Continued]:
    """The seen part with the outline carried on in each style, within seen and may_hide.

    true_edge: where an edge counts as true though the object may hide beyond it (the image of one seen
    elsewhere).
    """
    size = math.sqrt(max(int(seen.sum()), 1))
    stretches, closed = split_outline(seen, may_hide, true_edge, size)
    order, cost = _match(stretches, seen | may_hide, size)
    return [
        Continued(_draw(seen, may_hide, stretches, closed, order, style, size), style, cost)
        for style in styles
    ]


def split_outline(
    seen: NDArray[np.bool_], may_hide: NDArray[np.bool_], true_edge: NDArray[np.bool_] | None, size: float
) -> tuple[list[Stretch], list[NDArray[np.int32]]]:
    """The outline's true stretches between cuts, and its loops (N, 2) without any cut."""
    near = grown(may_hide, 2)  # a cut lies within two pixels of what hides it
    if true_edge is not None:
        near &= ~true_edge
    loops, _ = cv2.findContours(seen.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    stretches: list[Stretch] = []
    closed = []
    for loop in loops:
        points = np.asarray(loop[:, 0], np.int32)
        if len(points) < 4:
            continue
        cut = _drop_short(near[points[:, 1], points[:, 0]], max(3, round(0.04 * size)))
        if not cut.any():
            closed.append(points)
        elif not cut.all():
            first = int(np.flatnonzero(cut & ~np.roll(cut, -1))[0]) + 1  # a true stretch begins here
            turned, flags = np.roll(points, -first, axis=0), np.roll(cut, -first)
            edges = np.flatnonzero(np.diff(np.concatenate([[True], flags, [True]]).astype(np.int8)))
            for begin, end in zip(edges[::2], edges[1::2], strict=True):
                stretches.append(_stretch(turned[begin:end].astype(np.float64), size))
    return stretches, closed


def _drop_short(cut: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    """The circular flags with runs below `shortest` joined to their surroundings, cuts first."""
    flags = cut.copy()
    for value in (False, True):
        if flags.all() or not flags.any():
            return flags
        first = int(np.flatnonzero(flags != np.roll(flags, 1))[0])
        turned = np.roll(flags, -first)
        edges = np.concatenate([[0], np.flatnonzero(np.diff(turned)) + 1, [len(turned)]])
        for begin, end in itertools.pairwise(edges):
            if turned[begin] == value and end - begin < shortest:
                turned[begin:end] = not value
        flags = np.roll(turned, first)
    return flags


def _stretch(points: NDArray[np.float64], size: float) -> Stretch:
    start, start_line = _tangent(points, size)
    end, end_line = _tangent(points[::-1], size)
    return Stretch(points, start, -end, start_line, end_line)


def _tangent(points: NDArray[np.float64], size: float) -> tuple[NDArray[np.float64], float]:
    """Direction of the outline at its first point, and how long it is straight from there (px)."""
    skip = SKIP_PX if len(points) > 4 * SKIP_PX else 0
    rest = points[skip:]
    least, longest = max(4, round(0.08 * size)), max(8, round(0.8 * size))
    direction, length, reached = _line(rest[:least]), 0.0, 0
    for count in range(least, min(len(rest), longest) + 1, max(1, least // 3)):
        line = _line(rest[:count])
        away = rest[:count] - rest[:count].mean(axis=0)
        if np.abs(away @ np.array([-line[1], line[0]])).max() > STRAIGHT_PX:
            break
        direction, length, reached = line, float(np.linalg.norm(rest[count - 1] - rest[0])), count
    if length >= SHORT_LINE * size and not _bent(rest[:reached]):
        return direction, length
    curve = rest[: max(6, reached, round(0.25 * size))]
    slope, _ = _parabola(curve)
    if len(curve) >= 6 and slope.any():
        direction = slope / np.linalg.norm(slope)
    return direction, 0.0


def _parabola(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope at the first point and half the bend, (2,) each, of the parabola through the points."""
    along = np.linspace(0, 1, len(points))
    bend, slope, _ = np.polyfit(along, points, 2)
    return slope, bend


def _bent(points: NDArray[np.float64]) -> bool:
    """Whether the points follow an arc whose middle stands out by BENT_PX, not a straight edge."""
    slope, bend = _parabola(points)
    chord = slope + bend
    across = abs(float(chord[0] * bend[1] - chord[1] * bend[0])) / max(float(np.linalg.norm(chord)), 1e-6)
    return across / 4 > BENT_PX


def _line(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit direction of the line through the points, from the first towards the last."""
    chord = points[-1] - points[0]
    if len(points) < 3 or not chord.any():
        return chord / np.linalg.norm(chord) if chord.any() else np.array([1.0, 0.0])
    away = points - points.mean(axis=0)
    direction = np.linalg.svd(away, full_matrices=False)[2][0]
    return direction if direction @ chord >= 0 else -direction


def _match(stretches: list[Stretch], allowed: NDArray[np.bool_], size: float) -> tuple[list[int], float]:
    """For every stretch the one that follows it, in the assignment of least cost; and its mean cost."""
    if not stretches:
        return [], 0.0
    cost = np.array([[_cost(a, b, allowed, size) for b in stretches] for a in stretches])
    rows, columns = linear_sum_assignment(cost)
    return [int(j) for j in columns], float(cost[rows, columns].mean())


def _cost(a: Stretch, b: Stretch, allowed: NDArray[np.bool_], size: float) -> float:
    """What it takes to go on from a's end to b's start: turns (rad²), length, way through background."""
    chord = b.points[0] - a.points[-1]
    gap = float(np.linalg.norm(chord))
    leave, arrive = _angle(a.end, chord), _angle(chord, b.start)
    curve = _curve(a, b, "round", size)
    x, y = np.rint(curve).astype(int).T
    height, width = allowed.shape
    held = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    out = 1.0 - float(allowed[y[held], x[held]].sum()) / len(x)
    against = 1.0 if leave * arrive < 0 else 0.0  # an S is less likely than a bow
    return leave**2 + arrive**2 + 1.5 * gap / size + 4.0 * out + against * min(abs(leave), abs(arrive))


def _angle(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Signed angle from a to b, rad; 0 where one of them has no length."""
    return math.atan2(float(a[0] * b[1] - a[1] * b[0]), float(a @ b))


def _curve(a: Stretch, b: Stretch, style: str, size: float) -> NDArray[np.float64]:
    """Points from a's end to b's start, (N, 2)."""
    p, q = a.points[-1], b.points[0]
    gap = float(np.linalg.norm(q - p))
    if style == "chord" or gap < 2:
        return np.linspace(p, q, max(2, round(gap)))
    turn = abs(_angle(a.end, q - p)) + abs(_angle(q - p, b.start))
    meet = _meet(p, a.end, q, b.start)
    if meet is not None and max(meet) > CORNER_REACH * gap:
        meet = None
    straight = min(a.end_line, b.start_line) > 0.15 * size
    if style == "corner" and straight:
        if meet is not None:
            corner = p + meet[0] * a.end
            return np.concatenate([np.linspace(p, corner, 40), np.linspace(corner, q, 40)])
        if turn > U_TURN_RAD:
            reach = 0.35 * gap
            return np.concatenate(
                [np.linspace(p, p + reach * a.end, 20), np.linspace(q - reach * b.start, q, 20)]
            )
    half = min(max(turn, 1e-3), 1.2 * math.pi) / 2
    bulge = (2 / 3) * math.tan(half / 2) / math.sin(half)  # per gap: handles that draw an arc of this turn
    if meet is None:
        handles = bulge * gap, bulge * gap
    else:  # the same where both meet equally far off, an ellipse's where they don't
        handles = 2 * math.cos(half) * bulge * meet[0], 2 * math.cos(half) * bulge * meet[1]
    if style == "shallow":
        handles = handles[0] / 2, handles[1] / 2
    t = np.linspace(0, 1, 48)[:, None]
    c, d = p + handles[0] * a.end, q - handles[1] * b.start
    return (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * c + 3 * (1 - t) * t**2 * d + t**3 * q


def _meet(
    p: NDArray[np.float64], u: NDArray[np.float64], q: NDArray[np.float64], v: NDArray[np.float64]
) -> tuple[float, float] | None:
    """How far p runs along u, and q back along v, until they meet; None unless both run forwards."""
    cross = float(u[0] * v[1] - u[1] * v[0])
    if abs(cross) < 0.1:  # within 6 degrees of parallel: the meeting point is noise
        return None
    w = q - p
    along, back = (w[0] * v[1] - w[1] * v[0]) / cross, (w[0] * u[1] - w[1] * u[0]) / cross
    return (float(along), float(-back)) if along > 0 and -back > 0 else None


def _draw(
    seen: NDArray[np.bool_],
    may_hide: NDArray[np.bool_],
    stretches: list[Stretch],
    closed: list[NDArray[np.int32]],
    order: list[int],
    style: str,
    size: float,
) -> NDArray[np.bool_]:
    """Fills the loops that stretches and the curves between them form."""
    solid, holes = np.zeros(seen.shape, np.uint8), np.zeros(seen.shape, np.uint8)
    loops = [loop.astype(np.float64) for loop in closed]
    left = set(range(len(stretches)))
    while left:
        at, parts = min(left), []
        while at in left:
            left.discard(at)
            parts += [stretches[at].points, _curve(stretches[at], stretches[order[at]], style, size)]
            at = order[at]
        loops.append(np.concatenate(parts))
    for loop in loops:
        x, y = loop.T
        area = float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
        # OpenCV walks outer outlines with negative area in picture axes, holes with positive
        target = solid if area < 0 else holes
        cv2.fillPoly(target, [np.rint(loop * 16).astype(np.int32)], (1,), shift=4)
    open_ = inside(holes.astype(bool))  # a hole's outline runs on the object's own pixels
    return seen | (may_hide & solid.astype(bool) & ~open_)
