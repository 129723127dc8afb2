"""How much of the space that two solids fill they fill together: volume IoU on a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELLS = 64  # along the longest side of the joint box, in the main table (DeOcc-1-to-3 §4.1 gives no grid)
ACCURACY = 1.0  # libigl's scale: its default 2 costs twice as much and changes one cell in 10,000
INSIDE = 0.5  # |winding number| above which a cell's centre lies inside
BLOCKS = (4, 2)  # cells a side: where no triangle is near, one centre speaks for a whole block
CLEAR = 0.4  # from INSIDE, at which it does: beside a block the edge of a sheet changes it by < 0.4 within
SMALL = 64  # cells: the largest box of a triangle that may say where the surface is
UNKNOWN = -1  # of a cell: nobody has said yet whether it is inside


@dataclass(frozen=True)
class Grid:
    """Cubic cells. low: (3,) the corner of the first.  side: of each.  counts: how many along x, y, z."""

    low: NDArray[np.float64]
    side: float
    counts: tuple[int, int, int]


def volume_iou(
    guess_vertices: NDArray,
    guess_faces: NDArray,
    truth_vertices: NDArray,
    truth_faces: NDArray,
    cells: int = CELLS,
) -> float | None:
    """Intersection over union, 0..1, of what two meshes enclose, (V, 3) and (F, 3) each, in one frame.

    On the centres of cubic cells, `cells` along the longest side of both meshes' joint box. Inside is where
    the generalised winding number (Jacobson et al. 2013) exceeds a half, of either sign: that gives meshes
    with holes and inverted meshes a volume too. None where the truth fills no cell.
    """
    guess, truth = _corners(guess_vertices, guess_faces), _corners(truth_vertices, truth_faces)
    if len(truth) == 0:
        return None
    grid = joint_grid(np.concatenate([guess.reshape(-1, 3), truth.reshape(-1, 3)]), cells)
    in_truth = inside(truth, grid)
    if not in_truth.any():
        return None
    in_guess = inside(guess, grid)
    return float((in_guess & in_truth).sum() / (in_guess | in_truth).sum())


def joint_grid(points: NDArray[np.float64], cells: int) -> Grid:
    """A grid over the box of points (N, 3), `cells` along its longest side, centred along the others."""
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max()) / cells or 1.0
    counts = np.maximum(np.ceil((high - low) / side - 1e-9).astype(int), 1)  # rounding adds no layer
    x, y, z = (int(count) for count in counts)
    return Grid((low + high) / 2 - side * counts / 2, side, (x, y, z))


def inside(corners: NDArray[np.float64], grid: Grid) -> NDArray[np.bool_]:
    """(X, Y, Z) bool: which cells' centres triangles (F, 3, 3) enclose, by libigl's fast winding number.

    The number has no jump where no triangle is. So a block that none touches has its centre's answer, and a
    cell that none touches its settled neighbour's, as long as that number is far from a half; all other cells
    are asked one by one.
    """
    answer = np.full(grid.counts, UNKNOWN, np.int8)
    if len(corners) == 0:
        return answer > 0
    winding, small = _winding(corners), _split(corners, grid.side)
    for size in BLOCKS:
        at = np.argwhere((answer[::size, ::size, ::size] == UNKNOWN) & ~_touched(small, grid, size))
        number = np.abs(winding(grid.low + (at + 0.5) * size * grid.side))
        for number_is, word in ((number > INSIDE + CLEAR, 1), (number < INSIDE - CLEAR, 0)):
            for x, y, z in at[number_is] * size:
                answer[x : x + size, y : y + size, z : z + size] = word
    _ask_neighbours(answer, ~_touched(small, grid, 1))
    at = np.argwhere(answer == UNKNOWN)
    answer[tuple(at.T)] = np.abs(winding(grid.low + (at + 0.5) * grid.side)) > INSIDE
    return answer > 0


def _ask_neighbours(answer: NDArray[np.int8], free: NDArray[np.bool_]) -> None:
    """Free cells (X, Y, Z) without an answer take that of a free cell beside them, in place."""
    known = np.where(free, answer, UNKNOWN)  # as it was: an answer goes one cell far, no farther
    for axis in range(3):
        for here, there in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            mine, other = (tuple([slice(None)] * axis + [one]) for one in (here, there))
            takes = (answer[mine] == UNKNOWN) & free[mine] & (known[other] != UNKNOWN)
            answer[mine][takes] = known[other][takes]


def _touched(corners: NDArray[np.float64], grid: Grid, size: int) -> NDArray[np.bool_]:
    """(X', Y', Z') bool: which blocks of `size` cells a side the boxes of triangles (F, 3, 3) reach into."""
    counts = -(-np.array(grid.counts) // size)
    step, slack = grid.side * size, 1e-6  # a triangle in the face between two blocks touches both
    first = np.floor((corners.min(axis=1) - grid.low) / step - slack).astype(int).clip(0, counts - 1)
    last = np.floor((corners.max(axis=1) - grid.low) / step + slack).astype(int).clip(0, counts - 1)
    # each box adds 1 between its corners: differences at its eight corners, then sums along the axes
    change = np.zeros(np.prod(counts + 1), np.int64)
    for past in np.ndindex(2, 2, 2):
        at = np.where(past, last + 1, first)
        flat = np.ravel_multi_index(tuple(at.T), tuple(counts + 1))
        change += (-1) ** sum(past) * np.bincount(flat, minlength=len(change))
    number = change.reshape(counts + 1).cumsum(0).cumsum(1).cumsum(2)
    return number[:-1, :-1, :-1] > 0


def _split(corners: NDArray[np.float64], side: float) -> NDArray[np.float64]:
    """Triangles (F, 3, 3) cut in two at their longest edge until the box of none is above SMALL cells."""
    done = []
    while len(corners):
        large = (np.ptp(corners, axis=1) / side + 1).prod(axis=1) > SMALL
        done.append(corners[~large])
        corners = corners[large]
        longest = np.linalg.norm(corners - corners[:, [1, 2, 0]], axis=2).argmax(axis=1)
        order = (longest[:, None] + [0, 1, 2]) % 3
        a, b, c = np.take_along_axis(corners, order[..., None], axis=1).swapaxes(0, 1)
        middle = (a + b) / 2
        corners = np.concatenate([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)])
    return np.concatenate(done)


def _winding(corners: NDArray[np.float64]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Points (N, 3) -> winding numbers (N,) of triangles (F, 3, 3)."""
    import igl

    tree = igl.FastWindingNumberBVH()
    tree.init(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))

    def ask(points: NDArray[np.float64]) -> NDArray[np.float64]:
        if len(points) == 0:
            return np.zeros(0)
        return np.asarray(tree.winding_number(np.ascontiguousarray(points), ACCURACY))

    return ask


def _corners(vertices: NDArray, faces: NDArray) -> NDArray[np.float64]:
    """(F, 3, 3): the corners of every triangle."""
    return np.asarray(vertices, np.float64)[np.asarray(faces, np.int64).reshape(-1, 3)]
