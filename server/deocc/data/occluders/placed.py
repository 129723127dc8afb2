"""Another object standing in front in 3D: on the ground, between camera and target, hiding a wanted share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.data.occluders import sight as sights
from deocc.data.occluders.sight import Sight
from deocc.data.occluders.solids import box
from deocc.errors import InputFault
from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster

SIZES = (0.4, 1.2)  # longest side of the occluder, in diameters of the target
DISTANCES = (0.0, 0.6)  # of the room that it has: 0 as near to the target as may be, 1 to the camera
MOST_PICTURE = 0.5  # share of the picture that an occluder may cover
OTHERS_TRIED = 12  # objects in drawn order, and
POSES_TRIED = 2  # of each: turn, size, distance; then the box of last resort
PLACES = 15  # from one side of the target to the other at which a search begins
HALVINGS = 8
NUDGES = 4  # corrections where the full picture measures another share than the search's sample
BOX_HEIGHTS = (1.1, 0.75, 0.55, 0.4, 0.28, 0.18, 0.1, 0.05)  # of the target's height in the picture
BOX_WIDTHS = (0.7, 1.2)  # of its width
BOX_DEPTH = 0.08  # diameters, or half the room where there is less


@dataclass(frozen=True)
class Standing:
    """A placed occluder.

    other: its index among the others, -1 for the box of last resort.  mesh: the occluder in its own frame:
    others[other], or the box, which has colours and no texture.
    object_from_other: (4, 4) float64 similarity into the target's frame.  hidden_share: measured at the
    camera's full size, 1 - visible / amodal pixels of the target.
    """

    other: int
    mesh: Mesh
    object_from_other: NDArray[np.float64]
    hidden_share: float


@dataclass(frozen=True)
class Masks:
    """Of target and occluder in the camera's picture, each (H, W) bool; pixels count by their centres.
    amodal: the whole target.  object_mask: what is visible of it.  occluder_mask: the occluder, wherever."""

    amodal: NDArray[np.bool_]
    object_mask: NDArray[np.bool_]
    occluder_mask: NDArray[np.bool_]


@dataclass(frozen=True)
class _Wish:
    """The share to hide: wanted, and what will do, [low, high). side: 1 slides in from the right, -1 left."""

    wanted: float
    low: float
    high: float
    side: int


def stand_before(
    target: Mesh,
    others: Sequence[Mesh],
    camera: Camera,
    ground_height: float,
    low: float,
    high: float,
    generator: np.random.Generator,
) -> Standing:
    """An occluder that hides a share in [low, high) of the target's pixels; which share is drawn uniformly.

    It stands on the ground between camera and target, longest side 0.4 to 1.2 of the target's diameter,
    turned about +Z, all its points nearer to the camera than all of the target's (so the two are disjoint),
    and slides in from a drawn side until it hides enough; objects, sizes and turns are drawn until one can.
    Where none can, a box stands there. others are read one by one as they are drawn, so a sequence may load
    lazily.
    InputFault where the camera can't see the target, or nothing has room between them.
    """
    sight = sights.look(target, camera, ground_height)
    wish = _Wish(generator.uniform(low, high), low, high, int(generator.choice((-1, 1))))
    order = np.resize(generator.permutation(len(others)), OTHERS_TRIED if len(others) else 0)
    for index in order.tolist():  # of fewer others each comes round again, in other poses
        mesh = others[index]
        caster = Caster(mesh.vertices, mesh.faces)
        for _ in range(POSES_TRIED):
            pose = _drawn_pose(mesh, sight, generator)
            found = None if pose is None else _slide_in(mesh, caster, pose, sight, wish)
            if found is not None:
                return Standing(index, mesh, *found)
    return _last_resort(sight, wish, generator)


def masks(target: Mesh, standing: Standing, camera: Camera) -> Masks:
    """What the camera sees of both."""
    amodal = sights.covered(Caster(target.vertices, target.faces), camera, np.eye(4))
    occluder = Caster(standing.mesh.vertices, standing.mesh.faces)
    hidden = sights.covered(occluder, camera, standing.object_from_other)
    return Masks(amodal, amodal & ~hidden, hidden)


def _drawn_pose(mesh: Mesh, sight: Sight, generator: np.random.Generator) -> NDArray[np.float64] | None:
    """object_from_mesh of the mesh on the ground in the middle before the target; None where room lacks."""
    angle, size = generator.uniform(0, 2 * math.pi), generator.uniform(*SIZES)
    distance = generator.uniform(*DISTANCES)
    low, high = (corner.astype(np.float64) for corner in mesh.bounds())
    longest = max(float((high - low).max()), 1e-9)
    rotation = _about_z(angle)
    deep = float(np.ptp(sight.split(sights.turned(mesh.vertices, rotation))[0]))
    scale = min(size * sight.diameter / longest, (sight.farthest - sight.nearest) / max(deep, 1e-9))
    if scale * longest < SIZES[0] * sight.diameter:
        return None
    return _pose(mesh, rotation * scale, sight, distance)


def _about_z(angle: float) -> NDArray[np.float64]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def _pose(mesh: Mesh, similarity: NDArray[np.float64], sight: Sight, distance: float) -> NDArray[np.float64]:
    """similarity: (3, 3). distance: 0 as near to the target as may be, 1 as near to the camera."""
    points = sights.turned(mesh.vertices, similarity)
    along, across = sight.split(points)
    deep = float(np.ptp(along))
    back = sight.nearest + distance * max(sight.farthest - sight.nearest - deep, 0.0)
    middle = float(sight.crossing(back + deep / 2)[:, 0].mean())
    pose = np.eye(4)
    pose[:3, :3] = similarity
    pose[:3, 3] = (back - along.min()) * sight.towards
    pose[:3, 3] += (middle - (across.min() + across.max()) / 2) * sight.sideways
    pose[2, 3] = sight.ground_height - points[:, 2].min()
    return pose


def _slide_in(
    mesh: Mesh, caster: Caster, pose: NDArray[np.float64], sight: Sight, wish: _Wish
) -> tuple[NDArray[np.float64], float] | None:
    """The pose slid sideways and the share that it hides then; None where no place hides what is wished."""
    along, across = sight.split(sights.turned(mesh.vertices, pose[:3, :3]) + pose[:3, 3])
    middle = float(along.min() + along.max()) / 2
    reach = float(np.ptp(across) + np.ptp(sight.crossing(middle)[:, 0])) / 2 + float(np.ptp(along))
    ways = wish.side * np.linspace(reach, -reach, PLACES)  # from the drawn side to the other
    shares = sights.hidden_shares(caster, pose, sight, ways)
    wanted = wish.wanted
    for _ in range(NUDGES):
        for way in _crossings(caster, pose, sight, wanted, ways, shares):
            found = sights.slid(pose, sight, way)
            share = sights.hidden_share(caster, found, sight)
            fits = wish.low <= share < wish.high
            if fits and sights.picture_share(caster, found, sight) <= MOST_PICTURE:
                return found, share
        wanted = (wanted + (wish.low + wish.high) / 2) / 2
    return None


def _crossings(
    caster: Caster,
    pose: NDArray[np.float64],
    sight: Sight,
    wanted: float,
    ways: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> Iterator[float]:
    """Ways at which about the wanted share is hidden: the first from either end of ways."""
    for order in (slice(None), slice(None, None, -1)):
        enough = np.flatnonzero(shares[order] >= wanted)
        if len(enough) == 0 or enough[0] == 0:
            continue
        less, more = ways[order][[enough[0] - 1, enough[0]]].tolist()
        for _ in range(HALVINGS):
            half = (less + more) / 2
            found = sights.hidden_shares(caster, pose, sight, np.array([half]))[0]
            less, more = (less, half) if found >= wanted else (half, more)
        yield more
        yield less


def _last_resort(sight: Sight, wish: _Wish, generator: np.random.Generator) -> Standing:
    """A box as wide and as high as it must be: high ones hide part of the width, low ones of the height."""
    deep = min(BOX_DEPTH * sight.diameter, (sight.farthest - sight.nearest) / 2)
    (left, bottom), (right, top) = sight.crossing(sight.nearest + deep / 2)
    bottom = max(bottom, sight.ground_height)
    rotation = _about_z(math.atan2(sight.sideways[1], sight.sideways[0]))
    colour = generator.integers(60, 200, 3).astype(np.uint8)
    for width in BOX_WIDTHS:
        for height in BOX_HEIGHTS:
            size = (width * (right - left), deep, bottom + height * (top - bottom) - sight.ground_height)
            mesh = box(size, colour)
            caster = Caster(mesh.vertices, mesh.faces)
            found = _slide_in(mesh, caster, _pose(mesh, rotation, sight, 0.0), sight, wish)
            if found is not None:
                return Standing(-1, mesh, *found)
    raise InputFault(
        "cannot_hide",
        "No occluder hides as much of the object as was asked for.",
        "The object may be too small in the picture.",
    )
